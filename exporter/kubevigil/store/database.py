"""Opens the database: SQLite with the settings that make a commit durable, or an SQL server by URL.

SQLite: WAL, synchronous=FULL (a commit survives a power cut), BEGIN IMMEDIATE, a busy timeout for the other process
that shares the file, files readable by their owner alone, a size below the volume's, and never a network file system,
where its locks do not hold. A damaged file is set aside and a new one begun: the process must not crash-loop on it.
What is damage is told by SQLite's result code, since a full disk can end in "disk I/O error" too.
"""

import logging
import os
import shutil
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import SQLAlchemyError

from kubevigil.model.clock import Wall
from kubevigil.store.address import FILE_NAME, address_of, file_of_url
from kubevigil.store.errors import CannotOpen, Damaged, StoreError
from kubevigil.store.failures import is_damage
from kubevigil.store.migration import migrate
from kubevigil.store.server import open_server

__all__ = ["FILE_NAME", "file_of_url", "open_sqlite", "open_url", "set_aside", "size_in_bytes"]

_log = logging.getLogger(__name__)

_BUSY_SECONDS: Final = 10.0
_PAGE_BYTES: Final = 4096
_VOLUME_SHARE: Final = 0.8
"""The database may take this share of its volume; the write-ahead log and the operator's tools need the rest."""

_NETWORK_FILE_SYSTEMS: Final = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre", "fuse.sshfs", "fuse.glusterfs"}
)
"""SQLite's locking is not reliable there (SQLite documentation, "How To Corrupt An SQLite Database File", 2.1)."""


def open_sqlite(directory: Path, *, now: Wall) -> Engine:
    """The database in `directory`, created or migrated as needed; a damaged one is set aside first.

    Raises CannotOpen when the directory cannot be used, NewerSchema when a later version wrote the file.
    """
    _prepare(directory)
    path = directory / FILE_NAME
    try:
        return _opened(path)
    except Damaged as error:
        set_aside(path, str(error), now=now)
    _prepare(directory)
    try:
        return _opened(path)
    except Damaged as error:
        raise CannotOpen(f"{path}: a new file is damaged at once: {error}") from error


def open_url(url: str, *, now: Wall) -> Engine:
    """The database at `url`: `sqlite:///directory/kubevigil.db` is a file as above, another one is a server's.

    Raises CannotOpen for a URL that is not understood or a server that cannot be reached or refuses, and NewerSchema.
    """
    address = address_of(url)
    return open_sqlite(address.parent, now=now) if isinstance(address, Path) else open_server(address)


def file_of(engine: Engine) -> Path:
    """The file that the engine opens."""
    return Path(engine.url.database or "")


def set_aside(path: Path, why: str, *, now: Wall) -> None:
    """Renames a damaged file and what belongs to it. Only the latest is kept: a bad disk must not fill up as well.

    Raises CannotOpen when the folder does not allow it.
    """
    aside = path.with_name(f"{path.name}.damaged-{int(now())}")
    try:
        for old in path.parent.glob(f"{path.name}.damaged-*"):
            old.unlink()
        for suffix in ("", "-wal", "-shm"):
            file = path.with_name(path.name + suffix)
            if file.exists():
                file.rename(aside.with_name(aside.name + suffix))
    except OSError as error:
        raise CannotOpen(f"data_dir: cannot set aside the damaged {path}: {error.strerror}") from error
    _log.error("store damaged", extra={"fields": {"file": str(path), "moved_to": str(aside), "error": why}})


def size_in_bytes(engine: Engine) -> int:
    """What the database takes on disk, its write-ahead log included."""
    path = file_of(engine)
    return sum(f.stat().st_size for f in (path, path.with_name(path.name + "-wal")) if f.exists())


def _prepare(directory: Path) -> None:
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = directory / FILE_NAME
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise CannotOpen(f"data_dir: cannot write {directory}: {error.strerror}") from error
    kind = _file_system_of(directory.resolve())
    if kind in _NETWORK_FILE_SYSTEMS:
        raise CannotOpen(f"data_dir: {directory} is on {kind}: SQLite needs a local file system")


def _file_system_of(directory: Path) -> str:
    """The type of the file system that holds `directory`, by the longest mount point; '' where unknown."""
    try:
        mounts = [line.split() for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()]
    except OSError:
        return ""
    above = {str(directory), *map(str, directory.parents)}
    holding = [(len(m[1]), i, m[2]) for i, m in enumerate(mounts) if m[1] in above]
    return max(holding)[2] if holding else ""


def _sqlite_engine(path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False})
    pages = max(int(shutil.disk_usage(path.parent).total * _VOLUME_SHARE) // _PAGE_BYTES, 1024)

    @event.listens_for(engine, "connect")
    def _settings(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN, the driver does not
        for pragma in (
            f"page_size={_PAGE_BYTES}",
            "journal_mode=WAL",
            "synchronous=FULL",
            f"max_page_count={pages}",
            "journal_size_limit=16777216",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _immediate(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _opened(path: Path) -> Engine:
    """Raises Damaged, or CannotOpen for any other reason why the file cannot be used."""
    engine = _sqlite_engine(path)
    try:
        migrate(engine)
    except SQLAlchemyError as error:
        engine.dispose()
        if is_damage(error):
            raise Damaged(str(getattr(error, "orig", error))) from error
        raise CannotOpen(f"{path}: {getattr(error, 'orig', error)}") from error
    except StoreError:
        engine.dispose()
        raise
    return engine
