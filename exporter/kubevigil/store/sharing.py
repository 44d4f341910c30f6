"""The store as a second process has it: reads and writes rows in a file that the exporter made, and owns.

Nothing is created, migrated or set aside here, and no checkpoint is asked for. Each transaction opens the file anew and
closes it after: a store that the exporter replaced is followed, and none is held open under its old name.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import Connection, Engine, NullPool, create_engine, event
from sqlalchemy.exc import SQLAlchemyError

from kubevigil.store.database import failure
from kubevigil.store.errors import CannotOpen, NoStore
from kubevigil.store.readonly import check_schema

_BUSY_SECONDS: Final = 10.0


class SharedStore:
    """The store at `path`, which need not be there yet. Each transaction raises what keeps it from being one.

    NoStore, OlderSchema: the exporter is still to make it, or to migrate it. NewerSchema: a later version runs.
    WriteFailed: it is busy or full. Damaged: the exporter is still to set it aside. CannotOpen: it cannot be reached.
    """

    def __init__(self, path: Path) -> None:
        self._reader = _engine(path, "BEGIN")
        self._writer = _engine(path, "BEGIN IMMEDIATE")

    @contextmanager
    def reading(self, doing: str) -> Iterator[Connection]:
        """A transaction that sees one moment; `doing` is for the words of a failure."""
        with _transaction(self._reader, doing) as connection:
            yield connection

    @contextmanager
    def writing(self, doing: str) -> Iterator[Connection]:
        """A transaction that is committed at the end, and waits at most 10 s for another process's."""
        with _transaction(self._writer, doing) as connection:
            yield connection


@contextmanager
def _transaction(engine: Engine, doing: str) -> Iterator[Connection]:
    try:
        with engine.begin() as connection:
            check_schema(connection)
            yield connection
    except SQLAlchemyError as error:
        raise failure(f"store: {doing}", error) from error


def _engine(path: Path, begin: str) -> Engine:
    # The creator decides about the file; the URL is that of no database.
    engine = create_engine("sqlite://", creator=lambda: _connect(path), poolclass=NullPool)

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _connect(path: Path) -> sqlite3.Connection:
    try:
        path.stat()
    except FileNotFoundError as error:
        raise NoStore(f"store: there is none at {path}") from error
    except OSError as error:
        raise CannotOpen(f"store: cannot read {path}: {error.strerror}") from error
    uri = f"file:{quote(str(path.absolute()))}?mode=rw"
    connection = sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA wal_autocheckpoint=0")
    return connection
