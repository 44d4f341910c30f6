"""The statements of the journal's transaction: what is new is inserted, what is known is changed."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec
from sqlalchemy import Column, Connection, Select, bindparam, select, update

from kubevigil.model.record import Record
from kubevigil.store import schema
from kubevigil.store.batch import Batch, Committed
from kubevigil.store.dialects import Merge, insert_absent, insert_new, merge
from kubevigil.store.identity import identity, series_of
from kubevigil.store.ordering import put_in_order

_ledger: Final = schema.ledger
_crashes: Final = schema.crashes
_workloads: Final = schema.workload_counters
_vanished: Final = schema.vanished_counters

_AT_ONCE: Final = 500
"""Ids in one statement: SQLite takes 32,766, others fewer."""

_LENGTHS: Final = {column.name: getattr(column.type, "length", 0) for column in _crashes.columns}

# Made once: to make a statement anew costs more than to execute it.
_SEEN: Final = select(schema.seen.c.id).where(schema.seen.c.id.in_(bindparam("ids", expanding=True)))
_CRASHED: Final = select(_crashes.c.id).where(_crashes.c.id.in_(bindparam("ids", expanding=True)))
_LEAVE: Final = (
    update(_ledger)
    .where(
        _ledger.c.cluster == bindparam("of_cluster"), _ledger.c.pod_uid == bindparam("uid"), _ledger.c.gone_at.is_(None)
    )
    .values(gone_at=bindparam("since"))
)
_KNOW: Final = Merge(_ledger, replaced=("state",), cleared=("gone_at",))
_COUNT: Final = Merge(_workloads, added=("value",), cleared=("idle_since",))
_COUNT_VANISHED: Final = Merge(_vanished, added=("value",))


def see(connection: Connection, cluster: str, identities: Mapping[str, str], now: float) -> set[str]:
    """Inserts identities, each with its pod's uid; those that were new.

    Raises WriteFailed where another process inserted one of them in between: then the transaction has to be repeated.
    """
    new = identities.keys() - _there(connection, _SEEN, identities)
    rows = [{"id": id_, "cluster": cluster, "pod_uid": identities[id_], "seen_at": now} for id_ in new]
    insert_new(connection, schema.seen, rows)
    return new


def insert_crashes(connection: Connection, cluster: str, records: Iterable[Record], now: float) -> list[Record]:
    """Inserts records of crashes, in their order, as the latest; those that were not there. Raises as `see`."""
    wanted = {record.id: record for record in reversed(list(records))}  # of two with one id the first
    there = _there(connection, _CRASHED, wanted)
    new = [record for record in reversed(wanted.values()) if record.id not in there]
    insert_new(connection, _crashes, [_row(cluster, record, now) for record in new])
    put_in_order(connection, [(one.id, series_of(cluster, one.pod_uid, one.container.name)) for one in new])
    return new


def _row(cluster: str, record: Record, now: float) -> dict[str, Any]:
    return {
        "id": record.id,
        "cluster": cluster,
        "namespace": record.namespace,
        "workload_kind": _fitting(record.workload.kind, _crashes.c.workload_kind),
        "workload": _fitting(record.workload.name, _crashes.c.workload),
        "class": record.termination.class_.value,
        "observed_at": now,
        "record": msgspec.json.encode(record).decode(),
    }


def _there(connection: Connection, statement: Select[Any], ids: Iterable[str]) -> set[str]:
    """Those of the ids that the statement finds."""
    wanted, found = list(ids), set[str]()
    for begin in range(0, len(wanted), _AT_ONCE):
        found.update(connection.scalars(statement, {"ids": wanted[begin : begin + _AT_ONCE]}))
    return found


def _fitting(text: str, column: Column[Any]) -> str:
    """As much of the text as the column takes. An owner may be named at will, and a server refuses what does not fit.

    The record has all of it.
    """
    return text.replace("\0", "")[: _LENGTHS[column.name]]


def write_rows(connection: Connection, cluster: str, batch: Batch, now: float) -> None:
    """Writes what is known of pods, which of them are gone, and the scopes that were listed."""
    if batch.rows:
        known = [
            {"cluster": cluster, "pod_uid": uid, "namespace": row.namespace, "state": row.state}
            for uid, row in batch.rows.items()
        ]
        merge(connection, _KNOW, known)
    if batch.gone:
        connection.execute(_LEAVE, [{"of_cluster": cluster, "uid": uid, "since": now} for uid in batch.gone])
    if batch.baselined:
        scopes = [{"cluster": cluster, "scope": scope, "baselined_at": now} for scope in batch.baselined]
        insert_absent(connection, schema.scopes, scopes)


def add_to_counters(connection: Connection, cluster: str, committed: Committed) -> None:
    """Moves the counters; one that moves belongs to a workload that is not idle."""
    if committed.workloads:
        counters = [
            {"id": identity(cluster, *labels), "cluster": cluster, "labels": json.dumps(labels), "value": delta}
            for labels, delta in committed.workloads.items()
        ]
        merge(connection, _COUNT, counters)
    if committed.vanished:
        vanished = [
            {"cluster": cluster, "namespace": namespace, "value": delta}
            for namespace, delta in committed.vanished.items()
        ]
        merge(connection, _COUNT_VANISHED, vanished)
