"""Each crash waits once for each sink from the moment it is recorded, and is due when its log is settled."""

from pathlib import Path

import pytest
from sqlalchemy import Connection

from kubevigil.model.record import CaptureResult, TerminationClass
from kubevigil.store.batch import Batch, Entry
from kubevigil.store.enqueuing import LOG_PATIENCE
from kubevigil.store.errors import WriteFailed
from kubevigil.store.journal import Journal
from kubevigil.store.outbox import Outbox

from .making import NOW, Store, crash, record, said
from .places import Place, opened_outbox

SINK = "elasticsearch"
ROWS = "SELECT id, sink, state FROM kubevigil_outbox ORDER BY id, sink"
DUE = "SELECT due_at, next_at FROM kubevigil_outbox"
TALLY = "SELECT sink, seen, waiting, sent, dead, dropped FROM kubevigil_outbox_tally ORDER BY sink"
MANY = 1000


def outbox(place: Place, sink: str = SINK) -> Outbox:
    return opened_outbox(place, sink)


def texts(place: Place, now: float) -> list[object]:
    """The logs' texts of what is due."""
    return [log and log.text for log in (due.record.log for due in outbox(place).claim(now, MANY, 1 << 30))]


def test_a_crash_waits_for_each_sink_and_a_wanted_end_for_none(place: Place) -> None:
    store = Store(place, sinks=("a", "b"))
    store.journal.commit(crash(record(1), record(2, class_=TerminationClass.COMPLETED)))
    assert store.rows(ROWS) == [(record(1).id, "a", "waiting"), (record(1).id, "b", "waiting")]
    assert store.rows(TALLY) == [("a", 1, 1, 0, 0, 0), ("b", 1, 1, 0, 0, 0)]


def test_without_sinks_nothing_waits(place: Place) -> None:
    store = Store(place)
    store.crash(1, evidence=lambda _: said())
    assert (store.rows(ROWS), store.rows(TALLY)) == ([], [])


def test_a_crash_that_was_recorded_before_there_was_a_sink_is_not_sent_when_its_details_come(place: Place) -> None:
    Store(place).crash(1)
    store = Store(place, sinks=(SINK,))
    store.journal.commit(Batch(entries=[Entry(record(1), None)]))
    assert store.rows(ROWS) == []


def test_a_crash_that_is_written_again_or_by_two_processes_waits_once(place: Place) -> None:
    store, other = Store(place, sinks=(SINK,)), Store(place, sinks=(SINK,))
    for journal in (store.journal, other.journal, store.journal):
        journal.commit(crash(record(1)))
    assert store.rows(ROWS) == [(record(1).id, SINK, "waiting")]
    assert store.rows(TALLY) == [(SINK, 1, 1, 0, 0, 0)]


