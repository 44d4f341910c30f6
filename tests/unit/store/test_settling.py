"""What was gathered about a crash is written once, whoever gathers it and however often."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from kubevigil.model.record import (
    CaptureResult,
    Evidence,
    RecordedEvent,
    RecordedLog,
    Resources,
    TerminationClass,
)
from kubevigil.store.archive import open_archive
from kubevigil.store.batch import Batch

from .making import NOW, Store, crash, record, said
from .places import Place, opened_archive

DAY = 24 * 3600.0


def test_the_first_settlement_of_a_crash_wins_and_only_it_is_told(place: Place) -> None:
    store = Store(place)
    (dead,) = store.crash(1)
    first = store.journal.commit(Batch(evidence={dead.id: said("one")}))
    second = store.journal.commit(Batch(evidence={dead.id: said("two")}))
    assert (dict(first.settled), dict(second.settled)) == ({dead.id: said("one")}, {})
    assert opened_archive(place).find(dead.id)[0].log == said("one").log


def test_two_processes_that_settle_the_same_crash_settle_it_once(place: Place) -> None:
    store, other = Store(place), Store(place)
    (dead,) = store.crash(1)
    batch = Batch(evidence={dead.id: said()})
    assert [len(s.journal.commit(batch).settled) for s in (other, store, other)] == [1, 0, 0]


def test_what_is_no_crash_of_this_store_and_cluster_is_not_settled(place: Place) -> None:
    store, foreign = Store(place), Store(place, cluster="elsewhere")
    (dead,) = store.crash(1)
    evidence = {record(2).id: said(), dead.id: said()}
    assert foreign.journal.commit(Batch(evidence=evidence)).settled == {}
    assert list(store.journal.commit(Batch(evidence=evidence)).settled) == [dead.id]
    assert store.one("SELECT count(*) FROM kubevigil_crash_logs") == 1


def test_a_crash_and_its_evidence_may_come_in_one_batch(place: Place) -> None:
    store = Store(place)
    batch = crash(record(1))
    batch.evidence[record(1).id] = said()
    assert list(store.journal.commit(batch).settled) == [record(1).id]


def test_all_that_was_gathered_is_read_back_as_it_was(place: Place) -> None:
    store = Store(place)
    event = RecordedEvent("Warning", "BackOff", 'say "no" \u2028', 3, "2023-11-14T22:13:20Z", None, "kubelet")
    log = RecordedLog(CaptureResult.OK, text="a\nb\u00e9\n", bytes=6, truncated=True)
    evidence = Evidence(log, (event, event), Resources("1", "2", "64Mi", "64Mi"))
    (dead,) = store.crash(1, evidence=lambda _: evidence)
    (found,) = opened_archive(place).find(dead.id)
    assert (found.log, found.events, found.resources) == (log, (event, event), evidence.resources)


def test_what_is_no_unicode_is_replaced_and_never_stops_the_writer(place: Place) -> None:
    store = Store(place)
    log = RecordedLog(CaptureResult.OK, text="x\ud800y", bytes=5)
    evidence = Evidence(log, (RecordedEvent("Warning", "Odd", "x\udfffy"),))
    (dead,) = store.crash(1, evidence=lambda _: evidence)
    (found,) = opened_archive(place).find(dead.id)
    assert found.log is not None
    assert (found.log.text, found.events[0].message) == ("x?y", "x?y")


def test_crashes_without_evidence_of_the_last_day_are_unsettled_the_oldest_first(place: Place) -> None:
    store = Store(place)
    store.crash(0)
    for number in range(1, 6):
        store.now = NOW + number * 60
        store.crash(number)
    store.journal.commit(Batch(evidence={record(2).id: said("", CaptureResult.GONE)}))
    store.journal.commit(crash(record(9, class_=TerminationClass.COMPLETED)))
    store.now = NOW + DAY + 30
    assert [r.container.restart_count for r in store.journal.unsettled(10)] == [1, 3, 4, 5]
    assert [r.container.restart_count for r in store.journal.unsettled(2)] == [1, 3]
    assert Store(place, cluster="elsewhere").journal.unsettled(10) == []


def test_a_record_that_cannot_be_read_is_left_out_of_the_unsettled(place: Place) -> None:
    store = Store(place)
    store.crash(1, 2)
    with store.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE kubevigil_crashes SET record = 'x' WHERE id = (SELECT id FROM kubevigil_crash_order WHERE seq = 1)"
        )
    assert [r.id for r in store.journal.unsettled(10)] == [record(2).id]


STEPS = st.lists(
    st.tuples(st.sampled_from(["crash", "settle", "settle elsewhere", "restart"]), st.integers(0, 4)), max_size=25
)


@settings(max_examples=60)
@given(STEPS)
def test_any_interleaving_of_commits_replays_and_settlements_settles_each_crash_once(
    steps: list[tuple[str, int]],
) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        store, other = Store(folder), Store(folder)
        told: list[str] = []
        first: dict[str, str] = {}
        crashed: set[str] = set()
        for step, (kind, number) in enumerate(steps):
            dead = record(number)
            if kind == "crash":
                store.journal.commit(crash(dead))
                crashed.add(dead.id)
            elif kind == "restart":
                store.journal.close()
                store = Store(folder)
            else:
                journal = (store if kind == "settle" else other).journal
                told += journal.commit(Batch(evidence={dead.id: said(f"step {step}")})).settled
                if dead.id in crashed:
                    first.setdefault(dead.id, f"step {step}")
        kept = {r.id: r.log.text for r in open_archive(folder).newer_than(0, texts=True)[0] if r.log}
        assert sorted(told) == sorted(first)
        assert kept == first
        assert {r.id for r in store.journal.unsettled(100)} == crashed - first.keys()
        store.journal.close()
        other.journal.close()
