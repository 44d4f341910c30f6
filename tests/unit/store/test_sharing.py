"""What a process beside the exporter may find where the store should be, and what it leaves to the exporter."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from kubevigil.store import sharing
from kubevigil.store.batch import Loaded
from kubevigil.store.database import FILE_NAME
from kubevigil.store.errors import Damaged, NewerSchema, NoStore, OlderSchema, WriteFailed
from kubevigil.store.outbox import Outbox
from kubevigil.store.outbox_balance import Balance
from kubevigil.store.replaying import replay_all
from kubevigil.store.sharing import SharedStore

from .making import NOW, Store, crash, record
from .sink import MANY, MUCH, SINK, ids, settled

PAGE = 4096
"""Bytes; SQLite makes a checkpoint by itself at a thousand of them, where nothing else is set."""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path, sinks=(SINK,))


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / FILE_NAME, SINK)


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


@pytest.mark.parametrize("doing", ["reading", "writing"])
def test_a_transaction_that_outlives_its_file_leaves_the_new_one_whole(
    doing: str, store: Store, outbox: Outbox, tmp_path: Path
) -> None:
    settled(store, 1)
    transaction = outbox._store.reading("") if doing == "reading" else outbox._store.writing("")
    with transaction as connection:
        connection.exec_driver_sql("SELECT count(*) FROM kubevigil_outbox")
        if doing == "writing":
            fill = "UPDATE kubevigil_meta SET value = hex(randomblob(?))"
            connection.exec_driver_sql(fill, (2 * sharing.CHECKPOINT_PAGES * PAGE,))
        store.journal.begin_anew(Loaded({}, set(), {}, {}), "damaged in the test")
        found = settled(store, 2)
    assert (tmp_path / f"{FILE_NAME}-wal").stat().st_size > 0
    assert ids(outbox) == found
    assert store.journal.load().workloads
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_what_it_wrote_is_moved_into_the_file_so_that_the_exporter_need_not(
    store: Store, outbox: Outbox, tmp_path: Path
) -> None:
    found = settled(store, *range(60))
    log = tmp_path / f"{FILE_NAME}-wal"
    for _ in range(120):
        outbox.retry(found, NOW, "x" * 300)
    assert PAGE < log.stat().st_size < 2 * sharing.CHECKPOINT_PAGES * PAGE


class Watched:
    """A clock, and what was waited."""

    def __init__(self) -> None:
        self.now = 0.0
        self.rests: list[float] = []

    def __call__(self) -> float:
        return self.now

    def rest(self, seconds: float) -> None:
        self.rests.append(seconds)
        self.now += seconds


@pytest.mark.usefixtures("store")
def test_after_each_write_it_stays_away_for_as_long_as_it_held_the_store(tmp_path: Path) -> None:
    clock = Watched()
    shared = SharedStore(tmp_path / FILE_NAME, monotonic=clock, rest=clock.rest)
    for held, done_meanwhile in ((0.5, 0.0), (0.25, 0.125), (0.25, 9.0), (60.0, 0.0), (0.0, 0.0)):
        with shared.writing(""):
            clock.now += held
        clock.now += done_meanwhile
        with shared.reading(""):
            clock.now += 0.0
    assert clock.rests == [0.5, 0.125, 1.0]


@pytest.mark.usefixtures("store")
def test_what_failed_is_stayed_away_from_too(tmp_path: Path) -> None:
    clock = Watched()
    shared = SharedStore(tmp_path / FILE_NAME, monotonic=clock, rest=clock.rest)

    def fail() -> None:
        with shared.writing("") as connection:
            clock.now += 0.5
            connection.exec_driver_sql("no SQL")

    with pytest.raises(WriteFailed):
        fail()
    with shared.writing(""):
        pass
    assert clock.rests == [0.5]


def changes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows each transaction tries to change that is committed from now on, filled as they come."""
    committed: list[int] = []
    connect = sharing._connect

    def watched(path: Path) -> sqlite3.Connection:
        connection, tried = connect(path), 0

        def see(statement: str) -> None:
            nonlocal tried
            tried += statement.startswith(("UPDATE kubevigil_outbox ", "INSERT INTO kubevigil_crash_logs "))
            if statement == "COMMIT" and tried:
                committed.append(tried)

        connection.set_trace_callback(see)
        return connection

    monkeypatch.setattr(sharing, "_connect", watched)
    return committed


def test_no_transaction_changes_more_than_a_few_rows_however_many_there_are(
    store: Store, outbox: Outbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing, "MOST_AT_ONCE", 4)
    found = [dead.id for dead in store.crash(*range(10))]
    committed = changes(monkeypatch)
    assert len(ids(outbox)) == 10, "ten are settled as those whose log did not come in time"
    outbox.retry(found, NOW, "later")
    outbox.sent(found[:6], NOW)
    for id_ in found[6:]:
        outbox.dead(id_, "no")
    assert replay_all(SharedStore(tmp_path / FILE_NAME), NOW) == 4
    assert committed == [4, 4, 2, 4, 4, 2, 4, 2, 1, 1, 1, 1, 4]
    assert outbox.balance(NOW) == Balance(seen=10, waiting=4, sent=6)


def test_of_verdicts_that_were_written_in_part_the_rest_is_written_with_the_next_try(
    store: Store, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing, "MOST_AT_ONCE", 4)
    found = settled(store, *range(10))
    connect, left = sharing._connect, iter(range(2))

    def failing(path: Path) -> sqlite3.Connection:
        if next(left, None) is None:
            raise sqlite3.OperationalError("database is locked")
        return connect(path)

    with monkeypatch.context() as patched:
        patched.setattr(sharing, "_connect", failing)
        with pytest.raises(WriteFailed):
            outbox.sent(found, NOW)
    assert outbox.balance(NOW)[:3] == (10, 2, 8)
    outbox.sent(found, NOW)
    assert outbox.balance(NOW)[:3] == (10, 0, 10)
    assert store.one("SELECT max(attempts) FROM kubevigil_outbox") == 1
