"""Which log bodies have to go when they take more room than they may. Records stay; only texts go.

Of each series the first and the latest body are worth most: how it began, and how it is now. So those between them go
first, the oldest of all series before newer ones; then, if that was not enough, the others, in the same order. Those of
crashes that a sink is still to get go after all of these, in the same order.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, exists, func, select, update

from kubevigil.model.record import DeliveryState
from kubevigil.store import schema
from kubevigil.store.dialects import whose


class Body(NamedTuple):
    """A body that is kept: its record's id and series, its compressed bytes, and whether a sink is still to get it."""

    id: str
    series: str
    size: int
    waits: bool = False


def chosen(bodies: Sequence[Body], surplus: int) -> list[Body]:
    """Those that must go so that at least `surplus` bytes do. `bodies` in the order of their crashes, oldest first."""
    first = {body.series: body.id for body in reversed(bodies)}
    latest = {body.series: body.id for body in bodies}
    outer = {*first.values(), *latest.values()}
    return _enough(sorted(bodies, key=lambda body: (body.waits, body.id in outer)), surplus)


def _enough(bodies: Iterable[Body], surplus: int) -> list[Body]:
    gone: list[Body] = []
    for body in bodies:
        if surplus <= 0:
            break
        gone.append(body)
        surplus -= body.size
    return gone


def bytes_kept(connection: Connection, cluster: str) -> int:
    """Compressed bytes of all bodies: of the whole file, or on a server of the cluster."""
    kept = select(func.coalesce(func.sum(_logs.c.size), 0)).where(whose(connection, _logs, cluster))
    return int(connection.scalar(kept) or 0)


def give_up(connection: Connection, cluster: str, most: int) -> list[Body]:
    """Drops bodies until they take at most `most` bytes, by the same measure; those that went."""
    rows = connection.execute(_KEPT.where(whose(connection, _logs, cluster)))
    kept = [Body(*row) for row in rows]
    gone = chosen(kept, sum(body.size for body in kept) - most)
    if gone:
        connection.execute(_DROP, [{"which": body.id} for body in gone])
    return gone


_logs = schema.crash_logs
_order = schema.crash_order
_outbox = schema.outbox
_waits = exists().where(_outbox.c.id == _logs.c.id, _outbox.c.state == DeliveryState.WAITING.value)
_KEPT = (
    select(_logs.c.id, _order.c.series, _logs.c.size, _waits)
    .join_from(_logs, _order, _logs.c.id == _order.c.id)
    .where(_logs.c.size > 0)
    .order_by(_order.c.seq)
)
_DROP = update(_logs).where(_logs.c.id == bindparam("which")).values(body=None, size=0, dropped=True)
