"""Keeps the store small: drops what nothing can ask for any more. Run now and then by the journal's thread."""

import json
from collections.abc import Set as AbstractSet
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Engine, case, delete, func, select, update
from sqlalchemy.exc import SQLAlchemyError

from kubevigil.store import schema
from kubevigil.store.database import failure
from kubevigil.store.schema import Labels

_GRACE_SECONDS: Final = 24 * 3600.0
"""How long identities and the ledger rows of gone pods are kept: longer than any event could be played again."""


class Retention(NamedTuple):
    """How long (seconds) and how many. `workloads` counts from a workload's last pod."""

    workloads: float
    records: float
    most_records: int


def tidy(
    engine: Engine, cluster: str, live: AbstractSet[tuple[str, str, str]], keep: Retention, now: float
) -> list[Labels]:
    """Drops old rows in one transaction. `live` names the workloads that have a pod: namespace, kind, name.

    Returns the counters that were dropped, for the caller to forget too. Raises StoreError when nothing was.
    """
    try:
        with engine.begin() as connection:
            _drop_gone_pods(connection, cluster, now)
            _drop_identities(connection, cluster, now)
            _drop_records(connection, keep, now)
            return _drop_idle_workloads(connection, cluster, live, now - keep.workloads, now)
    except SQLAlchemyError as error:
        raise failure("cannot tidy the store", error) from error


def _drop_gone_pods(connection: Connection, cluster: str, now: float) -> None:
    ledger = schema.ledger
    connection.execute(delete(ledger).where(ledger.c.cluster == cluster, ledger.c.gone_at < now - _GRACE_SECONDS))


def _drop_identities(connection: Connection, cluster: str, now: float) -> None:
    seen = schema.seen
    connection.execute(delete(seen).where(seen.c.cluster == cluster, seen.c.seen_at < now - _GRACE_SECONDS))


def _drop_records(connection: Connection, keep: Retention, now: float) -> None:
    """A record takes its place in the order and its log with it.

    Of those that are too many, the ones between the first and the latest crash of a container go first, oldest first.
    """
    crashes, order = schema.crashes, schema.crash_order
    connection.execute(delete(crashes).where(crashes.c.observed_at < now - keep.records))
    surplus = (connection.scalar(select(func.count()).select_from(crashes)) or 0) - keep.most_records
    if surplus > 0:
        ends = select(order.c.series, func.min(order.c.seq).label("first"), func.max(order.c.seq).label("latest"))
        series = ends.group_by(order.c.series).subquery()
        is_an_end = case((order.c.seq.in_([series.c.first, series.c.latest]), 1), else_=0)
        least = select(order.c.id).join(series, series.c.series == order.c.series).order_by(is_an_end, order.c.seq)
        connection.execute(delete(crashes).where(crashes.c.id.in_(least.limit(surplus))))
    for table in (order, schema.crash_logs):
        connection.execute(delete(table).where(table.c.id.not_in(select(crashes.c.id))))


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
