"""How many crashes each sink was to get, and what became of them: numbers that are moved with the rows they count.

Always seen = waiting + sent + dead + dropped. They outlive the rows, which go with their crashes, and reading them
costs the same however many rows there are.
"""

from typing import Final

from sqlalchemy import Connection, func, select

from kubevigil.model.record import DeliveryState
from kubevigil.store import schema
from kubevigil.store.dialects import Merge, merge

_tally: Final = schema.outbox_tally
_outbox: Final = schema.outbox
_NUMBERS: Final = ("seen", "waiting", "sent", "dead", "dropped")


def count_new(connection: Connection, sink: str, many: int) -> None:
    """So many more crashes wait."""
    _move(connection, sink, seen=many, waiting=many)


def count_moved(connection: Connection, sink: str, before: DeliveryState, after: DeliveryState, many: int) -> None:
    """So many went from one state to another."""
    if many:
        _move(connection, sink, **{before.value: -many, after.value: many})


def count_dropped(connection: Connection, sink: str, before: DeliveryState, many: int) -> None:
    """So many rows that were not delivered go with their crashes."""
    _move(connection, sink, **{before.value: -many, "dropped": many})


def sinks_of(connection: Connection) -> list[str]:
    """All that ever were to get something."""
    return list(connection.scalars(select(_tally.c.sink).order_by(_tally.c.sink)))


def numbers_of(connection: Connection, sink: str) -> dict[str, int]:
    """A sink's numbers, by their names; zeros for one that was never to get anything."""
    row = connection.execute(select(_tally).where(_tally.c.sink == sink)).mappings().one_or_none()
    return {name: 0 if row is None else int(row[name]) for name in _NUMBERS}


def oldest_due(connection: Connection, sink: str) -> float | None:
    """When the oldest that waits was, or will be, due; None where none waits."""
    waits = (_outbox.c.sink == sink) & (_outbox.c.state == DeliveryState.WAITING.value)
    due: float | None = connection.scalar(select(func.min(_outbox.c.due_at)).where(waits))
    return due


def _move(connection: Connection, sink: str, **by: int) -> None:
    merge(connection, Merge(_tally, added=tuple(by)), [{"sink": sink, **dict.fromkeys(_NUMBERS, 0), **by}])
