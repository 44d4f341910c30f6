"""Keeps the store small: drops what nothing can ask for any more. Run now and then by the journal's thread."""

import json
from collections.abc import Collection
from collections.abc import Set as AbstractSet
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, Engine, Exists, bindparam, case, delete, exists, func, select, update
from sqlalchemy.exc import SQLAlchemyError

from kubevigil.model.record import DeliveryState
from kubevigil.store import schema
from kubevigil.store.dialects import on_server, whose
from kubevigil.store.failures import failure
from kubevigil.store.receipts import drop_receipts
from kubevigil.store.schema import Labels
from kubevigil.store.tally import count_dropped
from kubevigil.store.turns import take_turn

_GRACE_SECONDS: Final = 24 * 3600.0
"""How long identities and the ledger rows of gone pods are kept: longer than any event could be played again."""


class Retention(NamedTuple):
    """How long (seconds) and how many. `workloads` counts from a workload's last pod."""

    workloads: float
    records: float
    most_records: int


_DROP_CRASH: Final = delete(schema.crashes).where(schema.crashes.c.id == bindparam("which"))


def tidy(
    engine: Engine,
    cluster: str,
    live: AbstractSet[tuple[str, str, str]],
    keep: Retention,
    now: float,
    *,
    sinks: Collection[str] = (),
) -> list[Labels]:
    """Drops old rows in one transaction. `live` names the workloads that have a pod: namespace, kind, name.

    Crashes that wait for one of the `sinks` stay, however old; of too many crashes they go last.
    Returns the counters that were dropped, for the caller to forget too. Raises StoreError when nothing was.
    """
    try:
        with engine.begin() as connection:
            take_turn(connection)
            drop_receipts(connection, now)
            _drop_gone_pods(connection, cluster, now)
            _drop_identities(connection, cluster, now)
            _drop_records(connection, cluster, keep, now, sinks)
            return _drop_idle_workloads(connection, cluster, live, now - keep.workloads, now)
    except SQLAlchemyError as error:
        raise failure("cannot tidy the store", error) from error


def _drop_gone_pods(connection: Connection, cluster: str, now: float) -> None:
    ledger = schema.ledger
    connection.execute(delete(ledger).where(ledger.c.cluster == cluster, ledger.c.gone_at < now - _GRACE_SECONDS))


def _drop_identities(connection: Connection, cluster: str, now: float) -> None:
    seen = schema.seen
    connection.execute(delete(seen).where(seen.c.cluster == cluster, seen.c.seen_at < now - _GRACE_SECONDS))


def _drop_records(connection: Connection, cluster: str, keep: Retention, now: float, sinks: Collection[str]) -> None:
    """A record takes its place in the order, its log, and its rows in the outbox with it.

    Of those that are too many, the ones between the first and the latest crash of a container go first, oldest first;
    those that wait for a sink go in the same order, after all others.
    """
    crashes, order = schema.crashes, schema.crash_order
    ours = whose(connection, crashes, cluster)
    old = crashes.c.observed_at < now - keep.records
    connection.execute(delete(crashes).where(ours, old, ~_waits(crashes.c.id, sinks)))
    surplus = (connection.scalar(select(func.count()).select_from(crashes).where(ours)) or 0) - keep.most_records
    if surplus > 0:
        ends = select(order.c.series, func.min(order.c.seq).label("first"), func.max(order.c.seq).label("latest"))
        series = ends.group_by(order.c.series).subquery()
        is_an_end = case((order.c.seq.in_([series.c.first, series.c.latest]), 1), else_=0)
        least = select(order.c.id).join(series, series.c.series == order.c.series)
        if on_server(connection):
            least = least.join(crashes, crashes.c.id == order.c.id).where(ours)
        least = least.order_by(case((_waits(order.c.id, sinks), 1), else_=0), is_an_end, order.c.seq)
        surplus_ids = connection.scalars(least.limit(surplus)).all()
        connection.execute(_DROP_CRASH, [{"which": id_} for id_ in surplus_ids])
    _count_dropped(connection)
    for table in (order, schema.crash_logs, schema.outbox):
        connection.execute(delete(table).where(table.c.id.not_in(select(crashes.c.id))))


def _waits(id_: ColumnElement[str], sinks: Collection[str]) -> Exists:
    """Whether one of the sinks is still to get that crash."""
    outbox = schema.outbox
    waiting = outbox.c.state == DeliveryState.WAITING.value
    return exists().where(outbox.c.id == id_, outbox.c.sink.in_(sinks), waiting)


def _count_dropped(connection: Connection) -> None:
    outbox = schema.outbox
    undelivered = outbox.c.state.in_([DeliveryState.WAITING.value, DeliveryState.DEAD.value])
    left = undelivered & outbox.c.id.not_in(select(schema.crashes.c.id))
    rows = select(outbox.c.sink, outbox.c.state, func.count()).where(left).group_by(outbox.c.sink, outbox.c.state)
    for sink, state, many in connection.execute(rows).all():
        count_dropped(connection, sink, DeliveryState(state), many)


def _drop_idle_workloads(
    connection: Connection, cluster: str, live: AbstractSet[tuple[str, str, str]], before: float, now: float
) -> list[Labels]:
    counters = schema.workload_counters
    dropped: list[Labels] = []
    for row in connection.execute(select(counters).where(counters.c.cluster == cluster)).all():
        labels: Labels = tuple(json.loads(row.labels))
        idle = _is_idle(labels, live)
        if idle and row.idle_since is not None and row.idle_since < before:
            connection.execute(delete(counters).where(counters.c.id == row.id))
            dropped.append(labels)
        elif idle != (row.idle_since is not None):
            _set_idle(connection, row.id, now if idle else None)
    return dropped


def _is_idle(labels: Labels, live: AbstractSet[tuple[str, str, str]]) -> bool:
    """Whether the counter's workload has no pod. One without a name stands for all of its kind in the namespace."""
    namespace, kind, name = labels[:3]
    if name:
        return (namespace, kind, name) not in live
    return bool(namespace) and not any((n, k) == (namespace, kind) for n, k, _ in live)


def _set_idle(connection: Connection, id_: Any, since: float | None) -> None:
    counters = schema.workload_counters
    connection.execute(update(counters).where(counters.c.id == id_).values(idle_since=since))
