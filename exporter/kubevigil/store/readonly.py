"""Opens a store to read it only: nothing is created, migrated or locked, and the exporter may write meanwhile.

Each look opens a file anew, so that a store that was replaced is followed, and none holds back the write-ahead log.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import Connection, Engine, NullPool, create_engine, event
from sqlalchemy.exc import SQLAlchemyError

from kubevigil.store import schema
from kubevigil.store.address import Address, place
from kubevigil.store.dialects import on_server
from kubevigil.store.errors import CannotOpen, Damaged, NoStore, OlderSchema
from kubevigil.store.failures import is_damage, words_of
from kubevigil.store.migration import found_version, newer
from kubevigil.store.server import READING, server_engine

_BUSY_SECONDS: Final = 5.0


def read_only(address: Address) -> Engine:
    """An engine for the store, which need not be there yet. Connections of it see one moment each.

    Raises CannotOpen where a server's driver is missing.
    """
    return _file_engine(address) if isinstance(address, Path) else server_engine(address, READING)


def _file_engine(path: Path) -> Engine:
    # The creator decides about the file; the URL is that of no database.
    engine = create_engine("sqlite://", creator=lambda: _connect(path), poolclass=NullPool)

    @event.listens_for(engine, "begin")
    def _deferred(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


@contextmanager
def look(engine: Engine) -> Iterator[Connection]:
    """A look at a store of this version's schema.

    Raises NoStore, OlderSchema, NewerSchema, Damaged, or CannotOpen for any other reason.
    """
    try:
        with engine.connect() as connection:
            check_schema(connection)
            yield connection
    except SQLAlchemyError as error:
        raise unreadable(engine, error) from error


def unreadable(engine: Engine, error: SQLAlchemyError) -> CannotOpen | Damaged:
    """What it means that a look failed, with the server's name."""
    where = f"{place(engine.url)}: " if on_server(engine) else ""
    return (Damaged if is_damage(error) else CannotOpen)(f"store: cannot be read: {where}{words_of(error)}")


def _connect(path: Path) -> sqlite3.Connection:
    try:
        path.stat()
        # Without a write-ahead log nobody has the file open. Reading it as it lies then leaves no files behind, and
        # works where none could be made.
        mode = "ro" if path.with_name(path.name + "-wal").exists() else "ro&immutable=1"
    except FileNotFoundError as error:
        raise NoStore(f"store: there is none at {path}") from error
    except OSError as error:
        raise CannotOpen(f"store: cannot read {path}: {error.strerror}") from error
    uri = f"file:{quote(str(path.absolute()))}?mode={mode}"
    return sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)


def check_schema(connection: Connection) -> None:
    """Raises NoStore, OlderSchema, NewerSchema or Damaged for what is no store of this version's schema."""
    version = found_version(connection) if connection.dialect.has_table(connection, schema.meta.name) else None
    if version is None:
        raise NoStore("store: it is there, and the exporter has not made its tables in it yet")
    if version < schema.VERSION:
        raise OlderSchema(
            f"store: its schema is version {version}, this command reads {schema.VERSION}: start this version's"
            " exporter once, which migrates it"
        )
    if version > schema.VERSION:
        raise newer(version)
