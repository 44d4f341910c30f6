"""Puts crashes of the past into the store: below all that is there, so that what is new stays what is read first.

They are recorded as of their own moment, so that the limits of the store take them for as old as they are; settled, so
that nobody asks a cluster for their logs; and they wait for no sink.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from kubevigil.model.record import CaptureResult, Evidence, Record, RecordedLog
from kubevigil.moving.history import series_of
from kubevigil.store import schema
from kubevigil.store.packing import pack
from kubevigil.store.sharing import SharedStore, steps_of

_crashes: Final = schema.crashes
_order: Final = schema.crash_order
_logs: Final = schema.crash_logs
_scopes: Final = schema.scopes
_NO_LOG: Final = Evidence(RecordedLog(CaptureResult.GONE))
_IDS: Final = _crashes.select().with_only_columns(_crashes.c.id)
_LOWEST: Final = _order.select().with_only_columns(_order.c.seq).order_by(_order.c.seq).limit(1)


def began(store: SharedStore, cluster: str) -> dict[str, float]:
    """Since when (Unix time) an exporter watches each scope: a namespace, or '' for the whole cluster."""
    with store.reading("cannot import") as connection:
        rows = connection.execute(_scopes.select().where(_scopes.c.cluster == cluster)).all()
    return {row.scope: row.baselined_at for row in rows}


def add(store: SharedStore, newest_first: Sequence[tuple[Record, float]]) -> int:
    """Adds records, each with its moment (Unix time), that are not there yet; how many. Raises what the store raises.

    A few at a time: who stops it, or meets an error, has added those before, and may begin again.
    """
    by_id: Mapping[str, tuple[Record, float]] = {pair[0].id: pair for pair in newest_first}
    return sum(_add(store, {id_: by_id[id_] for id_ in step}) for step in steps_of(by_id))


def _add(store: SharedStore, some: Mapping[str, tuple[Record, float]]) -> int:
    with store.writing("cannot import") as connection:
        there = set(connection.scalars(_IDS.where(_crashes.c.id.in_(list(some)))))
        new = {id_: pair for id_, pair in some.items() if id_ not in there}
        if not new:
            return 0
        connection.execute(_crashes.insert(), [_row(record, moment) for record, moment in new.values()])
        # Never 0, which MySQL takes for "give it the next number".
        top = min(connection.scalar(_LOWEST) or 0, 0) - 1
        places = enumerate(new.values())
        connection.execute(
            _order.insert(), [{"seq": top - n, "id": one.id, "series": series_of(one)} for n, (one, _) in places]
        )
        connection.execute(_logs.insert(), [_settled(record, moment) for record, moment in new.values()])
    return len(new)


def _settled(record: Record, moment: float) -> dict[str, object]:
    return {"id": record.id, "cluster": record.cluster, "settled_at": moment, **pack(_NO_LOG)}


def _row(record: Record, moment: float) -> dict[str, object]:
    return {
        "id": record.id,
        "cluster": record.cluster,
        "namespace": record.namespace,
        "workload_kind": record.workload.kind,
        "workload": record.workload.name,
        "class": record.termination.class_.value,
        "observed_at": moment,
        "record": msgspec.json.encode(record).decode(),
    }
