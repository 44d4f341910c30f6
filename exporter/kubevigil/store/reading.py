"""Reads what the journal keeps in memory, and tells what was never written from what was."""

from collections.abc import Collection, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Table, bindparam, exists, select

from kubevigil.model.record import Record
from kubevigil.store import schema
from kubevigil.store.batch import Loaded, PodRow
from kubevigil.store.errors import Damaged
from kubevigil.store.identity import identity
from kubevigil.store.packing import record_of
from kubevigil.store.schema import Labels

_ledger: Final = schema.ledger
_crashes: Final = schema.crashes
_logs: Final = schema.crash_logs
_outbox: Final = schema.outbox
_PODS: Final = select(_ledger).where(
    _ledger.c.cluster == bindparam("of"), _ledger.c.pod_uid.in_(bindparam("uids", expanding=True))
)


def read_all(connection: Connection, cluster: str) -> Loaded:
    """All of a cluster that is kept in memory. Raises Damaged."""
    ledger = _rows_of(connection, _ledger, cluster, _ledger.c.gone_at.is_(None))
    workloads = _rows_of(connection, schema.workload_counters, cluster)
    vanished = _rows_of(connection, schema.vanished_counters, cluster)
    return Loaded(
        ledger={row.pod_uid: _pod_row(row) for row in ledger},
        scopes={row.scope for row in _rows_of(connection, schema.scopes, cluster)},
        workloads={_labels(row): row.value for row in workloads},
        vanished={row.namespace: row.value for row in vanished},
    )


def read_pods(connection: Connection, cluster: str, uids: Collection[str]) -> dict[str, PodRow]:
    """The rows of those pods that there are. Raises Damaged."""
    rows = _checked(_ledger, connection.execute(_PODS, {"of": cluster, "uids": list(uids)}).all())
    return {row.pod_uid: _pod_row(row) for row in rows}


def read_unsettled(connection: Connection, cluster: str, since: float, most: int) -> list[Record]:
    """Crashes recorded since then of which nothing was gathered, oldest first; one that cannot be read is left out.

    So are those that a sink gets without a log.
    """
    closed = exists().where(_outbox.c.id == _crashes.c.id, _outbox.c.awaits_log.is_(False))
    waiting = (
        select(_crashes.c.record, _crashes.c.id)
        .join_from(_crashes, schema.crash_order, _crashes.c.id == schema.crash_order.c.id)
        .join(_logs, _crashes.c.id == _logs.c.id, isouter=True)
        .where(_crashes.c.cluster == cluster, _crashes.c.observed_at >= since, _logs.c.id.is_(None))
        .where(~closed)
        .order_by(_crashes.c.observed_at, schema.crash_order.c.seq)
        .limit(most)
    )
    records = (record_of(text, id_) for text, id_ in connection.execute(waiting))
    return [record for record in records if record is not None]


def _rows_of(connection: Connection, table: Table, cluster: str, *which: ColumnElement[bool]) -> Sequence[Row[Any]]:
    return _checked(table, connection.execute(select(table).where(table.c.cluster == cluster, *which)).all())


def _checked(table: Table, rows: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
    """Raises Damaged for values of a type that was never written: SQLite would keep any in any column."""
    types = [(column.type.python_type, column.nullable) for column in table.columns]
    for row in rows:
        for value, (type_, nullable) in zip(row, types, strict=True):
            if not isinstance(value, type_) and not (nullable and value is None):
                raise Damaged(f"{table.name} holds a {type(value).__name__} in place of a {type_.__name__}")
    return rows


def _pod_row(row: Row[Any]) -> PodRow:
    return PodRow(row.namespace, row.state, row.gone_at is not None)


def _labels(row: Row[Any]) -> Labels:
    """A counter's labels, which its id proves to be the ones that were written."""
    try:
        labels = msgspec.json.decode(row.labels, type=Labels)
    except msgspec.MsgspecError as error:
        raise Damaged("labels of a counter cannot be read") from error
    if identity(row.cluster, *labels) != row.id:
        raise Damaged("labels of a counter are not those that were written")
    return labels
