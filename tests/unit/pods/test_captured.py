"""What was gathered about crashes, on its way to the store: none is lost, and bodies keep within their memory."""

import sys
from pathlib import Path
from threading import Event

from hypothesis import given
from hypothesis import strategies as st

from kubevigil.model.record import CaptureResult, Evidence, Record, RecordedLog
from kubevigil.pods.bookkeeper import Bookkeeper
from kubevigil.pods.counters import Counters
from kubevigil.pods.observation import Backlog, Captured, Item, Listed, Observed
from kubevigil.store.archive import open_archive
from kubevigil.store.batch import Batch, Committed
from kubevigil.store.database import open_sqlite
from kubevigil.store.errors import WriteFailed
from kubevigil.store.journal import Journal

from .statuses import EPOCH, pod, terminated
from .test_bookkeeper import seen

NOW = EPOCH + 1000.0
BODY = "x" * 1000
SIZE = sys.getsizeof(BODY)


def captured(id_: object, text: str = BODY) -> Captured:
    return Captured(str(id_), Evidence(RecordedLog(CaptureResult.OK, text, len(text))))


def dropped(items: list[Item]) -> list[str]:
    return [i.record_id for i in items if isinstance(i, Captured) and i.evidence.log.dropped]


class Life:
    """One process's life on a store that refuses as long as `full` is set."""

    def __init__(self, folder: Path) -> None:
        self.full = False
        life = self

        class Refusing(Journal):
            def commit(self, batch: Batch) -> Committed:
                if life.full:
                    raise WriteFailed("database or disk is full")
                return super().commit(batch)

        self.journal = Refusing(open_sqlite(folder, now=lambda: NOW), cluster="test", wall=lambda: NOW)
        loaded = self.journal.load()
        self.backlog = Backlog(coalesce_above=5, most_body_bytes=3 * SIZE)
        self.records: list[Record] = []
        self.settled: list[tuple[str, Evidence]] = []
        self.keeper = Bookkeeper(
            self.journal,
            loaded,
            Counters(loaded.workloads, loaded.vanished, limit=100),
            self.backlog,
            cluster="test",
            baseline_window=600,
            recorded=self.records.append,
            settled=lambda id_, evidence: self.settled.append((id_, evidence)),
        )

    def work(self) -> None:
        """As a thread that is asked to stop: what can be written is, and a store that refuses ends it."""
        stop = Event()
        stop.set()
        while self.keeper.step(0, stop):
            pass

    def crash(self, count: int) -> list[str]:
        self.backlog.put(Listed("", frozenset()))
        for number in range(count):
            self.backlog.put(seen(pod(terminated(0), uid=f"uid-{number}")))
        self.work()
        return [r.id for r in self.records]


def test_what_was_gathered_is_written_and_told_once(tmp_path: Path) -> None:
    life = Life(tmp_path)
    (id_,) = life.crash(1)
    for _ in range(2):
        life.backlog.put(captured(id_, "first"))
        life.backlog.put(captured(id_, "second"))
        life.work()
    assert life.settled == [(id_, captured(id_, "first").evidence)]
    assert open_archive(tmp_path).find(id_)[0].log == captured(id_, "first").evidence.log


def test_what_was_gathered_of_nothing_known_is_passed_by(tmp_path: Path) -> None:
    life = Life(tmp_path)
    life.backlog.put(captured("unknown"))
    life.work()
    assert (life.settled, life.backlog.tally()) == ([], (1, 1, 0, 0))


