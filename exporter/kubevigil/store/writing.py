"""The statements of the journal's transaction: what is new is inserted, what is known is changed."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Insert, Select, bindparam, null, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from kubevigil.model.record import Record
from kubevigil.store import schema
from kubevigil.store.batch import Batch, Committed
from kubevigil.store.errors import WriteFailed
from kubevigil.store.identity import identity, series_of

_ledger: Final = schema.ledger
_crashes: Final = schema.crashes
_workloads: Final = schema.workload_counters
_vanished: Final = schema.vanished_counters

_AT_ONCE: Final = 500
"""Ids in one statement: SQLite takes 32,766, others fewer."""

# Made once: to make a statement anew costs more than to execute it.
_SEEN: Final = select(schema.seen.c.id).where(schema.seen.c.id.in_(bindparam("ids", expanding=True)))
_CRASHED: Final = select(_crashes.c.id).where(_crashes.c.id.in_(bindparam("ids", expanding=True)))
_SEE: Final = upsert(schema.seen).on_conflict_do_nothing()
_RECORD: Final = upsert(_crashes).on_conflict_do_nothing()
_ORDER: Final = schema.crash_order.insert()
_SCOPE: Final = upsert(schema.scopes).on_conflict_do_nothing()
_LEAVE: Final = (
    update(_ledger)
    .where(
        _ledger.c.cluster == bindparam("of_cluster"), _ledger.c.pod_uid == bindparam("uid"), _ledger.c.gone_at.is_(None)
    )
    .values(gone_at=bindparam("since"))
)


def _know() -> Insert:
    statement = upsert(_ledger)
    return statement.on_conflict_do_update(
        index_elements=[_ledger.c.cluster, _ledger.c.pod_uid],
        set_={"state": statement.excluded.state, "gone_at": null()},
    )


def _count() -> Insert:
    statement = upsert(_workloads)
    return statement.on_conflict_do_update(
        index_elements=[_workloads.c.id],
        set_={"value": _workloads.c.value + statement.excluded.value, "idle_since": null()},
    )


def _count_vanished() -> Insert:
    statement = upsert(_vanished)
    return statement.on_conflict_do_update(
        index_elements=[_vanished.c.cluster, _vanished.c.namespace],
        set_={"value": _vanished.c.value + statement.excluded.value},
    )


_KNOW: Final = _know()
_COUNT: Final = _count()
_COUNT_VANISHED: Final = _count_vanished()


def see(connection: Connection, cluster: str, identities: Mapping[str, str], now: float) -> set[str]:
    """Inserts identities, each with its pod's uid; those that were new.

    Raises WriteFailed where another process inserted one of them in between: then the transaction has to be repeated.
    """
    new = identities.keys() - _there(connection, _SEEN, identities)
    rows = [{"id": id_, "cluster": cluster, "pod_uid": identities[id_], "seen_at": now} for id_ in new]
    _insert_all(connection, _SEE, rows)
    return new


def insert_crashes(connection: Connection, cluster: str, records: Iterable[Record], now: float) -> list[Record]:
    """Inserts records of crashes, in their order, as the latest; those that were not there. Raises as `see`."""
    wanted = {record.id: record for record in reversed(list(records))}  # of two with one id the first
    there = _there(connection, _CRASHED, wanted)
    new = [record for record in reversed(wanted.values()) if record.id not in there]
    _insert_all(connection, _RECORD, [_row(cluster, record, now) for record in new])
    order = [{"id": one.id, "series": series_of(cluster, one.pod_uid, one.container.name)} for one in new]
    if order:
        connection.execute(_ORDER, order)
    return new


def _row(cluster: str, record: Record, now: float) -> dict[str, Any]:
    return {
        "id": record.id,
        "cluster": cluster,
        "namespace": record.namespace,
        "workload_kind": record.workload.kind,
        "workload": record.workload.name,
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


def _insert_all(connection: Connection, statement: Insert, rows: Sequence[Mapping[str, Any]]) -> None:
    """Inserts rows that were not there a moment ago."""
    if rows and connection.execute(statement, rows).rowcount != len(rows):
        raise WriteFailed("another process wrote the same at the same time; trying again")


def write_rows(connection: Connection, cluster: str, batch: Batch, now: float) -> None:
    """Writes what is known of pods, which of them are gone, and the scopes that were listed."""
    if batch.rows:
        known = [
            {"cluster": cluster, "pod_uid": uid, "namespace": row.namespace, "state": row.state}
            for uid, row in batch.rows.items()
        ]
        connection.execute(_KNOW, known)
    if batch.gone:
        connection.execute(_LEAVE, [{"of_cluster": cluster, "uid": uid, "since": now} for uid in batch.gone])
    if batch.baselined:
        scopes = [{"cluster": cluster, "scope": scope, "baselined_at": now} for scope in batch.baselined]
        connection.execute(_SCOPE, scopes)


def add_to_counters(connection: Connection, cluster: str, committed: Committed) -> None:
    """Moves the counters; one that moves belongs to a workload that is not idle."""
    if committed.workloads:
        counters = [
            {"id": identity(cluster, *labels), "cluster": cluster, "labels": json.dumps(labels), "value": delta}
            for labels, delta in committed.workloads.items()
        ]
        connection.execute(_COUNT, counters)
    if committed.vanished:
        vanished = [
            {"cluster": cluster, "namespace": namespace, "value": delta}
            for namespace, delta in committed.vanished.items()
        ]
        connection.execute(_COUNT_VANISHED, vanished)
