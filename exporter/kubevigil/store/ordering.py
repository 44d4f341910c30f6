"""The numbers of crashes: they rise with the commits, and none is given twice, also when its crash is gone.

SQLite counts by itself. On a server the last number is kept in a row, which moves while the writer has the turn: what a
server counts may be committed in another order, and MySQL 5.7 gives numbers again after a restart.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, select, text, update

from kubevigil.store import schema
from kubevigil.store.dialects import on_server

_order: Final = schema.crash_order
_meta: Final = schema.meta
_INSERT: Final = _order.insert()
_LAST_IN_FILE: Final = text("SELECT seq FROM sqlite_sequence WHERE name = :table").bindparams(table=_order.name)
_LAST_ON_SERVER: Final = select(_meta.c.value).where(_meta.c.name == schema.LAST_CRASH_ROW)
_MOVE: Final = update(_meta).where(_meta.c.name == schema.LAST_CRASH_ROW)


def put_in_order(connection: Connection, crashes: Sequence[tuple[str, str]]) -> None:
    """Gives crashes, by their ids and series, the next numbers, in their order."""
    if not crashes:
        return
    rows: list[dict[str, str | int]] = [{"id": id_, "series": series} for id_, series in crashes]
    if on_server(connection):
        last = last_number(connection)
        rows = [{"seq": last + place, **row} for place, row in enumerate(rows, start=1)]
        connection.execute(_MOVE.values(value=str(last + len(rows))))
    connection.execute(_INSERT, rows)


def last_number(connection: Connection) -> int:
    """Of all that were given; 0 where none was."""
    return int(connection.scalar(_LAST_ON_SERVER if on_server(connection) else _LAST_IN_FILE) or 0)
