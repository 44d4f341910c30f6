"""What a sink is handed: what is due and in that order, whole, and nothing that is done with."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from kubevigil.model.record import CaptureResult, Delivery, DeliveryState, Record
from kubevigil.store import schema, sharing
from kubevigil.store.archive import open_archive
from kubevigil.store.batch import Batch, Loaded
from kubevigil.store.database import FILE_NAME
from kubevigil.store.errors import Damaged, NewerSchema, NoStore, OlderSchema, WriteFailed
from kubevigil.store.outbox import LONGEST_BACKOFF, Outbox, due_rows, one_line
from kubevigil.store.outbox_balance import Balance

from .making import NOW, Store, crash, noise, record, said

SINK = "elasticsearch"
MANY, MUCH = 1000, 1 << 30
PAGE = 4096
"""Bytes; SQLite makes a checkpoint by itself at a thousand of them, where that is not switched off."""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path, sinks=(SINK,))


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / FILE_NAME, SINK)


def ids(outbox: Outbox, now: float = NOW + 100, most: int = MANY, most_bytes: int = MUCH) -> list[str]:
    return [due.record.id for due in outbox.claim(now, most, most_bytes)]


def settled(store: Store, *numbers: int) -> list[str]:
    return [dead.id for dead in store.crash(*numbers, evidence=lambda n: said(f"words of {n}"))]


def one_by_one(store: Store, *numbers: int) -> list[str]:
    """Crashes a second apart, each due when it is recorded."""
    found = []
    for number in numbers:
        store.now += 1
        found += settled(store, number)
    return found


def delivery(folder: Path, id_: str) -> tuple[Delivery, ...]:
    return open_archive(folder).find(id_)[0].delivery


def test_a_crash_is_handed_out_whole_with_its_day_and_how_often_it_was_tried(store: Store, outbox: Outbox) -> None:
    (dead,) = settled(store, 1)
    (due,) = outbox.claim(NOW, MANY, MUCH)
    assert due.record.log == said("words of 1").log
    assert (due.record.id, due.record.container.restart_count) == (dead, 1)
    assert (due.day, due.attempts) == ("2023-11-14", 0)


def test_the_longest_due_come_first_and_not_more_than_asked_for(store: Store, outbox: Outbox) -> None:
    found = one_by_one(store, 5, 3, 8, 1)
    assert ids(outbox) == found
    assert ids(outbox, most=2) == found[:2]
    assert ids(outbox, now=NOW + 3) == found[:3]


def test_not_more_bytes_are_handed_out_than_asked_for_but_one_crash_in_any_case(store: Store, outbox: Outbox) -> None:
    found = []
    for number in range(4):
        store.now += 1
        found += [dead.id for dead in store.crash(number, evidence=lambda n: said(noise(10_000, n)))]
    assert ids(outbox, most_bytes=25_000) == found[:2]
    assert ids(outbox, most_bytes=10_000) == found[:1]
    assert ids(outbox, most_bytes=0) == found[:1]


def test_a_text_that_was_given_up_takes_no_bytes_and_is_told(store: Store, outbox: Outbox) -> None:
    found = one_by_one(store, 1, 2)
    with store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE kubevigil_crash_logs SET bytes = 100000, body = NULL, dropped = 1")
    assert ids(outbox, most_bytes=5_000) == found
    assert all(due.record.log is not None and due.record.log.dropped for due in outbox.claim(NOW + 9, MANY, MUCH))


def test_what_is_sent_is_not_handed_out_again(store: Store, outbox: Outbox, tmp_path: Path) -> None:
    first, second = one_by_one(store, 1, 2)
    outbox.sent([first], NOW + 50)
    assert ids(outbox) == [second]
    assert delivery(tmp_path, first) == (Delivery(SINK, DeliveryState.SENT, 1),)
    assert store.one("SELECT sent_at FROM kubevigil_outbox WHERE state = 'sent'") == NOW + 50


def test_what_is_to_be_tried_again_comes_at_its_time_behind_what_was_due_before(
    store: Store, outbox: Outbox, tmp_path: Path
) -> None:
    first, second, third = one_by_one(store, 1, 2, 3)
    outbox.retry([first, second], NOW + 60, "429 Too Many Requests")
    assert ids(outbox, now=NOW + 59) == [third]
    due = outbox.claim(NOW + 60, MANY, MUCH)
    assert (due[0].record.id, due[0].attempts) == (third, 0)
    assert {(one.record.id, one.attempts) for one in due[1:]} == {(first, 1), (second, 1)}
    assert delivery(tmp_path, first) == (Delivery(SINK, DeliveryState.WAITING, 1, "429 Too Many Requests"),)


def test_what_is_dead_is_not_handed_out_and_says_why(store: Store, outbox: Outbox, tmp_path: Path) -> None:
    first, second = one_by_one(store, 1, 2)
    outbox.dead(first, "mapper_parsing_exception:\nfailed to parse")
    assert ids(outbox) == [second]
    assert delivery(tmp_path, first) == (
        Delivery(SINK, DeliveryState.DEAD, 1, "mapper_parsing_exception: failed to parse"),
    )


def test_the_verdict_that_came_first_stands_but_a_sink_that_has_it_has_it(store: Store, outbox: Outbox) -> None:
    first, second = one_by_one(store, 1, 2)
    outbox.sent([first], NOW)
    outbox.dead(first, "late")
    outbox.retry([first], NOW, "late")
    assert outbox.balance(NOW)[:5] == (2, 1, 1, 0, 0)
    outbox.dead(second, "refused")
    outbox.retry([second], NOW, "late")
    assert outbox.balance(NOW)[:5] == (2, 0, 1, 1, 0)
    outbox.sent([first, second], NOW)
    assert outbox.balance(NOW)[:5] == (2, 0, 2, 0, 0)


def test_each_sink_has_rows_of_its_own(tmp_path: Path) -> None:
    store = Store(tmp_path, sinks=("a", "b"))
    (dead,) = settled(store, 1)
    a, b = (Outbox(tmp_path / FILE_NAME, sink) for sink in ("a", "b"))
    a.sent([dead], NOW)
    assert (ids(a), ids(b)) == ([], [dead])
    b.dead(dead, "no")
    assert (ids(a), ids(b), a.balance(NOW).sent, b.balance(NOW).dead) == ([], [], 1, 1)
    assert delivery(tmp_path, dead) == (
        Delivery("a", DeliveryState.SENT, 1),
        Delivery("b", DeliveryState.DEAD, 1, "no"),
    )


def test_two_that_read_at_once_get_the_same_and_both_may_say_so(store: Store, outbox: Outbox, tmp_path: Path) -> None:
    found = one_by_one(store, 1, 2)
    other = Outbox(tmp_path / FILE_NAME, SINK)
    assert ids(outbox) == ids(other) == found
    outbox.sent(found, NOW)
    other.sent(found, NOW)
    assert outbox.balance(NOW) == Balance(seen=2, sent=2)


def test_verdicts_on_what_is_not_there_move_nothing(store: Store, outbox: Outbox) -> None:
    settled(store, 1)
    outbox.sent([record(9).id], NOW)
    outbox.sent([], NOW)
    outbox.retry([], NOW, "")
    outbox.dead(record(9).id, "no")
    assert outbox.balance(NOW)[:5] == (1, 1, 0, 0, 0)


def test_a_record_that_cannot_be_read_is_dead_and_holds_up_nobody(store: Store, outbox: Outbox) -> None:
    first, second = one_by_one(store, 1, 2)
    with store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE kubevigil_crashes SET record = '{' WHERE id = ?", (first,))
    assert ids(outbox) == [second]
    assert outbox.balance(NOW).dead == 1
    assert store.one("SELECT error FROM kubevigil_outbox WHERE state = 'dead'") == (
        "its record in the store cannot be read"
    )


def test_a_crash_that_housekeeping_took_meanwhile_is_left_out(
    store: Store, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = one_by_one(store, 1, 2)
    settle = Outbox._settle

    def taken(outbox: Outbox, *arguments: Any) -> None:
        with store.engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM kubevigil_crashes WHERE id = ?", (first,))
        settle(outbox, *arguments)

    monkeypatch.setattr(Outbox, "_settle", taken)
    assert ids(outbox) == [second]
    assert outbox.balance(NOW).dead == 0


def test_a_log_that_is_settled_while_the_time_runs_out_is_the_one_that_is_sent(
    store: Store, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    (dead,) = store.crash(1)
    settle = Outbox._settle

    def just_before(outbox: Outbox, *arguments: Any) -> None:
        store.journal.commit(Batch(evidence={dead.id: said("just in time")}))
        settle(outbox, *arguments)

    monkeypatch.setattr(Outbox, "_settle", just_before)
    (due,) = outbox.claim(NOW + 20, MANY, MUCH)
    assert due.record.log == said("just in time").log


def test_after_the_clock_was_set_back_nothing_waits_for_the_time_that_was(store: Store, outbox: Outbox) -> None:
    store.now = NOW + 10 * 86_400
    (dead,) = settled(store, 1)
    assert ids(outbox, now=NOW) == [dead]
    outbox.retry([dead], NOW + LONGEST_BACKOFF, "later")
    assert ids(outbox, now=NOW) == []
    assert outbox.balance(NOW).oldest_seconds == 0


def test_the_balance_tells_how_long_the_oldest_has_been_due_whatever_was_tried(store: Store, outbox: Outbox) -> None:
    assert outbox.balance(NOW) == Balance()
    first, second = one_by_one(store, 1, 2)
    outbox.retry([first], NOW + 60, "later")
    assert outbox.balance(NOW + 30).oldest_seconds == 29
    outbox.sent([first], NOW + 61)
    assert outbox.balance(NOW + 62).oldest_seconds == 60
    outbox.sent([second], NOW + 63)
    assert outbox.balance(NOW + 64) == Balance(seen=2, sent=2)


def test_what_still_waits_for_its_log_is_not_overdue(store: Store, outbox: Outbox) -> None:
    store.crash(1)
    assert outbox.balance(NOW + 10) == Balance(seen=1, waiting=1)
    assert outbox.balance(NOW + 25).oldest_seconds == 5


# What another process may find where the store should be.


def test_without_a_store_it_says_so_makes_none_and_finds_it_once_it_is_there(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    outbox = Outbox(folder / FILE_NAME, SINK)
    with pytest.raises(NoStore, match=str(folder)):
        outbox.claim(NOW, MANY, MUCH)
    with pytest.raises(NoStore):
        outbox.sent(["x"], NOW)
    assert not folder.exists()
    found = settled(Store(folder, sinks=(SINK,)), 1)
    assert ids(outbox) == found


def test_a_file_without_tables_is_left_as_it_is(tmp_path: Path, outbox: Outbox) -> None:
    (tmp_path / FILE_NAME).touch()
    for call in (lambda: outbox.claim(NOW, MANY, MUCH), lambda: outbox.sent(["x"], NOW)):
        with pytest.raises(NoStore, match="has not made its tables"):
            call()
    assert (tmp_path / FILE_NAME).stat().st_size == 0


@pytest.mark.parametrize(("version", "error"), [("2", OlderSchema), ("99", NewerSchema)])
def test_another_versions_store_is_left_alone(
    version: str, error: type[Exception], store: Store, outbox: Outbox, tmp_path: Path
) -> None:
    settled(store, 1)
    with store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE kubevigil_meta SET value = ? WHERE name = 'schema'", (version,))
    before = store.rows("SELECT * FROM kubevigil_outbox")
    for call in (lambda: outbox.claim(NOW + 99, MANY, MUCH), lambda: outbox.dead(record(1).id, "x")):
        with pytest.raises(error):
            call()
    assert store.rows("SELECT * FROM kubevigil_outbox") == before
    assert sorted(f.name for f in tmp_path.iterdir()) == [FILE_NAME, f"{FILE_NAME}-shm", f"{FILE_NAME}-wal"]


def test_what_is_no_database_is_damaged_and_not_set_aside(tmp_path: Path, outbox: Outbox) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no database" * 1000)
    with pytest.raises(Damaged, match="store: cannot read what is due"):
        outbox.claim(NOW, MANY, MUCH)
    assert [f.name for f in tmp_path.iterdir()] == [FILE_NAME]


def test_a_store_that_was_replaced_is_followed_and_the_old_one_does_it_no_harm(
    store: Store, outbox: Outbox, tmp_path: Path
) -> None:
    settled(store, 1)
    assert len(ids(outbox)) == 1
    store.journal.begin_anew(Loaded({}, set(), {}, {}), "damaged in the test")
    assert ids(outbox) == []
    store.journal.commit(crash(record(2)))
    assert ids(outbox) == [record(2).id]
    outbox.sent([record(1).id, record(2).id], NOW)
    assert outbox.balance(NOW) == Balance(seen=1, sent=1)
    store.journal.close()
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_transaction_that_outlives_its_file_leaves_the_new_ones_log_alone(
    store: Store, outbox: Outbox, tmp_path: Path
) -> None:
    settled(store, 1)
    with outbox._store.reading("") as connection:
        connection.exec_driver_sql("SELECT count(*) FROM kubevigil_outbox")
        store.journal.begin_anew(Loaded({}, set(), {}, {}), "damaged in the test")
        found = settled(store, 2)
    assert (tmp_path / f"{FILE_NAME}-wal").stat().st_size > 0
    assert ids(outbox) == found


def test_a_store_that_somebody_else_writes_is_waited_for_and_then_told(
    store: Store, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = settled(store, 1)
    monkeypatch.setattr(sharing, "_BUSY_SECONDS", 0.05)
    with store.engine.begin() as writing:
        writing.exec_driver_sql("UPDATE kubevigil_meta SET value = value")
        assert ids(outbox) == found
        with pytest.raises(WriteFailed, match="cannot note what was sent: database is locked"):
            outbox.sent(found, NOW)
    outbox.sent(found, NOW)
    assert ids(outbox) == []


def test_no_checkpoint_is_made_here_while_the_exporter_has_the_store(
    store: Store, outbox: Outbox, tmp_path: Path
) -> None:
    found = settled(store, *range(60))
    file, log = tmp_path / FILE_NAME, tmp_path / f"{FILE_NAME}-wal"
    before = file.stat().st_mtime_ns
    for _ in range(120):
        outbox.retry(found, NOW, "x" * 300)
    assert log.stat().st_size > 1000 * PAGE
    assert file.stat().st_mtime_ns == before


# How much work it is.

HUNDRED_THOUSAND = 100_000


def filled(folder: Path, rows: int) -> Outbox:
    """A store in which so many wait, written without the journal: that would take a minute."""
    template = Store(folder, sinks=(SINK,))
    settled(template, 0)
    columns = {
        table.name: ", ".join(f"'{SINK}'" if c.name == "sink" else _copied(c.name) for c in table.columns)
        for table in (schema.crashes, schema.crash_logs, schema.crash_order, schema.outbox)
    }
    count = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows - 1})"
    with template.engine.begin() as connection:
        for table, values in columns.items():
            names = ", ".join(f'"{c.name}"' for c in schema.metadata.tables[table].columns)
            connection.exec_driver_sql(f"{count} INSERT INTO {table} ({names}) SELECT {values} FROM n, {table}")
        connection.exec_driver_sql(f"UPDATE kubevigil_outbox_tally SET seen = {rows}, waiting = {rows}")
    template.journal.close()
    return Outbox(folder / FILE_NAME, SINK)


def _copied(column: str) -> str:
    id_ = "printf('%064x', i)"
    numbered = {
        "id": id_,
        "record": f"replace(record, '{record(0).id}', {id_})",
        "seq": "i + 1",
        "due_at": "due_at + i",
        "next_at": "next_at + i",
    }
    return numbered.get(column, f'"{column}"')


class Work:
    """Counts what SQLite does for the outbox, in hundreds of instructions of its virtual machine."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.done = 0
        connect = sharing._connect

        def counting(path: Path) -> sqlite3.Connection:
            connection = connect(path)
            connection.set_progress_handler(self._count, 100)
            return connection

        monkeypatch.setattr(sharing, "_connect", counting)

    def _count(self) -> None:
        self.done += 1

    def of(self, call: Callable[[], object]) -> int:
        before = self.done
        call()
        return self.done - before


