"""Inserts of many rows at once: each identity counts once, whoever else writes it, however often a batch has it."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from kubevigil.model.record import Workload
from kubevigil.store.archive import Filter
from kubevigil.store.batch import Batch, Entry
from kubevigil.store.errors import WriteFailed

from .making import LABELS, Store, crash, record
from .places import Place, opened_archive


@pytest.fixture
def store(place: Place) -> Store:
    return Store(place, sinks=("elsewhere",))


def test_an_identity_that_is_twice_in_a_batch_counts_once(store: Store) -> None:
    committed = store.journal.commit(crash(record(1), record(2), record(1)))
    assert [one.id for one in committed.records] == [record(1).id, record(2).id]
    assert committed.workloads == {LABELS: 2}
    assert store.one("SELECT count(*) FROM kubevigil_crashes") == 2
    assert store.one("SELECT seen FROM kubevigil_outbox_tally") == 2


def test_of_two_records_of_one_crash_the_first_stays(store: Store) -> None:
    counted, completed = Entry(record(1), LABELS), Entry(record(1, pod="pod"), None)
    committed = store.journal.commit(Batch(entries=[counted, completed]))
    assert len(committed.records) == 2
    assert store.rows("SELECT id FROM kubevigil_crash_order") == [(record(1).id,)]


def test_crashes_keep_the_order_of_their_batch(store: Store) -> None:
    numbers = [5, 3, 9, 1, 7]
    store.journal.commit(crash(*map(record, numbers)))
    ordered = store.rows("SELECT id FROM kubevigil_crash_order ORDER BY seq")
    assert ordered == [(record(number).id,) for number in numbers]


@pytest.mark.parametrize("many", [499, 500, 501, 1200])
def test_a_batch_of_any_size_is_written_whole_and_its_replay_changes_nothing(store: Store, many: int) -> None:
    batch = crash(*map(record, range(many)))
    assert len(store.journal.commit(batch).records) == many
    replayed = store.journal.commit(batch)
    assert (replayed.records, replayed.workloads) == ([], {})
    assert store.rows("SELECT seen, waiting FROM kubevigil_outbox_tally") == [(many, many)]
    assert store.one("SELECT value FROM kubevigil_workload_counters") == many


@pytest.mark.parametrize("table", ["kubevigil_seen", "kubevigil_crashes"])
def test_one_that_another_process_inserts_in_between_undoes_the_transaction_which_can_be_repeated(
    table: str, tmp_path: Path
) -> None:
    store = Store(tmp_path, sinks=("elsewhere",))

    def intrude(_connection: Any, cursor: Any, statement: str, rows: Any, _context: Any, _many: bool) -> None:
        if statement.startswith(f"INSERT INTO {table} "):
            cursor.execute(statement, rows[0])

    event.listen(store.engine, "before_cursor_execute", intrude)
    with pytest.raises(WriteFailed, match="another process wrote the same"):
        store.journal.commit(crash(record(1), record(2)))
    event.remove(store.engine, "before_cursor_execute", intrude)
    assert store.one("SELECT count(*) FROM kubevigil_seen") == 0
    assert store.journal.commit(crash(record(1), record(2))).workloads == {LABELS: 2}


def test_an_owner_whose_kind_and_name_are_longer_than_a_column_stops_nobody(store: Store, place: Place) -> None:
    odd = Workload("Kind\0" * 100, "näme\U0001f4a5" * 100)
    committed = store.journal.commit(crash(record(1, workload=odd), record(2)))
    assert len(committed.records) == 2
    archive = opened_archive(place)
    assert [found.workload for found in archive.records(Filter(), 9)] == [record(2).workload, odd]
    archive.close()
