"""The exporter's side of the outbox: a row a sink for each crash, in the transaction that records the crash.

A row is due once its crash's log is settled, and `LOG_PATIENCE` after the recording in any case.
"""

from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import Connection, bindparam, select, update

from kubevigil.model.record import DeliveryState, Record
from kubevigil.store import schema
from kubevigil.store.dialects import insert_absent
from kubevigil.store.index_day import index_day
from kubevigil.store.tally import count_new

LOG_PATIENCE: Final = 20.0
"""Seconds from the recording until a sink gets a crash without its log. A capture takes 15 at the most."""

_outbox: Final = schema.outbox
# Made once: to make a statement anew costs more than to execute it.
_THESE: Final = _outbox.c.id.in_(bindparam("ids", expanding=True))
_EARLY: Final = (
    (_outbox.c.state == DeliveryState.WAITING.value) & (_outbox.c.attempts == 0) & (_outbox.c.due_at > bindparam("now"))
)
_MAKE_DUE: Final = update(_outbox).where(_THESE, _EARLY).values(due_at=bindparam("now"), next_at=bindparam("now"))
_WITHOUT_LOG: Final = select(_outbox.c.id).where(_THESE, _outbox.c.awaits_log.is_(False))


def enqueue(
    connection: Connection, records: Sequence[Record], sinks: Sequence[str], now: float, *, log_patience: float | None
) -> None:
    """Has crashes wait for each of the sinks. `log_patience` in seconds; with None they do not wait for a log."""
    due = now + (log_patience or 0.0)
    for sink in sinks if records else ():
        rows = [
            {
                "id": record.id,
                "sink": sink,
                "state": DeliveryState.WAITING.value,
                "awaits_log": log_patience is not None,
                "due_at": due,
                "next_at": due,
                "attempts": 0,
                "error": "",
                "day": index_day(record, now),
            }
            for record in records
        ]
        count_new(connection, sink, insert_absent(connection, _outbox, rows))


def make_due(connection: Connection, ids: Collection[str], now: float) -> None:
    """The logs of these crashes were settled: what waited for that waits no longer."""
    if not ids:
        return
    connection.execute(_MAKE_DUE, {"ids": list(ids), "now": now})


def without_log(connection: Connection, ids: Collection[str]) -> set[str]:
    """Those of the crashes that go to a sink without a log for good."""
    if not ids:
        return set()
    return set(connection.scalars(_WITHOUT_LOG, {"ids": list(ids)}))