@pytest.mark.parametrize("point", ["_insert_entries", "_write_rows", "_add_to_counters"])
def test_a_transaction_that_is_interrupted_leaves_neither_a_record_nor_a_row(
    point: str, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(place, sinks=(SINK,))
    original = getattr(Journal, point)

    def interrupted(journal: Journal, connection: Connection, *arguments: object) -> object:
        original(journal, connection, *arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Journal, point, interrupted)
        with pytest.raises(KeyboardInterrupt):
            store.journal.commit(crash(record(1)))
    assert (store.one("SELECT count(*) FROM kubevigil_crashes"), store.rows(ROWS), store.rows(TALLY)) == (0, [], [])
    store.journal.commit(crash(record(1)))
    assert (len(store.rows(ROWS)), store.rows(TALLY)) == (1, [(SINK, 1, 1, 0, 0, 0)])


def test_a_crash_is_due_when_its_log_is_settled(place: Place) -> None:
    store = Store(place, sinks=(SINK,))
    (dead,) = store.crash(1)
    assert texts(place, NOW + 2) == []
    store.now = NOW + 2
    store.journal.commit(Batch(evidence={dead.id: said("panic")}))
    assert store.rows(DUE) == [(NOW + 2, NOW + 2)]
    assert texts(place, NOW + 2) == ["panic"]


def test_a_crash_that_is_recorded_with_its_log_is_due_at_once(place: Place) -> None:
    store = Store(place, sinks=(SINK,))
    batch = crash(record(1))
    batch.evidence[record(1).id] = said("panic")
    store.journal.commit(batch)
    assert texts(place, NOW) == ["panic"]


def test_a_crash_is_due_twenty_seconds_after_it_was_recorded_in_any_case(place: Place) -> None:
    store = Store(place, sinks=(SINK,))
    store.crash(1)
    assert LOG_PATIENCE == 20
    assert outbox(place).claim(NOW + 19.9, MANY, 1 << 30) == []
    (due,) = outbox(place).claim(NOW + 20, MANY, 1 << 30)
    assert due.record.log is not None
    assert due.record.log.result is CaptureResult.TIMEOUT


def test_what_a_sink_was_handed_without_its_log_is_not_changed_by_a_late_one_which_is_counted(place: Place) -> None:
    store = Store(place, sinks=(SINK,))
    (dead,) = store.crash(1)
    (due,) = outbox(place).claim(NOW + 21, MANY, 1 << 30)
    store.now = NOW + 22
    committed = store.journal.commit(Batch(evidence={dead.id: said("too late")}))
    assert (dict(committed.settled), committed.late) == ({}, 1)
    assert [again.record for again in outbox(place).claim(NOW + 23, MANY, 1 << 30)] == [due.record]
    assert store.journal.unsettled(10) == []


def test_a_log_that_is_settled_after_the_time_and_before_anybody_looked_is_sent(place: Place) -> None:
    store = Store(place, sinks=(SINK,))
    (dead,) = store.crash(1)
    store.now = NOW + 300
    committed = store.journal.commit(Batch(evidence={dead.id: said("late")}))
    assert (list(committed.settled), committed.late) == ([dead.id], 0)
    assert store.rows(DUE) == [(NOW + 20, NOW + 20)]
    assert texts(place, NOW + 300) == ["late"]


def test_what_waits_after_an_attempt_is_not_brought_forward_by_a_settlement(place: Place) -> None:
    store = Store(place, sinks=(SINK,))
    (dead,) = store.crash(1)
    outbox(place).retry([dead.id], NOW + 100, "later")
    store.journal.commit(Batch(evidence={dead.id: said()}))
    assert texts(place, NOW + 99) == []


def test_where_no_logs_are_read_crashes_are_due_at_once_and_stay_without(place: Place) -> None:
    store = Store(place, sinks=(SINK,), log_patience=None)
    (dead,) = store.crash(1)
    (due,) = outbox(place).claim(NOW, MANY, 1 << 30)
    assert due.record.log is None
    reading = Store(place, sinks=(SINK,))
    assert reading.journal.unsettled(10) == []
    committed = reading.journal.commit(Batch(evidence={dead.id: said()}))
    assert (dict(committed.settled), committed.late) == ({}, 1)
    assert [again.record for again in outbox(place).claim(NOW, MANY, 1 << 30)] == [due.record]


def test_evidence_of_no_crash_of_this_store_is_not_late(place: Place) -> None:
    store = Store(place, sinks=(SINK,))
    assert store.journal.commit(Batch(evidence={record(9).id: said()})).late == 0


def test_a_full_store_takes_neither_the_record_nor_the_row(tmp_path: Path) -> None:
    store = Store(tmp_path, sinks=(SINK,))
    store.crash(0)
    with store.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    with pytest.raises(WriteFailed, match="full"):
        store.journal.commit(crash(*map(record, range(1, 500))))
    assert (len(store.rows(ROWS)), store.rows(TALLY)) == (1, [(SINK, 1, 1, 0, 0, 0)])


def test_the_day_of_the_index_is_frozen_at_the_recording(place: Place) -> None:
    store = Store(place, sinks=(SINK,))
    (dead,) = store.crash(1)
    days = []
    for day in range(3):
        now = NOW + 20 + day * 86_400
        (due,) = outbox(place).claim(now, MANY, 1 << 30)
        outbox(place).retry([dead.id], now, "unreachable")
        days.append(due.day)
    assert days == ["2023-11-14"] * 3
