"""The loop on the store's own outbox, as the sidecar has it."""

from pathlib import Path
from random import Random
from threading import Event

import pytest

from kubevigil.delivery.documents import Documents, Format
from kubevigil.delivery.outbox import Outbox
from kubevigil.delivery.shipping import Shipper
from kubevigil.delivery.tally import SinkResult
from kubevigil.store.database import FILE_NAME
from kubevigil.store.outbox import Outbox as StoredOutbox
from kubevigil.store.replaying import replay_all
from kubevigil.store.sharing import SharedStore
from tests.unit.delivery.memory import Sink
from tests.unit.delivery.shipping import Clocks, Figures
from tests.unit.store.making import NOW, Store, said

SINK = "elasticsearch"


class Sidecar:
    """A shipper that is started on the store in a folder."""

    def __init__(self, folder: Path, sink: Sink, *, now: float) -> None:
        outbox: Outbox = StoredOutbox(folder / FILE_NAME, SINK)
        self.figures = Figures()
        self.clocks = Clocks()
        self.clocks.now = now
        self.clocks.ends = now + 10_000.0
        self.shipper = Shipper(
            outbox,
            sink.send,
            Documents(Format.ECS, "k8s-crash-monitor-"),
            observer=self.figures,
            random=Random(1),
            wall=self.clocks,
            monotonic=self.clocks,
        )

    def once(self) -> tuple[int, int, int]:
        """Waiting, sent, dead."""
        balance = self.shipper.once(self.clocks)
        return balance.waiting, balance.sent, balance.dead


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path, sinks=(SINK,))


def test_every_crash_of_the_store_arrives_with_its_log(store: Store, tmp_path: Path) -> None:
    records = store.crash(*range(50), evidence=lambda number: said(f"words of {number}\n{{\n"))
    sink = Sink()
    assert Sidecar(tmp_path, sink, now=NOW).once() == (0, 50, 0)
    assert {id_: document["message"] for id_, document in sink.documents.items()} == {
        record.id: f"words of {number}\n{{\n" for number, record in enumerate(records)
    }


def test_one_whose_log_does_not_come_arrives_without_it_and_says_so(store: Store, tmp_path: Path) -> None:
    [record] = store.crash(1)
    sink = Sink()
    sidecar = Sidecar(tmp_path, sink, now=NOW)
    assert sidecar.once() == (0, 1, 0)
    assert sidecar.clocks.now >= NOW + 20.0
    assert sink.documents[record.id]["kubevigil"]["log"]["result"] == "timeout"


def test_a_sidecar_that_dies_before_it_writes_down_what_it_sent_doubles_nothing(store: Store, tmp_path: Path) -> None:
    store.crash(*range(5), evidence=lambda _: said())
    sink = Sink(loses_answers=True)
    dying = Sidecar(tmp_path, sink, now=NOW)
    dying.shipper.turn()
    assert len(sink.documents) == 5
    sink.loses_answers = False
    heir = Sidecar(tmp_path, sink, now=NOW + 400.0)
    assert heir.once() == (0, 5, 0)
    assert heir.figures == {SinkResult.DUPLICATE: 5}


def test_what_was_refused_is_sent_when_it_is_replayed(store: Store, tmp_path: Path) -> None:
    first, second = store.crash(1, 2, evidence=lambda _: said())
    sink = Sink(judge=lambda id_: (400, "mapper_parsing_exception") if id_ == first.id else None)
    sidecar = Sidecar(tmp_path, sink, now=NOW)
    assert sidecar.once() == (0, 1, 1)
    assert set(sink.documents) == {second.id}
    sink.judge = lambda _: None
    assert replay_all(SharedStore(tmp_path / FILE_NAME), sidecar.clocks.now) == 1
    assert sidecar.once() == (0, 2, 0)
    assert set(sink.documents) == {first.id, second.id}


def test_before_the_exporter_made_a_store_the_sidecar_waits_for_it(tmp_path: Path) -> None:
    sink = Sink()
    sidecar = Sidecar(tmp_path, sink, now=NOW)
    assert sidecar.shipper.turn() > 0
    assert not sidecar.shipper.health().ok
    store = Store(tmp_path, sinks=(SINK,))
    store.crash(1, evidence=lambda _: said())
    assert sidecar.once() == (0, 1, 0)
    assert sidecar.shipper.health().ok


def test_a_stop_is_obeyed_between_turns(store: Store, tmp_path: Path) -> None:
    store.crash(1, evidence=lambda _: said())
    stop = Event()
    stop.set()
    sidecar = Sidecar(tmp_path, Sink(), now=NOW)
    sidecar.shipper.run(stop)
    assert sidecar.shipper.once(stop).waiting == 1
