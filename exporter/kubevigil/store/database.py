"""Opens the database: SQLite with the settings that make a commit durable, or an SQL server by URL.

SQLite: WAL, synchronous=FULL (a commit survives a power cut), BEGIN IMMEDIATE, a busy timeout for the other process
that shares the file, files readable by their owner alone, a size below the volume's, and never a network file system,
where its locks do not hold. A damaged file is set aside and a new one begun: the process must not crash-loop on it.
What is damage is told by SQLite's result code, since a full disk can end in "disk I/O error" too.
"""

import logging
import os
import shutil
import sqlite3
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from kubevigil.model.clock import Wall
from kubevigil.store.errors import CannotOpen, Damaged, StoreError, WriteFailed
from kubevigil.store.migration import migrate

_log = logging.getLogger(__name__)

FILE_NAME: Final = "kubevigil.db"
_BUSY_SECONDS: Final = 10.0
_PAGE_BYTES: Final = 4096
_VOLUME_SHARE: Final = 0.8
"""The database may take this share of its volume; the write-ahead log and the operator's tools need the rest."""

_NETWORK_FILE_SYSTEMS: Final = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre", "fuse.sshfs", "fuse.glusterfs"}
)
"""SQLite's locking is not reliable there (SQLite documentation, "How To Corrupt An SQLite Database File", 2.1)."""


_DAMAGE: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CONSTRAINT})
"""Plain result codes. Nothing that is written here breaks a constraint of a schema that is whole."""

_PRIMARY: Final = 0xFF
"""The part of an extended result code that is the plain one."""

_UNREADABLE: Final = frozenset(
    {
        sqlite3.SQLITE_IOERR_READ,
        sqlite3.SQLITE_IOERR_SHORT_READ,
        sqlite3.SQLITE_IOERR_DATA,
        sqlite3.SQLITE_IOERR_CORRUPTFS,
        sqlite3.SQLITE_READONLY_DBMOVED,
    }
)
"""Extended result codes: the medium gave back nothing, too little, or something else; or the file was taken away."""

_WORDS: Final = ("could not decode to utf-8", "no such table", "no such column", "has no column", "on conflict clause")
"""What comes without a code of its own: text that is none, and a schema that is no longer the one that was written."""


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
    """The database at `url` (SQLAlchemy's form); `sqlite:///directory/kubevigil.db` is a file as above.

    Raises CannotOpen for a URL that is not understood or a server that refuses.
    """
    return open_sqlite(file_of_url(url).parent, now=now)


def file_of_url(url: str) -> Path:
    """The file that a URL names. Raises CannotOpen for one that is not understood, or names no store of ours."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise CannotOpen(
            "store: not a database URL; expected such as sqlite:////var/lib/kubevigil/kubevigil.db"
        ) from error
    if parsed.get_backend_name() != "sqlite":
        raise CannotOpen(f"store: {parsed.get_backend_name()} is not supported; expected a sqlite URL or none")
    if not parsed.database:
        raise CannotOpen("store: a sqlite URL must name a file")
    file = Path(parsed.database)
    if file.name != FILE_NAME:
        raise CannotOpen(f"store: the file must be named {FILE_NAME}, found {file.name}")
    return file


def file_of(engine: Engine) -> Path:
    """The file that the engine opens."""
    return Path(engine.url.database or "")


def is_damage(error: SQLAlchemyError) -> bool:
    """Whether the error means that the file is not whole, so that trying again does not help."""
    cause = getattr(error, "orig", None)
    code = getattr(cause, "sqlite_errorcode", 0)
    told = str(cause).lower()
    return code & _PRIMARY in _DAMAGE or code in _UNREADABLE or any(words in told for words in _WORDS)


def is_full(error: SQLAlchemyError) -> bool:
    """Whether there was no room, so that writing less may help. A full disk can be told as an error of a write."""
    code = getattr(getattr(error, "orig", None), "sqlite_errorcode", 0)
    return code & _PRIMARY == sqlite3.SQLITE_FULL or code == sqlite3.SQLITE_IOERR_WRITE


def failure(doing: str, error: SQLAlchemyError) -> StoreError:
    """Damaged or WriteFailed, in the database's own words, without the statement and its parameters."""
    words = f"{doing}: {getattr(error, 'orig', None) or error}"
    return Damaged(words) if is_damage(error) else WriteFailed(words)


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
