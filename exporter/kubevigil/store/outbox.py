"""The outbox as a sink reads it, in a process of its own: what is due, and what became of it.

Nobody reserves anything: two that read for one sink send the same documents, which are the same by their ids. A crash
whose log was not settled in time is settled here as such before it is handed out, so that what a sink got stays true.
"""

from collections.abc import Collection, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, Select, bindparam, case, func, select, update

from kubevigil.model.record import DeliveryState, Record
from kubevigil.model.wording import one_line
from kubevigil.store import schema
from kubevigil.store.address import Address
from kubevigil.store.crash_rows import crash_rows, read_crashes
from kubevigil.store.outbox_balance import Balance, balance_of
from kubevigil.store.settling import settle_overdue
from kubevigil.store.sharing import SharedStore, steps_of
from kubevigil.store.tally import count_moved

LONGEST_BACKOFF: Final = 3600.0
"""Seconds. What is put off for longer is due at once: the clock must have been set back since."""

_MOST_ERROR: Final = 300
"""Characters, as many as the column takes."""

_UNREADABLE: Final = "its record in the store cannot be read"

_outbox: Final = schema.outbox
_crashes: Final = schema.crashes
_logs: Final = schema.crash_logs


class Due(NamedTuple):
    """A crash to be sent, whole. `day` is the UTC day of its index, as 2026-01-31; `attempts` those before this one."""

    record: Record
    day: str
    attempts: int


class Outbox:
    """The rows of one sink in the store at `address`; on a server those of the cluster.

    Each call is one or two short transactions. All raise what `SharedStore` raises. Thread-safe.
    """

    def __init__(self, address: Address, sink: str, *, cluster: str = "") -> None:
        self._store = SharedStore(address)
        self._sink = self._store.queue_of(sink, cluster)

    def claim(self, now: float, most: int, most_bytes: int) -> list[Due]:
        """What is due at `now`, the longest due first, at most so many crashes and about so many bytes, one at least.

        Bytes are those of the record, its Events and its log's text, nothing escaped. The same is handed out again
        until it is said what became of it.
        """
        with self._store.reading("cannot read what is due") as connection:
            chosen = _within(self._rows(connection, now, most), most_bytes)
        if not chosen:
            return []
        self._settle([row.id for row in chosen if row.awaits_log and row.log_id is None], now)
        records = self._records([row.id for row in chosen])
        return [Due(records[row.id], row.day, row.attempts) for row in chosen if row.id in records]

    def sent(self, ids: Collection[str], now: float) -> None:
        """The sink has them."""
        for step in steps_of(ids):
            with self._store.writing("cannot note what was sent") as connection:
                values = {"error": "", "sent_at": now}
                moved = self._move(connection, step, DeliveryState.WAITING, DeliveryState.SENT, **values)
                if moved < len(step):
                    self._move(connection, step, DeliveryState.DEAD, DeliveryState.SENT, **values)

    def retry(self, ids: Collection[str], next_at: float, error: str) -> None:
        """They are to be sent again, not before `next_at` (Unix time), at most LONGEST_BACKOFF from now."""
        values = {"next_at": next_at, "error": one_line(error, _MOST_ERROR)}
        for step in steps_of(ids):
            with self._store.writing("cannot note what is to be sent again") as connection:
                self._move(connection, step, DeliveryState.WAITING, DeliveryState.WAITING, **values)

    def dead(self, id_: str, error: str) -> None:
        """The sink will never take it, and said why."""
        with self._store.writing("cannot note what was refused") as connection:
            self._move(connection, [id_], DeliveryState.WAITING, DeliveryState.DEAD, error=one_line(error, _MOST_ERROR))

    def balance(self, now: float) -> Balance:
        """How much waits and what became of the rest."""
        with self._store.reading("cannot read the balance") as connection:
            return balance_of(connection, self._sink, now)

    def _rows(self, connection: Connection, now: float, most: int) -> list[Row[Any]]:
        due = due_rows(self._sink, most)
        rows = connection.execute(due.where(_outbox.c.next_at <= now)).all()
        lost = connection.execute(due.where(_outbox.c.next_at > now + LONGEST_BACKOFF)).all()
        return [*rows, *lost][:most]

    def _settle(self, ids: Collection[str], now: float) -> None:
        for step in steps_of(ids):
            with self._store.writing("cannot settle what is due") as connection:
                settle_overdue(connection, step, now)

    def _records(self, ids: Collection[str]) -> dict[str, Record]:
        """Those of the crashes that are still there; one that cannot be read can never be sent."""
        this = _crashes.c.id.in_(ids)
        with self._store.reading("cannot read what is due") as connection:
            records = {record.id: record for record in read_crashes(connection, crash_rows(texts=True).where(this))}
            there = connection.scalars(select(_crashes.c.id).where(this)).all()
        for id_ in there:
            if id_ not in records:
                self.dead(id_, _UNREADABLE)
        return records

    def _move(
        self,
        connection: Connection,
        ids: Collection[str],
        before: DeliveryState,
        after: DeliveryState,
        **values: object,
    ) -> int:
        """Has an attempt noted for those of the crashes that are in the state `before`, for others it is too late.

        How many these were.
        """
        # One by one, by their key: of many in one statement SQLite prefers to look at all that wait.
        this = (_outbox.c.id == bindparam("this")) & (_outbox.c.sink == self._sink) & (_outbox.c.state == before.value)
        change = update(_outbox).where(this).values(state=after.value, attempts=_outbox.c.attempts + 1, **values)
        moved = connection.execute(change, [{"this": id_} for id_ in ids]).rowcount
        if after is not before:
            count_moved(connection, self._sink, before, after, moved)
        return moved


def due_rows(sink: str, most: int) -> Select[Any]:
    """The rows of the outbox that wait for a sink, the longest due first, with about what their documents take."""
    text = case((_logs.c.dropped, 0), else_=_logs.c.bytes)
    took = func.length(_crashes.c.record) + func.coalesce(text + func.length(_logs.c.events), 0)
    return (
        select(
            _outbox.c.id,
            _outbox.c.day,
            _outbox.c.attempts,
            _outbox.c.awaits_log,
            _logs.c.id.label("log_id"),
            took.label("took"),
        )
        .join_from(_outbox, _crashes, _outbox.c.id == _crashes.c.id)
        .join(_logs, _outbox.c.id == _logs.c.id, isouter=True)
        .where(_outbox.c.sink == sink, _outbox.c.state == DeliveryState.WAITING.value)
        .order_by(_outbox.c.next_at, _outbox.c.id)
        .limit(most)
    )


def _within(rows: Sequence[Row[Any]], most_bytes: int) -> list[Row[Any]]:
    """As many from the beginning as keep within so many bytes, and one in any case."""
    chosen: list[Row[Any]] = []
    left = most_bytes
    for row in rows:
        if chosen and row.took > left:
            break
        chosen.append(row)
        left -= row.took
    return chosen
