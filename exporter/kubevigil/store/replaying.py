"""Has crashes that a sink refused for good tried again; for a process beside the exporter."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, bindparam, select, update

from kubevigil.model.record import DeliveryState, Record
from kubevigil.store import schema
from kubevigil.store.crash_rows import crash_rows, read_crashes
from kubevigil.store.queues import sink_of
from kubevigil.store.sharing import SharedStore, steps_of
from kubevigil.store.tally import count_moved, sinks_of

_ID_ALPHABET: Final = frozenset("0123456789abcdef")
_AFTER_ANY_DIGIT: Final = "g"
_MOST_TOLD: Final = 10

_outbox: Final = schema.outbox
_crashes: Final = schema.crashes
_WAITING: Final = DeliveryState.WAITING.value
_IS_DEAD: Final = _outbox.c.state == DeliveryState.DEAD.value


class Replayed(NamedTuple):
    """What came of asking for one crash by the beginning of its id.

    `sinks` are to get it again. Where there are none, `candidates` are the crashes that may have been meant: none, one
    that no sink refused, or several, at most ten.
    """

    sinks: tuple[str, ...]
    candidates: tuple[Record, ...]


def replay(store: SharedStore, prefix: str, now: float) -> Replayed:
    """Puts back the one refused crash whose id begins with `prefix`. Raises what `SharedStore` raises."""
    start = prefix.lower()
    if not start or not _ID_ALPHABET.issuperset(start):
        return Replayed((), ())
    with store.writing("cannot replay") as connection:
        refused = _refused(connection, start)
        if len(refused) == 1:
            return Replayed(_put_back(connection, refused, now), ())
        meant = _crashes.c.id.in_(refused) if refused else _begins(_crashes.c.id, start)
        wanted = crash_rows(texts=False).where(meant).order_by(_crashes.c.id).limit(_MOST_TOLD)
        return Replayed((), tuple(read_crashes(connection, wanted)))


def replay_all(store: SharedStore, now: float) -> int:
    """Puts back every crash that any sink has refused by now; how many. Raises what `SharedStore` raises.

    A few at a time: who stops it, or meets an error, has put back those before.
    """
    with store.reading("cannot replay") as connection:
        dead = _outbox.c.sink.in_(sinks_of(connection)) & _IS_DEAD
        refused = connection.scalars(select(_outbox.c.id).distinct().where(dead)).all()
    for step in steps_of(refused):
        with store.writing("cannot replay") as connection:
            _put_back(connection, step, now)
    return len(refused)


def _refused(connection: Connection, start: str) -> Sequence[str]:
    dead = _outbox.c.sink.in_(sinks_of(connection)) & _IS_DEAD & _begins(_outbox.c.id, start)
    return connection.scalars(select(_outbox.c.id).distinct().where(dead).limit(_MOST_TOLD)).all()


def _put_back(connection: Connection, ids: Sequence[str], now: float) -> tuple[str, ...]:
    """Lets those of the crashes that are dead wait as on their first day; the sinks for which there were any."""
    fresh = {"state": _WAITING, "attempts": 0, "error": "", "due_at": now, "next_at": now}
    put_back: list[str] = []
    for sink in sinks_of(connection):  # by their queues' names
        this = (_outbox.c.id == bindparam("this")) & (_outbox.c.sink == sink) & _IS_DEAD
        many = connection.execute(update(_outbox).where(this).values(fresh), [{"this": id_} for id_ in ids]).rowcount
        count_moved(connection, sink, DeliveryState.DEAD, DeliveryState.WAITING, many)
        if many:
            put_back.append(sink_of(sink))
    return tuple(put_back)


def _begins(id_: ColumnElement[str], start: str) -> ColumnElement[bool]:
    return (id_ >= start) & (id_ < start + _AFTER_ANY_DIGIT)
