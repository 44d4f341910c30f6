"""How much waits for a sink, since when, and what became of the rest."""

from typing import NamedTuple

from sqlalchemy import Connection

from kubevigil.store.tally import numbers_of, oldest_due


class Balance(NamedTuple):
    """Crashes of one sink: seen = waiting + sent + dead + dropped.

    `sent` and `dropped` count since the store began, `dropped` those that the store's limits took before they were
    sent. `oldest_seconds` is for how long the oldest that waits has been due; 0 where none is.
    """

    seen: int = 0
    waiting: int = 0
    sent: int = 0
    dead: int = 0
    dropped: int = 0
    oldest_seconds: float = 0.0


def balance_of(connection: Connection, sink: str, now: float) -> Balance:
    """The balance at `now` (Unix time); the work is the same however much waits."""
    due = oldest_due(connection, sink)
    oldest = 0.0 if due is None else max(now - due, 0.0)
    return Balance(**numbers_of(connection, sink), oldest_seconds=oldest)