def test_while_the_store_refuses_the_oldest_bodies_go_and_every_settlement_is_kept(tmp_path: Path) -> None:
    life = Life(tmp_path)
    ids = life.crash(20)
    life.full = True
    for id_ in ids[:5]:
        life.backlog.put(captured(id_))
    life.work()
    for id_ in ids[5:]:
        life.backlog.put(captured(id_))
        life.work()
    assert life.backlog.dropped_bodies == 17
    life.full = False
    life.work()
    assert [id_ for id_, _ in life.settled] == ids
    assert sum(evidence.log.dropped for _, evidence in life.settled) == 17
    logs = [r.log for r in open_archive(tmp_path).newer_than(0, texts=True)[0] if r.log is not None]
    assert [(log.dropped, log.text) for log in logs].count((True, "")) == 17
    assert [(log.result, log.bytes) for log in logs] == [(CaptureResult.OK, 1000)] * 20
    assert [log.text == BODY for log in logs] == [n >= 17 for n in range(20)]


def test_bodies_that_the_store_gave_up_are_told(tmp_path: Path) -> None:
    gone: list[int] = []

    class Cramped(Journal):
        def commit(self, batch: Batch) -> Committed:
            return super().commit(batch)._replace(given_up=len(batch.evidence))

    journal = Cramped(open_sqlite(tmp_path, now=lambda: NOW), cluster="test", wall=lambda: NOW)
    backlog = Backlog()
    counters = Counters({}, {}, limit=9)
    keeper = Bookkeeper(
        journal, journal.load(), counters, backlog, cluster="test", baseline_window=1, gave_up=gone.append
    )
    backlog.put(Listed("", frozenset()))
    keeper.step(0, Event())
    backlog.put(captured("a"))
    keeper.step(0, Event())
    assert gone == [1]


def test_a_backlog_that_gives_up_observations_gives_up_nothing_that_was_gathered() -> None:
    backlog = Backlog(coalesce_above=10)
    for number in range(50):
        backlog.put(seen(pod(terminated(number), uid="one")))
        backlog.put(captured(number))
    items = backlog.take(1000, 0)
    assert [i.record_id for i in items if isinstance(i, Captured)] == [str(n) for n in range(50)]
    assert sum(isinstance(i, Observed) for i in items) < 50
    assert dropped(items) == []


def test_a_batch_takes_no_more_bodies_than_one_transaction_should() -> None:
    backlog = Backlog()
    large = "x" * (3 * 1024 * 1024)
    for number in range(5):
        backlog.put(captured(number, large))
    assert [len(backlog.take(500, 0)) for _ in range(4)] == [2, 2, 1, 0]


def test_a_body_that_is_larger_than_all_may_be_goes_at_once() -> None:
    backlog = Backlog(most_body_bytes=100)
    backlog.put(captured("a"))
    assert dropped(backlog.take(1, 0)) == ["a"]


STEPS = st.lists(st.one_of(st.integers(0, 3000), st.sampled_from(["take", "settle", "observe"])), max_size=80)


@given(STEPS)
def test_bodies_that_wait_or_are_being_written_never_exceed_their_memory_and_none_is_lost(
    steps: list[int | str],
) -> None:
    most = 4000
    backlog = Backlog(coalesce_above=4, most_body_bytes=most)
    put: list[str] = []
    came: list[str] = []
    gone = heavy = 0
    taken: list[Item] = []
    for number, step in enumerate([*steps, "settle", *["take", "settle"] * (len(steps) + 1)]):
        match step:
            case int():
                put.append(str(number))
                backlog.put(captured(number, "x" * step))
            case "observe":
                backlog.put(seen(pod(terminated(0), uid="one")))
            case "take":
                taken += backlog.take(3, 0)
            case _:
                backlog.settle(len(taken))
                came += [i.record_id for i in taken if isinstance(i, Captured)]
                gone += len(dropped(taken))
                taken = []
        cells = [getattr(i, "captured", i) for i in backlog._items] + taken
        texts = [i.evidence.log.text for i in cells if isinstance(i, Captured) and i.evidence.log.text]
        heavy = sum(map(sys.getsizeof, texts))
        assert heavy <= most
        assert backlog._body_bytes == heavy
        tally = backlog.tally()
        assert tally.observed == tally.settled + tally.superseded + tally.waiting
    assert came == put
    assert gone == backlog.dropped_bodies
    assert heavy == 0