def steps(outbox: Outbox) -> Iterator[tuple[str, Callable[[], object]]]:
    batch = [due.record.id for due in outbox.claim(NOW + 1e6, 50, MUCH)]
    yield "claim", lambda: outbox.claim(NOW + 1e6, 50, MUCH)
    yield "balance", lambda: outbox.balance(NOW)
    yield "retry", lambda: outbox.retry(batch, NOW, "x")
    yield "sent", lambda: outbox.sent(batch[1:], NOW)
    yield "dead", lambda: outbox.dead(batch[0], "x")


def test_with_a_hundred_thousand_waiting_a_batch_is_as_much_work_as_with_a_thousand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few, many = filled(tmp_path / "few", 1000), filled(tmp_path / "many", HUNDRED_THOUSAND)
    assert many.balance(NOW).waiting == HUNDRED_THOUSAND
    assert len(ids(many, most=50)) == 50
    work = Work(monkeypatch)
    small = {name: work.of(call) for name, call in steps(few)}
    large = {name: work.of(call) for name, call in steps(many)}
    assert small["claim"] > 10
    assert {name: large[name] <= small[name] * 2 + 5 for name in large} == dict.fromkeys(large, True)


def test_what_is_due_and_the_oldest_are_found_by_the_indexes(tmp_path: Path) -> None:
    filled(tmp_path, 1000)
    due = due_rows(SINK, 500).where(schema.outbox.c.next_at <= NOW + 1e6)
    words = str(due.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))
    oldest = f"SELECT min(due_at) FROM kubevigil_outbox WHERE sink = '{SINK}' AND state = 'waiting'"
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as raw:
        plans = [[row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {query}")] for query in (words, oldest)]
    assert plans[0][0].startswith("SEARCH kubevigil_outbox USING INDEX kubevigil_outbox_by_next (sink=? AND state=?")
    assert all(step.startswith("SEARCH") for step in plans[0])
    assert [step.partition(" (")[0] for step in plans[1]] == [
        "SEARCH kubevigil_outbox USING COVERING INDEX kubevigil_outbox_by_due"
    ]


# Errors as they are kept.


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=2000))
def test_whatever_an_error_says_it_is_kept_as_one_printable_line_of_bounded_length(text: str) -> None:
    kept = one_line(text)
    assert len(kept) <= 300
    assert kept.isprintable()
    assert kept.encode("utf-8").decode() == kept
    assert one_line(kept) == kept


def test_a_long_error_is_cut_and_says_so() -> None:
    assert one_line("x" * 300) == "x" * 300
    assert one_line("x" * 301) == "x" * 299 + "…"


def test_an_error_that_is_no_unicode_is_kept(store: Store, outbox: Outbox, tmp_path: Path) -> None:
    (dead,) = settled(store, 1)
    outbox.dead(dead, "x\ud800\x1b[31m\x00y")
    assert delivery(tmp_path, dead)[0].error == "x [31m y"


def test_a_timeout_is_what_a_crash_is_settled_as_when_its_time_is_over(store: Store, outbox: Outbox) -> None:
    one: list[Record] = store.crash(1)
    outbox.claim(NOW + 20, MANY, MUCH)
    assert store.rows("SELECT id, cluster, result, size, settled_at FROM kubevigil_crash_logs") == [
        (one[0].id, "test", CaptureResult.TIMEOUT.value, 0, NOW + 20)
    ]
