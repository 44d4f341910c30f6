"""The statements of the journal's transaction, for all but the deciding of what is new."""

import json
from typing import Final

import msgspec
from sqlalchemy import Connection, bindparam, null, update
from sqlalchemy.dialects.sqlite import insert as upsert

from kubevigil.model.record import Record
from kubevigil.store import schema
from kubevigil.store.batch import Batch, Committed
from kubevigil.store.identity import identity, series_of

_ledger: Final = schema.ledger
_crashes: Final = schema.crashes
_workloads: Final = schema.workload_counters
_vanished: Final = schema.vanished_counters


def see(connection: Connection, cluster: str, id_: str, uid: str, now: float) -> bool:
    """Inserts an identity; whether it was new."""
    statement = upsert(schema.seen).values(id=id_, cluster=cluster, pod_uid=uid, seen_at=now)
    return connection.execute(statement.on_conflict_do_nothing()).rowcount == 1


def insert_crash(connection: Connection, cluster: str, record: Record, now: float) -> bool:
    """Inserts a crash's record as the latest, unless it is there; whether it was not."""
    row = {
        "id": record.id,
        "cluster": cluster,
        "namespace": record.namespace,
        "workload_kind": record.workload.kind,
        "workload": record.workload.name,
        "class": record.termination.class_.value,
        "observed_at": now,
        "record": msgspec.json.encode(record).decode(),
    }
    if connection.execute(upsert(_crashes).values(row).on_conflict_do_nothing()).rowcount == 0:
        return False
    series = series_of(cluster, record.pod_uid, record.container.name)
    connection.execute(schema.crash_order.insert().values(id=record.id, series=series))
    return True


def write_rows(connection: Connection, cluster: str, batch: Batch, now: float) -> None:
    """Writes what is known of pods, which of them are gone, and the scopes that were listed."""
    if batch.rows:
        statement = upsert(_ledger)
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=[_ledger.c.cluster, _ledger.c.pod_uid],
                set_={"state": statement.excluded.state, "gone_at": null()},
            ),
            [
                {"cluster": cluster, "pod_uid": uid, "namespace": row.namespace, "state": row.state}
                for uid, row in batch.rows.items()
            ],
        )
    if batch.gone:
        connection.execute(
            update(_ledger)
            .where(_ledger.c.cluster == cluster, _ledger.c.pod_uid == bindparam("uid"), _ledger.c.gone_at.is_(None))
            .values(gone_at=now),
            [{"uid": uid} for uid in batch.gone],
        )
    for scope in batch.baselined:
        row = {"cluster": cluster, "scope": scope, "baselined_at": now}
        connection.execute(upsert(schema.scopes).values(row).on_conflict_do_nothing())


def add_to_counters(connection: Connection, cluster: str, committed: Committed) -> None:
    """Moves the counters; one that moves belongs to a workload that is not idle."""
    for labels, delta in committed.workloads.items():
        id_ = identity(cluster, *labels)
        row = {"id": id_, "cluster": cluster, "labels": json.dumps(labels), "value": delta}
        workload = upsert(_workloads).values(row)
        connection.execute(
            workload.on_conflict_do_update(
                index_elements=[_workloads.c.id],
                set_={"value": _workloads.c.value + workload.excluded.value, "idle_since": null()},
            )
        )
    for namespace, delta in committed.vanished.items():
        vanished = upsert(_vanished).values(cluster=cluster, namespace=namespace, value=delta)
        connection.execute(
            vanished.on_conflict_do_update(
                index_elements=[_vanished.c.cluster, _vanished.c.namespace],
                set_={"value": _vanished.c.value + vanished.excluded.value},
            )
        )
