"""The turn to write, which one process at a time has: by SQLite's BEGIN IMMEDIATE, on a server by a row's lock."""

from typing import Final

from sqlalchemy import Connection, select

from kubevigil.store import schema
from kubevigil.store.dialects import on_server
from kubevigil.store.errors import WriteFailed
from kubevigil.store.migration import newer

_meta: Final = schema.meta
_LOCK: Final = select(_meta.c.value).where(_meta.c.name == schema.VERSION_ROW).with_for_update()


def take_turn(connection: Connection) -> None:
    """Waits on a server until no other process writes; until the commit none will. First in each transaction.

    Raises WriteFailed where the tables are no longer this version's: another one may have migrated them since.
    """
    if not on_server(connection):
        return
    version = connection.scalar(_LOCK)
    if version != str(schema.VERSION):
        told = newer(int(version)) if version and version.isdecimal() else "store: its tables were emptied"
        raise WriteFailed(str(told))
