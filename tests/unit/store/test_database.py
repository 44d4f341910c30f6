import os
import sqlite3
import stat
from pathlib import Path

import pytest

from kubevigil.store import database
from kubevigil.store.database import FILE_NAME, open_sqlite, open_url, size_in_bytes
from kubevigil.store.errors import CannotOpen, NewerSchema


def now() -> float:
    return 1_700_000_000.0


def test_a_commit_is_durable_and_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    engine = open_sqlite(tmp_path / "data", now=now)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        pages = connection.exec_driver_sql("PRAGMA max_page_count").scalar() or 0
    assert pages * 4096 < os.statvfs(tmp_path).f_blocks * os.statvfs(tmp_path).f_frsize
    modes = {f.name: stat.S_IMODE(f.stat().st_mode) for f in (tmp_path / "data").iterdir()}
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
    assert size_in_bytes(engine) > 0


def test_opening_twice_keeps_what_is_there(tmp_path: Path) -> None:
    with open_sqlite(tmp_path, now=now).begin() as connection:
        connection.exec_driver_sql("INSERT INTO kubevigil_scopes VALUES ('c', 's', 1.0)")
    with open_sqlite(tmp_path, now=now).connect() as connection:
        assert connection.exec_driver_sql("SELECT scope FROM kubevigil_scopes").scalars().all() == ["s"]


def test_a_newer_schema_is_refused_in_a_line_and_left_alone(tmp_path: Path) -> None:
    with open_sqlite(tmp_path, now=now).begin() as connection:
        connection.exec_driver_sql("UPDATE kubevigil_meta SET value = '99'")
    with pytest.raises(NewerSchema, match="version 99, this Kubevigil knows 4"):
        open_sqlite(tmp_path, now=now)
    assert [f.name for f in tmp_path.iterdir() if "damaged" in f.name] == []


@pytest.mark.parametrize(
    "damage", [b"this is no database at all, not a bit of it" * 200, b"SQLite format 3\x00" + b"\xff" * 9000]
)
def test_a_damaged_file_is_set_aside_and_a_new_store_begun(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(damage)
    engine = open_sqlite(tmp_path, now=now)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM kubevigil_ledger").scalar() == 0
    assert (tmp_path / f"{FILE_NAME}.damaged-1700000000").read_bytes() == damage


def test_the_new_file_is_its_owners_alone_and_only_the_latest_damaged_one_is_kept(tmp_path: Path) -> None:
    for second in (1.0, 2.0):
        (tmp_path / FILE_NAME).write_bytes(b"no database" * 500)
        open_sqlite(tmp_path, now=lambda at=second: at).dispose()  # type: ignore[misc]  # binds the loop's value
    assert [f.name for f in tmp_path.iterdir() if "damaged" in f.name] == [f"{FILE_NAME}.damaged-2"]
    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600


def test_a_schema_version_that_is_no_number_is_damage_and_not_a_newer_kubevigil(tmp_path: Path) -> None:
    with open_sqlite(tmp_path, now=now).begin() as connection:
        connection.exec_driver_sql("UPDATE kubevigil_meta SET value = 'q'")
    open_sqlite(tmp_path, now=now).dispose()
    assert [f.name for f in tmp_path.iterdir() if "damaged" in f.name] != []


def test_a_page_overwritten_in_the_middle_is_found_at_the_start(tmp_path: Path) -> None:
    engine = open_sqlite(tmp_path, now=now)
    with engine.begin() as connection:
        for i in range(2000):
            connection.exec_driver_sql(f"INSERT INTO kubevigil_scopes VALUES ('c', 'scope-{i}', 1.0)")
    engine.dispose()
    with sqlite3.connect(tmp_path / FILE_NAME) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        root = raw.execute("SELECT rootpage FROM sqlite_master WHERE name = 'kubevigil_scopes'").fetchone()[0]
    raw.close()
    with (tmp_path / FILE_NAME).open("r+b") as file:
        file.seek((root - 1) * 4096)
        file.write(b"\xa5" * 4096)
    with open_sqlite(tmp_path, now=now).connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM kubevigil_scopes").scalar() == 0


def test_a_folder_that_cannot_be_written_says_which_and_why(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotOpen, match=r"data_dir: cannot write .*file/data: Not a directory"):
        open_sqlite(tmp_path / "file" / "data", now=now)


def test_a_network_file_system_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_file_system_of", lambda _: "nfs4")
    with pytest.raises(CannotOpen, match="is on nfs4: SQLite needs a local file system"):
        open_sqlite(tmp_path, now=now)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nonsense", "not a database URL"),
        ("oracle://host/db", "oracle is not supported"),
        ("sqlite://", "must name a file"),
        ("sqlite:////tmp/other.db", "the file must be named kubevigil.db"),
    ],
)
def test_a_url_that_cannot_be_a_store_is_refused_in_a_line(url: str, message: str) -> None:
    with pytest.raises(CannotOpen, match=message):
        open_url(url, now=now)


def test_a_sqlite_url_opens_the_file_that_it_names(tmp_path: Path) -> None:
    open_url(f"sqlite:///{tmp_path}/{FILE_NAME}", now=now)
    assert (tmp_path / FILE_NAME).exists()
