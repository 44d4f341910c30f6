"""Tells, after a server's answer was lost, whether a transaction was committed.

A connection can break after the server has committed and before it has said so. To write the same again would do no
harm to the store, which knows all identities; but whoever wrote would not learn what was new. So each transaction
leaves its number in a row of this process's own, and the next one looks there first. It has waited for its turn by
then, so what was under way has ended, this way or that.

SQLite answers from within the process: nothing is written there.
"""

from collections.abc import Callable
from secrets import token_hex
from typing import Final, Generic, TypeVar

from sqlalchemy import Connection, Engine, delete, select

from kubevigil.store import schema
from kubevigil.store.dialects import Merge, merge, on_server
from kubevigil.store.turns import take_turn

T = TypeVar("T")

_meta: Final = schema.meta
_PREFIX: Final = "receipt "
_SIGN: Final = Merge(_meta, replaced=("value",))
_KEPT_SECONDS: Final = 24 * 3600.0


class Receipts(Generic[T]):
    """Runs one process's transactions; `T` is what comes of one. Used by one thread."""

    def __init__(self) -> None:
        self._row = _PREFIX + token_hex(12)
        self._number = 0
        self._doubt: T | None = None

    @property
    def in_doubt(self) -> bool:
        """Whether the last transaction may have been committed, or not."""
        return self._doubt is not None

    def transact(self, engine: Engine, work: Callable[[Connection], T], now: float) -> T:
        """What `work` makes in a transaction. Raises what comes of it: nothing is committed then, or that is in doubt.

        After a doubt `work` must be the same as before; it is not done where it turns out to have been committed.
        """
        with engine.begin() as connection:
            if not on_server(connection):
                return work(connection)
            take_turn(connection)
            done = self._arrived(connection)
            if done is None:
                done = self._signed(connection, work, now)
        self._doubt = None
        return done

    def _arrived(self, connection: Connection) -> T | None:
        """What came of the transaction that was in doubt; None where it was not committed, or there is none."""
        if self._doubt is None:
            return None
        found = connection.scalar(select(_meta.c.value).where(_meta.c.name == self._row))
        if found is None or found.partition(" ")[0] != str(self._number):
            self._doubt = None
        return self._doubt

    def _signed(self, connection: Connection, work: Callable[[Connection], T], now: float) -> T:
        done = work(connection)
        self._number += 1
        merge(connection, _SIGN, [{"name": self._row, "value": f"{self._number} {now:.0f}"}])
        self._doubt = done  # from here until the commit is answered
        return done


def drop_receipts(connection: Connection, now: float) -> None:
    """Drops the rows of processes that wrote nothing for a day; one that still runs leaves another."""
    rows = connection.execute(select(_meta).where(_meta.c.name.startswith(_PREFIX))).all()
    old = [row.name for row in rows if float(row.value.partition(" ")[2]) < now - _KEPT_SECONDS]
    if old:
        connection.execute(delete(_meta).where(_meta.c.name.in_(old)))
