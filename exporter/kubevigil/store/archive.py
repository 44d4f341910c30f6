"""The crashes of a store, for reading: by what one looks for, by id, by their series, in the order of their commits."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Engine, func, select

from kubevigil.model.record import DeliveryState, Record, TerminationClass
from kubevigil.store import schema
from kubevigil.store.address import FILE_NAME, Address, address_of
from kubevigil.store.crash_rows import crash_rows, read_crashes, records_in
from kubevigil.store.errors import StoreError
from kubevigil.store.ordering import last_number
from kubevigil.store.readonly import look, read_only
from kubevigil.store.tally import sinks_of

_AT_ONCE: Final = 500
_ID_ALPHABET: Final = frozenset("0123456789abcdef")
_AFTER_ANY_DIGIT: Final = "g"

_crashes: Final = schema.crashes
_order: Final = schema.crash_order
_outbox: Final = schema.outbox
Cursor = int
"""A place in the order of commits: the number of the last crash before it; 0 is before the first."""


class Filter(NamedTuple):
    """Which crashes. What is empty or None asks for all; `since` is Unix time, of the recording."""

    namespace: str = ""
    workload_kind: str = ""
    workload: str = ""
    since: float | None = None
    classes: tuple[TerminationClass, ...] = ()
    cluster: str = ""


ALL: Final = Filter()


class History(Struct, frozen=True):
    """The crashes of one container of one pod that are in the store; the neighbours of the one that was asked for."""

    count: int
    first: Record
    latest: Record
    previous: Record | None = None
    next: Record | None = None


class Archive:
    """Reads through `engine`. Each method is one look and raises what `readonly.look` raises.

    Logs come without their texts unless `texts` is set: a text takes up to 256 KiB. A record that cannot be read is
    left out, and told in the log.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def records(self, which: Filter, limit: int, *, texts: bool = False) -> list[Record]:
        """The latest so many, newest first."""
        wanted = crash_rows(texts=texts).where(*_conditions(which)).order_by(_order.c.seq.desc()).limit(limit)
        with look(self._engine) as connection:
            return read_crashes(connection, wanted)

    def dead_letters(self, limit: int) -> list[Record]:
        """The latest so many crashes that a sink refused for good, newest first, their logs without texts."""
        with look(self._engine) as connection:
            # With the sinks named, the index leads to the few that are dead.
            dead = _outbox.c.sink.in_(sinks_of(connection)) & (_outbox.c.state == DeliveryState.DEAD.value)
            refused = crash_rows(texts=False).where(_crashes.c.id.in_(select(_outbox.c.id).where(dead)))
            return read_crashes(connection, refused.order_by(_order.c.seq.desc()).limit(limit))

    def find(self, prefix: str, limit: int = 2, *, texts: bool = True) -> list[Record]:
        """Those whose id begins with `prefix`, in the order of their ids, at most `limit`; two are one too many."""
        start = prefix.lower()
        wanted = (
            crash_rows(texts=texts)
            .where(_crashes.c.id >= start, _crashes.c.id < start + _AFTER_ANY_DIGIT)
            .order_by(_crashes.c.id)
            .limit(limit)
        )
        with look(self._engine) as connection:
            return read_crashes(connection, wanted) if _ID_ALPHABET.issuperset(start) else []

    def history(self, record: Record) -> History:
        """Of the record's series; the record itself where the store has nothing of it any more."""
        with look(self._engine) as connection:
            place = connection.execute(select(_order).where(_order.c.id == record.id)).one_or_none()
            if place is None:
                return History(1, record, record)
            series = _order.c.series == place.series
            before, after = _order.c.seq < place.seq, _order.c.seq > place.seq
            rising, falling = _order.c.seq, _order.c.seq.desc()
            return History(
                count=connection.scalar(select(func.count()).select_from(_order).where(series)) or 1,
                first=_one(connection, series, rising) or record,
                latest=_one(connection, series, falling) or record,
                previous=_one(connection, series & before, falling),
                next=_one(connection, series & after, rising),
            )

    def newer_than(
        self, cursor: Cursor, which: Filter = ALL, limit: int = _AT_ONCE, *, texts: bool = False
    ) -> tuple[list[Record], Cursor]:
        """Crashes committed after `cursor`, in that order, at most `limit`, and the cursor after them.

        None are left out and none come twice, whatever is committed meanwhile. A cursor that is beyond the end belongs
        to another store, and this one is read from its beginning.
        """
        with look(self._engine) as connection:
            end = last_number(connection)
            after = _order.c.seq > (cursor if cursor <= end else 0)
            wanted = crash_rows(texts=texts).where(after, *_conditions(which)).order_by(_order.c.seq).limit(limit)
            rows = connection.execute(wanted).all()
            return records_in(connection, rows), rows[-1].seq if len(rows) == limit else end

    def end(self) -> Cursor:
        """The cursor after what is there now."""
        with look(self._engine) as connection:
            return last_number(connection)

    def close(self) -> None:
        """Lets go of the store."""
        self._engine.dispose()


def open_archive(directory: Path) -> Archive:
    """The archive of the store in `directory`, read only. Raises what `readonly.look` raises."""
    return _opened(directory / FILE_NAME)


def open_archive_url(url: str) -> Archive:
    """The archive of the store at `url`. Raises the same, and CannotOpen for a URL that names no store."""
    return _opened(address_of(url))


def _opened(address: Address) -> Archive:
    archive = Archive(read_only(address))
    try:
        archive.end()
    except StoreError:
        archive.close()
        raise
    return archive


def _conditions(which: Filter) -> Iterator[ColumnElement[bool]]:
    for column, value in (
        (_crashes.c.cluster, which.cluster),
        (_crashes.c.namespace, which.namespace),
        (_crashes.c.workload_kind, which.workload_kind),
        (_crashes.c.workload, which.workload),
    ):
        if value:
            yield column == value
    if which.since is not None:
        yield _crashes.c.observed_at >= which.since
    if which.classes:
        yield _crashes.c["class"].in_([class_.value for class_ in which.classes])


def _one(connection: Connection, which: ColumnElement[bool], order: ColumnElement[Any]) -> Record | None:
    wanted = crash_rows(texts=False).where(which).order_by(order).limit(1)
    return next(iter(read_crashes(connection, wanted)), None)
