"""The disk is full: texts of logs give way, and records are kept. The limit is SQLite's own, of pages."""

import resource
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from kubevigil.store.archive import open_archive
from kubevigil.store.batch import Batch, Committed
from kubevigil.store.database import FILE_NAME
from kubevigil.store.errors import WriteFailed
from kubevigil.store.journal import Journal

from .making import Store, crash, noise, record, said


def limited(store: Store, more_pages: int) -> None:
    """Lets the file grow by so many pages and no further."""
    with store.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar() or 0
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages + more_pages}")


def taken(store: Store, batch: Batch) -> Committed | None:
    """What was committed; None where the store was full."""
    try:
        return store.journal.commit(batch)
    except WriteFailed:
        return None


def with_body(number: int, size: int = 200_000) -> Batch:
    batch = crash(record(number))
    batch.evidence[record(number).id] = said(noise(size, number))
    return batch


def test_a_batch_that_has_no_room_with_its_texts_is_written_without_them(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.crash(0)
    limited(store, 12)
    committed = store.journal.commit(with_body(1))
    assert [r.id for r in committed.records] == [record(1).id]
    assert committed.workloads.total() == 1
    assert committed.settled[record(1).id].log.dropped
    assert committed.given_up == 0
    (found,) = open_archive(tmp_path).find(record(1).id)
    assert found.log is not None
    assert (found.log.result, found.log.text, found.log.bytes, found.log.dropped) == ("ok", "", 200_000, True)


def test_a_full_disk_that_is_told_as_an_error_of_a_write_is_one_too(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.crash(0)
    log = tmp_path / f"{FILE_NAME}-wal"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (log.stat().st_size + 80_000, hard))
    try:
        committed = store.journal.commit(with_body(1))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert len(committed.records) == 1
    assert committed.settled[record(1).id].log.dropped


def test_where_that_is_not_enough_texts_in_the_store_go_a_tenth_at_first_the_oldest_between(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.crash(*range(20), evidence=lambda n: said(noise(20_000, n)))
    limited(store, 0)
    committed = [store.journal.commit(crash(record(n))) for n in range(20, 60)]
    given_up = sum(c.given_up for c in committed)
    assert sum(len(c.records) for c in committed) == 40
    assert 0 < given_up < 20
    dropped = store.rows("SELECT seq FROM kubevigil_crash_logs JOIN kubevigil_crash_order USING (id) WHERE dropped")
    assert sorted(dropped) == [(seq,) for seq in range(2, 2 + given_up)]


def test_the_last_text_goes_before_the_first_record_is_refused(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.crash(*range(5), evidence=lambda n: said(noise(20_000, n)))
    limited(store, 0)
    given_up, number = 0, 5
    while (committed := taken(store, crash(record(number)))) is not None:
        given_up += committed.given_up
        number += 1
    assert given_up == 5 == store.one("SELECT sum(dropped) FROM kubevigil_crash_logs")
    assert (
        store.one("SELECT count(*) FROM kubevigil_crashes")
        == number
        == store.one("SELECT count(*) FROM kubevigil_seen")
    )
    assert number > 20


def test_a_record_that_has_no_room_at_all_costs_nothing_of_what_is_kept(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.crash(0, evidence=lambda n: said(noise(9_000, n)))
    limited(store, 0)
    many = crash(*(record(n) for n in range(1, 500)))
    with pytest.raises(WriteFailed, match="full"):
        store.journal.commit(many)
    assert store.one("SELECT sum(dropped) FROM kubevigil_crash_logs") == 0
    assert store.one("SELECT count(*) FROM kubevigil_crashes") == 1
    limited(store, 10_000)
    assert len(store.journal.commit(many).records) == 499


def test_every_crash_is_settled_once_and_the_dropped_are_counted_exactly(tmp_path: Path) -> None:
    store = Store(tmp_path)
    limited(store, 200)
    dropped = given_up = 0
    for number in range(60):
        committed = store.journal.commit(with_body(number, 40_000))
        assert len(committed.records) == len(committed.settled) == 1
        dropped += sum(evidence.log.dropped for evidence in committed.settled.values())
        given_up += committed.given_up
    assert dropped > 0
    assert dropped + given_up == store.one("SELECT sum(dropped) FROM kubevigil_crash_logs")
    assert store.one("SELECT count(*) FROM kubevigil_crash_logs WHERE (body IS NULL) != dropped") == 0
    assert store.one("SELECT count(*) FROM kubevigil_crash_logs") == 60


def test_any_other_failure_costs_no_text(tmp_path: Path) -> None:
    class Hindered(Journal):
        """Its first attempt fails for another reason than room."""

        attempts = 0

        def _transact(self, batch: Batch, share: float) -> Committed:
            self.attempts += 1
            if self.attempts == 1:
                raise OperationalError("BEGIN", {}, sqlite3.OperationalError("database is locked"))
            return super()._transact(batch, share)

    store = Store(tmp_path)
    journal = Hindered(store.engine, cluster="test", wall=store.clock)
    with pytest.raises(WriteFailed, match="locked"):
        journal.commit(with_body(1))
    assert not journal.commit(with_body(1)).settled[record(1).id].log.dropped
    assert journal.attempts == 2
