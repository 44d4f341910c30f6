"""Crashes read whole: the record with what was gathered about it since, and how far each sink has it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Row, Select, null, select

from kubevigil.model.record import Delivery, DeliveryState, Record
from kubevigil.store import schema
from kubevigil.store.packing import record_of, unpack
from kubevigil.store.queues import sink_of

_AT_ONCE: Final = 500
"""Ids in one statement: SQLite takes 32,766, others fewer."""

_STATES: Final = {state.value: state for state in DeliveryState}

_crashes: Final = schema.crashes
_order: Final = schema.crash_order
_logs: Final = schema.crash_logs
_outbox: Final = schema.outbox


def crash_rows(*, texts: bool) -> Select[Any]:
    """Crashes with their logs. The id of the log tells whether there is one."""
    log = [column for column in _logs.columns if column.name not in {"id", "cluster", "body"}]
    body = _logs.c.body if texts else null().label("body")
    return (
        select(_crashes.c.id, _order.c.seq, _crashes.c.record, _logs.c.id.label("log_id"), *log, body)
        .join_from(_crashes, _order, _crashes.c.id == _order.c.id)
        .join(_logs, _crashes.c.id == _logs.c.id, isouter=True)
    )


def read_crashes(connection: Connection, wanted: Select[Any]) -> list[Record]:
    """Those that a selection of `crash_rows` finds, in its order; what cannot be read is left out, and told."""
    return records_in(connection, connection.execute(wanted).all())


def records_in(connection: Connection, rows: Sequence[Row[Any]]) -> list[Record]:
    """The records that the rows hold, in their order; what cannot be read is left out, and told."""
    deliveries = _deliveries(connection, [row.id for row in rows])
    records = (_record(row, deliveries[row.id]) for row in rows)
    return [record for record in records if record is not None]


def _record(row: Row[Any], delivery: Iterable[Delivery]) -> Record | None:
    record = record_of(row.record, row.id)
    if record is None:
        return None
    record = msgspec.structs.replace(record, delivery=tuple(delivery))
    if row.log_id is None:
        return record
    evidence = unpack(row, row.body)
    return msgspec.structs.replace(record, log=evidence.log, events=evidence.events, resources=evidence.resources)


def _deliveries(connection: Connection, ids: Sequence[str]) -> defaultdict[str, list[Delivery]]:
    found: defaultdict[str, list[Delivery]] = defaultdict(list)
    for begin in range(0, len(ids), _AT_ONCE):
        wanted = select(_outbox).where(_outbox.c.id.in_(ids[begin : begin + _AT_ONCE])).order_by(_outbox.c.sink)
        for row in connection.execute(wanted):
            if row.state in _STATES:
                found[row.id].append(Delivery(sink_of(row.sink), _STATES[row.state], row.attempts, row.error))
    return found
