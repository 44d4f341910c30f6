"""A store of version 1, 2 or 3, written by the code of that time, becomes one of this version and loses nothing."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection

from kubevigil.store import migration, schema
from kubevigil.store.archive import open_archive
from kubevigil.store.batch import Batch, PodRow
from kubevigil.store.check_metrics import CheckMetrics
from kubevigil.store.database import FILE_NAME, open_sqlite
from kubevigil.store.errors import CannotOpen
from kubevigil.store.housekeeping import Retention
from kubevigil.store.identity import series_of
from kubevigil.store.outbox import Outbox

from .making import LABELS, NOW, Store, crash, record, said

DUMP = Path(__file__).with_name("version_1.sql")
DUMP_2 = Path(__file__).with_name("version_2.sql")
DUMP_3 = Path(__file__).with_name("version_3.sql")
TABLES = ("ledger", "scopes", "seen", "workload_counters", "vanished_counters")


@pytest.fixture
def old(tmp_path: Path) -> Path:
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as store:
        store.executescript(DUMP.read_text(encoding="utf-8"))
    return tmp_path


def read(folder: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / FILE_NAME)) as store:
        return store.execute(query).fetchall()


def shape(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """Columns and indexes, table by table."""
    tables = [str(name) for (name,) in read(folder, "SELECT name FROM sqlite_master WHERE type = 'table'")]
    told = {table: sorted(read(folder, f"PRAGMA table_info({table})"), key=lambda c: str(c[1])) for table in tables}
    indexes = read(folder, "SELECT name, tbl_name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
    for name, table in indexes:
        told[str(table)] += [(name, *column[1:]) for column in read(folder, f"PRAGMA index_xinfo({name})")]
    return {table: sorted((row[1:] for row in rows), key=repr) for table, rows in told.items()}


def test_a_migrated_store_has_the_shape_of_a_new_one(old: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    new = tmp_path_factory.mktemp("new")
    for folder in (old, new):
        open_sqlite(folder, now=lambda: NOW).dispose()
    assert shape(old) == shape(new)


def test_all_that_was_known_seen_counted_and_recorded_is_kept(old: Path) -> None:
    before = {table: read(old, f"SELECT * FROM kubevigil_{table}") for table in TABLES}
    records = read(old, "SELECT id, record FROM kubevigil_crashes ORDER BY observed_at")
    store = Store(old, cluster="c")
    assert {table: read(old, f"SELECT * FROM kubevigil_{table}") for table in TABLES} == before
    assert (
        read(old, "SELECT id, record FROM kubevigil_crashes JOIN kubevigil_crash_order USING (id) ORDER BY seq")
        == records
    )
    loaded = store.journal.load()
    assert loaded.ledger == {"a": PodRow("shop", '{"namespace":"shop","containers":{"app":{"number":3}}}')}
    assert (loaded.workloads, loaded.vanished) == ({LABELS: 5}, {"shop": 1})


def test_crashes_get_their_order_and_their_series_and_the_next_one_goes_on_from_there(old: Path) -> None:
    store = Store(old, cluster="c")
    a, b = series_of("c", "a", "app"), series_of("c", "b", "app")
    assert store.rows(
        "SELECT seq, series FROM kubevigil_crashes JOIN kubevigil_crash_order USING (id) ORDER BY observed_at"
    ) == [
        (1, a),
        (2, b),
        (3, a),
        (4, b),
    ]
    store.crash(9)
    assert store.one("SELECT max(seq) FROM kubevigil_crash_order") == 5


def test_crashes_of_the_last_day_are_to_have_their_logs_read(old: Path) -> None:
    unsettled = Store(old, cluster="c", now=NOW + 60).journal.unsettled(10)
    assert [r.container.restart_count for r in unsettled] == [0, 1, 2, 4]
    assert all(r.log is None for r in unsettled)


def test_a_record_that_cannot_be_read_does_not_stop_the_migration(old: Path) -> None:
    with closing(sqlite3.connect(old / FILE_NAME)) as raw, raw:
        raw.execute("UPDATE kubevigil_crashes SET record = '{' WHERE class = 'oom'")
    store = Store(old, cluster="c")
    assert store.one("SELECT count(DISTINCT series) FROM kubevigil_crash_order") == 3
    assert len(open_archive(old).newer_than(0)[0]) == 3


def test_an_interrupted_migration_has_not_begun_and_is_repeated(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = shape(old)

    def interrupted(connection: Connection) -> None:
        step(connection)
        raise KeyboardInterrupt

    step = migration._STEPS[1]
    with monkeypatch.context() as patched:
        patched.setattr(migration, "_STEPS", {1: interrupted})
        with pytest.raises(KeyboardInterrupt):
            open_sqlite(old, now=lambda: NOW)
    assert shape(old) == before
    assert len(Store(old, cluster="c", now=NOW + 60).journal.unsettled(10)) == 4


def test_many_crashes_are_migrated_in_parts_and_each_gets_a_number_of_its_own(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migration, "_ROWS_AT_ONCE", 3)
    assert Store(old).rows(
        "SELECT seq FROM kubevigil_crashes JOIN kubevigil_crash_order USING (id) ORDER BY observed_at"
    ) == [(1,), (2,), (3,), (4,)]


def test_a_store_that_cannot_grow_for_the_migration_is_refused_in_a_line_and_left_as_it_was(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = read(old, "SELECT * FROM kubevigil_crashes")

    def full(connection: Connection) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        for _ in range(1000):
            connection.exec_driver_sql("INSERT INTO kubevigil_meta VALUES (hex(randomblob(30)), hex(randomblob(99)))")

    monkeypatch.setattr(migration, "_STEPS", {1: full})
    with pytest.raises(CannotOpen, match="full"):
        open_sqlite(old, now=lambda: NOW)
    assert read(old, "SELECT * FROM kubevigil_crashes") == before
    assert [f.name for f in old.iterdir() if "damaged" in f.name] == []


def test_numbers_are_never_given_twice_even_when_the_last_crash_is_deleted(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.crash(1, 2)
    with store.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM kubevigil_crashes")
    store.journal.tidy(set(), Retention(1.0, 1.0, 1))
    assert open_archive(tmp_path).end() == 2
    store.crash(3)
    assert store.rows("SELECT seq FROM kubevigil_crash_order") == [(3,)]


@pytest.fixture
def second(tmp_path: Path) -> Path:
    """A store of version 2: five crashes, two of them settled."""
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as store:
        store.executescript(DUMP_2.read_text(encoding="utf-8"))
    return tmp_path


def test_a_store_of_version_2_becomes_one_of_the_same_shape_and_keeps_every_row(
    second: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    tables = [str(name) for (name,) in read(second, "SELECT name FROM sqlite_master WHERE type = 'table'")]
    kept = [table for table in tables if table != "kubevigil_meta"]
    before = {table: read(second, f"SELECT * FROM {table}") for table in kept}
    new = tmp_path_factory.mktemp("new")
    for folder in (second, new):
        open_sqlite(folder, now=lambda: NOW).dispose()
    assert {table: read(second, f"SELECT * FROM {table}") for table in kept} == before
    assert read(second, "SELECT value FROM kubevigil_meta WHERE name = 'schema'") == [(str(schema.VERSION),)]
    assert shape(second) == shape(new)
    assert len(before["kubevigil_crashes"]) == 5


def test_what_was_recorded_before_there_were_sinks_is_read_and_settled_and_sent_nowhere(second: Path) -> None:
    store = Store(second, cluster="c", sinks=("es",), now=NOW + 100)
    records, _ = open_archive(second).newer_than(0, texts=True)
    assert [r.log and r.log.text for r in records] == ["panic\n", "", None, None, None]
    assert [r.delivery for r in records] == [()] * 5
    unsettled = store.journal.unsettled(10)
    assert [r.id for r in unsettled] == [r.id for r in records[2:]]
    assert store.journal.commit(Batch(evidence={r.id: said() for r in unsettled})).late == 0
    store.journal.commit(crash(record(9, cluster="c")))
    outbox = Outbox(second / FILE_NAME, "es")
    assert [due.record.id for due in outbox.claim(NOW + 500, 99, 1 << 20)] == [record(9, cluster="c").id]
    assert outbox.balance(NOW).seen == 1


@pytest.fixture
def third(tmp_path: Path) -> Path:
    """A store of version 3: three crashes, one sent, two that wait."""
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as store:
        store.executescript(DUMP_3.read_text(encoding="utf-8"))
    return tmp_path


def test_a_store_of_version_3_becomes_one_of_the_same_shape_and_keeps_every_row(
    third: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    tables = [str(name) for (name,) in read(third, "SELECT name FROM sqlite_master WHERE type = 'table'")]
    kept = [table for table in tables if table != "kubevigil_meta"]
    before = {table: read(third, f"SELECT * FROM {table}") for table in kept}
    new = tmp_path_factory.mktemp("new")
    for folder in (third, new):
        open_sqlite(folder, now=lambda: NOW).dispose()
    assert {table: read(third, f"SELECT * FROM {table}") for table in kept} == before
    assert shape(third) == shape(new)
    assert len(before["kubevigil_outbox"]) == 3


def test_after_version_3_checks_metrics_begin_empty_and_what_waits_is_sent(third: Path) -> None:
    Store(third, cluster="c", sinks=("es",), now=NOW + 100).engine.dispose()
    assert CheckMetrics(third / FILE_NAME, "c").read() == {}
    due = Outbox(third / FILE_NAME, "es").claim(NOW + 500, 99, 1 << 20)
    assert [d.record.container.restart_count for d in due] == [1, 2]
