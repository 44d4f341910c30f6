"""Crashes pile up while Elasticsearch is away: none is lost, the longest due go first, memory stays bounded."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from kubevigil.demo.cluster import SimulatedCluster
from kubevigil.model.clock import rfc3339
from kubevigil.model.record import Record
from tests.api.running import until

from .conftest import Tell
from .search_stand_in import Asked, Course, Held, Place, StandIn, stand_in
from .ship_audit import PREFIX, audit_index
from .ship_backlog import AT_ONCE, backlog, peak_mib, sidecar
from .ship_faults import UNAVAILABLE, always, forgets
from .ship_misery import LoopingMisery
from .ship_store import deliveries, ids_of_sent, numbers

pytestmark = pytest.mark.timeout(120)

CRASHES = 2_000
SIZE = 8_000
TURN = 2 * 5 * 2**20 // SIZE
"""What is sent at the same time, in two requests."""

MOST_MIB = 150.0
BREAKOUTS = (
    '\n{"delete":{"_index":"k8s-crash-monitor-2023.11.14","_id":"a"}}\n',
    '"}\n{"index":{"_id":"b"}}\n{"message":"mine"}\n',
    '\\"}}\r\n\u2028{"create":{}}\n\n',
    "\x00\x1b[31m\ud7ff😀 end\n",
)


@pytest.fixture
def index() -> Iterator[StandIn]:
    with stand_in() as index:
        yield index


def text_of(number: int) -> str:
    return (f"crash {number}" + BREAKOUTS[number % len(BREAKOUTS)]) + "x" * SIZE


def furthest_ahead(records: list[Record], order: list[str]) -> int:
    """By how many that were due before it a document was ahead at the most; all of a second are due at once."""
    due = {record.id: number // AT_ONCE for number, record in enumerate(records)}
    worst, latest = 0, 0
    for id_ in order:
        latest = max(latest, due[id_])
        worst = max(worst, latest - due[id_])
    return worst * AT_ONCE


def test_two_thousand_that_waited_for_a_server_arrive_the_longest_due_first_and_one_that_is_put_off_blocks_none(
    index: StandIn, tmp_path: Path, tell: Tell
) -> None:
    records = backlog(tmp_path, text_of, CRASHES)
    stubborn = records[0].id

    def puts_off(_: Asked) -> Course:
        return Course(judge=lambda id_: (429, "es_rejected_execution_exception") if id_ == stubborn else None)

    index.faults = [always(UNAVAILABLE)]
    process = sidecar(tmp_path, index.url, tmp_path / "log")
    until(lambda: index.requests > 2)  # the two of the first turn, and the one that looks whether things are well
    assert not index.documents
    assert deliveries(tmp_path) == {"waiting": CRASHES}
    index.faults = [puts_off]
    until(lambda: deliveries(tmp_path) == {"sent": CRASHES - 1, "waiting": 1})
    index.faults = []
    until(lambda: deliveries(tmp_path) == {"sent": CRASHES})
    peak = peak_mib(process.pid)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    tell(crashes=CRASHES, peak_mib=round(peak), largest_body_mib=round(index.largest / 2**20, 1))
    arrived = {place.id: json.loads(held.source)["message"] for place, held in index.documents.items()}
    assert arrived == {record.id: text_of(number) for number, record in enumerate(records)}
    order = [place.id for place in index.documents]
    assert order[-1] == stubborn
    assert furthest_ahead(records, order[:-1]) <= TURN
    assert not index.foreign
    assert numbers(tmp_path)["dropped"] == 0
    assert peak <= MOST_MIB
    assert index.largest <= 5 * 2**20


def test_a_server_that_forgets_what_it_said_it_took_is_found_out(index: StandIn, tmp_path: Path) -> None:
    records = backlog(tmp_path, text_of, 20)
    index.faults = [forgets]
    assert sidecar(tmp_path, index.url, tmp_path / "log", "--once").wait(60) == 0
    assert ids_of_sent(tmp_path) == {record.id for record in records}
    assert not index.documents


def happened(crashes: int) -> tuple[LoopingMisery, dict[Place, Held]]:
    """Crashes, and the documents that should be there."""
    misery = LoopingMisery(SimulatedCluster(seed=1), seed=1, pause=0.0)
    for _ in range(crashes):
        misery.step()
    documents = {}
    for number, end in enumerate(misery.crashes()):
        printed = misery.printed.get(end.container_id, "")
        result = {"message": printed} if printed else {}
        source = result | {
            "container": {"id": end.container_id.rpartition("://")[2]},
            "kubernetes": {"pod": {"name": end.pod}, "container": {"name": end.container}},
            "process": {"exit_code": end.exit_code},
            "kubevigil": {"id": str(number), "log": {"result": "ok" if printed else "empty"}},
        }
        place = Place(PREFIX + rfc3339(end.at)[:10].replace("-", "."), str(number))
        documents[place] = Held(json.dumps(source).encode(), 0.0)
    return misery, documents


def test_the_audit_finds_what_is_lost_doubled_misplaced_foreign_or_another_s() -> None:
    misery, documents = happened(40)
    places = list(documents)

    def found(**changed: Held) -> tuple[int, int, int]:
        there = {place: held for place, held in documents.items() if place.id not in changed}
        there |= {Place(places[0].index, name): held for name, held in changed.items() if held.source}
        verdict = audit_index(misery.crashes(), misery.printed, there)
        assert verdict.clean == (not (verdict.lost or verdict.doubled or verdict.wrong))
        return len(verdict.lost), len(verdict.doubled), len(verdict.wrong)

    talking = [place for place in places if b'"message"' in documents[place].source]
    one, other = (json.loads(documents[place].source) for place in talking[:2])
    swapped = one | {"message": other["message"]}
    silent = {name: value for name, value in one.items() if name != "message"}
    called_empty = silent | {"kubevigil": one["kubevigil"] | {"log": {"result": "empty"}}}
    no_reason = silent | {"kubevigil": {"id": talking[0].id}}
    nobody = one | {"container": {"id": "nobody"}, "kubevigil": {"id": "new"}}

    def held(source: object) -> Held:
        return Held(json.dumps(source).encode(), 0.0)

    assert found() == (0, 0, 0)
    assert found(**{talking[0].id: Held(b"", 0.0)}) == (1, 0, 0)
    assert found(again=documents[places[3]]) == (0, 1, 1)
    assert found(new=held(nobody)) == (0, 0, 1)
    for wrong in (swapped, silent, called_empty, no_reason, one | {"process": {"exit_code": 77}}):
        assert found(**{talking[0].id: held(wrong)}) == (0, 0, 1), wrong
    misplaced = {Place("k8s-crash-monitor-2001.01.01", places[0].id): documents[places[0]]}
    rest = {place: documents[place] for place in places[1:]}
    assert len(audit_index(misery.crashes(), misery.printed, rest | misplaced).wrong) == 1
