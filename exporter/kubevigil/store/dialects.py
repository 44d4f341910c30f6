"""Where the SQL of SQLite, MySQL and PostgreSQL differs: inserts that meet a row, locks, sizes.

SQLite keeps its own way, in which the database itself leaves out or merges what is there. On a server one writer at a
time has the turn (`turns`), as it does in SQLite: who writes locks one row first, until the commit. So a look
before an insert is still true when the insert is made. Where it is not (a cluster of servers, somebody's own SQL), the
table's key refuses the row, and the whole transaction is undone and tried again.

Nothing is used that MySQL 5.7 does not know: no RETURNING, no WITH, no window functions.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final, NamedTuple, cast

from sqlalchemy import ColumnElement, Connection, Engine, Insert, Table, null, select, text, true, tuple_
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from kubevigil.store.address import MYSQL, POSTGRESQL
from kubevigil.store.errors import CannotOpen, WriteFailed

_SQLITE: Final = "sqlite"
_AT_ONCE: Final = 500

_SIZES: Final = {
    MYSQL: "SELECT coalesce(sum(data_length + index_length), 0) FROM information_schema.tables"
    " WHERE table_schema = database() AND table_name LIKE 'kubevigil%'",
    POSTGRESQL: "SELECT coalesce(sum(pg_total_relation_size(oid)), 0) FROM pg_class"
    " WHERE relkind = 'r' AND relname LIKE 'kubevigil%' AND pg_table_is_visible(oid)",
}
_ALONE: Final = {
    # A name may have 64 characters. Less than an answer is waited for, so that it is one.
    MYSQL: "SELECT get_lock(concat('kubevigil ', md5(database())), 20)",
    POSTGRESQL: "SELECT 1 FROM (SELECT pg_advisory_xact_lock(hashtext('kubevigil'))) AS alone",
}

Row = Mapping[str, Any]


class Merge(NamedTuple):
    """What becomes of a row whose key is there: columns that are replaced, added to, set to NULL."""

    table: Table
    replaced: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    cleared: tuple[str, ...] = ()


def on_server(of: Connection | Engine) -> bool:
    """Whether several clusters may share the database, and several processes write to it over a network."""
    return of.dialect.name != _SQLITE


def whose(connection: Connection, table: Table, cluster: str) -> ColumnElement[bool]:
    """Which rows an exporter may bound and drop: in a file all, also of a former name; on a server its cluster's."""
    return table.c.cluster == cluster if on_server(connection) else true()


def insert_new(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Inserts rows that were not there a moment ago.

    Raises WriteFailed where another process inserted one in between: then the transaction has to be repeated.
    """
    if not rows:
        return
    if on_server(connection):
        _insert(connection, table, rows)
    elif connection.execute(_unless_there(table), rows).rowcount != len(rows):
        raise _met_another()


def insert_absent(connection: Connection, table: Table, rows: Sequence[Row]) -> int:
    """Inserts those of the rows whose keys are not there; how many. Raises as `insert_new`."""
    if not rows:
        return 0
    if not on_server(connection):
        return connection.execute(_unless_there(table), rows).rowcount
    there = _keys_there(connection, table, rows)
    new = [row for row in rows if _key(table, row) not in there]
    if new:
        _insert(connection, table, new)
    return len(new)


def merge(connection: Connection, how: Merge, rows: Sequence[Row]) -> None:
    """Inserts rows, or changes those whose keys are there."""
    connection.execute(_merging(connection.dialect.name, how), rows)


def migrate_alone(connection: Connection) -> None:
    """On a server: waits until no other process changes the tables. Raises CannotOpen where that takes too long.

    PostgreSQL lets the lock go with the transaction, MySQL with the connection.
    """
    if not connection.scalar(text(_ALONE[connection.dialect.name])):
        raise CannotOpen("store: another process has been migrating it for too long")


def bytes_on_server(connection: Connection) -> int:
    """What the tables and their indexes take, as the server knows it; it may have counted some minutes ago."""
    return int(connection.scalar(text(_SIZES[connection.dialect.name])) or 0)


def _insert(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    try:
        connection.execute(table.insert(), rows)
    except IntegrityError as error:
        raise _met_another() from error


def _met_another() -> WriteFailed:
    return WriteFailed("another process wrote the same at the same time; trying again")


def _key(table: Table, row: Row) -> tuple[Any, ...]:
    return tuple(row[column.name] for column in table.primary_key)


def _keys_there(connection: Connection, table: Table, rows: Sequence[Row]) -> set[tuple[Any, ...]]:
    columns = list(table.primary_key)
    found: set[tuple[Any, ...]] = set()
    for begin in range(0, len(rows), _AT_ONCE):
        keys = [_key(table, row) for row in rows[begin : begin + _AT_ONCE]]
        found.update(tuple(row) for row in connection.execute(select(*columns).where(tuple_(*columns).in_(keys))))
    return found


# Made once: to make a statement anew costs more than to execute it.
@cache
def _unless_there(table: Table) -> Insert:
    return cast("Insert", sqlite.insert(table).on_conflict_do_nothing())


@cache
def _merging(dialect: str, how: Merge) -> Insert:
    """The same in the words of each; MySQL tells by itself which key was met."""
    table = how.table
    if dialect == MYSQL:
        ours = mysql.insert(table)
        return cast("Insert", ours.on_duplicate_key_update(_changes(how, ours.inserted)))
    statement = (sqlite if dialect == _SQLITE else postgresql).insert(table)
    changes = _changes(how, statement.excluded)
    return cast("Insert", statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=changes))


def _changes(how: Merge, given: Any) -> dict[str, Any]:
    replaced = {name: given[name] for name in how.replaced}
    added = {name: how.table.c[name] + given[name] for name in how.added}
    return replaced | added | {name: null() for name in how.cleared}
