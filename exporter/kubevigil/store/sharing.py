"""The store as a second process has it: reads and writes rows in one that the exporter made, and owns.

Nothing is created, migrated or set aside here. Each transaction opens a file anew and closes it after: a store that
the exporter replaced is followed, and none is held open under its old name. On a server writers have their turns.

With a file the exporter goes first. SQLite queues nobody: who finds the store taken asks again, 1, 2, 5, 10 ms later
and so on. So after each transaction that wrote, this process stays away for as long as it held the store; and it moves
what it wrote from the write-ahead log into the file, which holds up no writer, before the exporter has to.
"""

import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from threading import Event
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import Connection, Engine, NullPool, create_engine, event
from sqlalchemy.exc import SQLAlchemyError

from kubevigil.model import clock
from kubevigil.model.clock import Monotonic
from kubevigil.store.address import Address
from kubevigil.store.dialects import on_server
from kubevigil.store.errors import CannotOpen, NoStore
from kubevigil.store.failures import failure
from kubevigil.store.queues import queue_of
from kubevigil.store.readonly import check_schema
from kubevigil.store.server import READING, WRITING, server_engine
from kubevigil.store.turns import take_turn

_BUSY_SECONDS: Final = 10.0

MOST_AT_ONCE: Final = 200
"""Rows to change in one transaction, where they may be many: that takes some 8 ms."""

CHECKPOINT_PAGES: Final = 400
"""Of the write-ahead log. The exporter's connections do it at SQLite's thousand."""

_LONGEST_REST: Final = 1.0
"""Seconds. Whoever waits for the store asks again ten times in that."""


def steps_of(ids: Collection[str]) -> Iterator[Sequence[str]]:
    """As many at a time as one transaction may change, in their order."""
    rest = iter(ids)
    while step := tuple(islice(rest, MOST_AT_ONCE)):
        yield step


def _wait(seconds: float) -> None:
    Event().wait(seconds)


class SharedStore:
    """The store at `address`, which need not be there yet. Each transaction raises what keeps it from being one.

    NoStore, OlderSchema: the exporter is still to make it, or to migrate it. NewerSchema: a later version runs.
    WriteFailed: it is busy or full. Damaged: the exporter is still to set it aside. CannotOpen: it cannot be reached.
    """

    def __init__(
        self, address: Address, *, monotonic: Monotonic = clock.monotonic, rest: Callable[[float], object] = _wait
    ) -> None:
        """`rest` waits for so many seconds. Raises CannotOpen where a server's driver is missing."""
        self._reader, self._writer = _engines(address)
        self._on_server = on_server(self._writer)
        self._monotonic = monotonic
        self._rest = rest
        self._ours_again = monotonic()

    def queue_of(self, sink: str, cluster: str) -> str:
        """The name under which a cluster's crashes wait for a sink here."""
        return queue_of(self._writer, sink, cluster)

    @contextmanager
    def reading(self, doing: str) -> Iterator[Connection]:
        """A transaction that sees one moment; `doing` is for the words of a failure."""
        with _transaction(self._reader, doing) as connection:
            yield connection

    @contextmanager
    def writing(self, doing: str) -> Iterator[Connection]:
        """A transaction that is committed at the end, and waits at most 10 s for another process's.

        Before that it leaves the store alone for as long as the last one held it.
        """
        if (left := self._ours_again - self._monotonic()) > 0:
            self._rest(left)
        began: float | None = None
        try:
            with _transaction(self._writer, doing) as connection:
                take_turn(connection)
                began = self._monotonic()
                yield connection
        finally:
            ended = self._monotonic()
            if not self._on_server:  # it queues those that wait
                self._ours_again = ended + (0.0 if began is None else min(ended - began, _LONGEST_REST))


@contextmanager
def _transaction(engine: Engine, doing: str) -> Iterator[Connection]:
    try:
        with engine.begin() as connection:
            check_schema(connection)
            yield connection
    except SQLAlchemyError as error:
        raise failure(f"store: {doing}", error) from error


def _engines(address: Address) -> tuple[Engine, Engine]:
    """To read and to write."""
    if isinstance(address, Path):
        return _engine(address, "BEGIN"), _engine(address, "BEGIN IMMEDIATE")
    return server_engine(address, READING), server_engine(address, WRITING)


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
    connection.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
    return connection
