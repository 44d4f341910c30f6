"""Brings a store to this version's schema, forward only, in one transaction: interrupted, it has not begun.

MySQL commits each change of a table at once. So there the version is noted last, and what an interrupted migration
left is taken as it is. On a server one process migrates at a time, and a schema that is up to date is not touched, so
that the exporter's account need not be allowed to change tables.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Engine, Row, select, text, update

from kubevigil.store import schema
from kubevigil.store.dialects import insert_absent, migrate_alone, on_server
from kubevigil.store.errors import Damaged, NewerSchema
from kubevigil.store.identity import series_of

_ROWS_AT_ONCE: Final = 1000


class _Container(Struct, frozen=True):
    name: str = ""


class _Crash(Struct):
    """What of a record its series is made of."""

    pod_uid: str = ""
    container: _Container = _Container()


def migrate(engine: Engine) -> None:
    """Creates the tables, or adds to those of an older version.

    Raises NewerSchema for a later one, Damaged, and CannotOpen where another process has been migrating for too long.
    """
    with engine.begin() as connection:
        if not on_server(connection):
            _check_whole(connection)
        elif version_there(connection) == schema.VERSION:
            return
        else:
            migrate_alone(connection)
        _migrate(connection)


def _check_whole(connection: Connection) -> None:
    verdict = connection.scalar(text("PRAGMA quick_check(1)"))
    if verdict != "ok":
        raise Damaged(str(verdict))


def _migrate(connection: Connection) -> None:
    before = version_there(connection)
    if before is not None and before > schema.VERSION:
        raise newer(before)
    _create(connection)
    for version in _steps_from(before):
        _STEPS[version](connection)
    _note(connection, before)


def version_there(connection: Connection) -> int | None:
    """As `found_version`; None also where there are no tables yet."""
    return found_version(connection) if connection.dialect.has_table(connection, _meta.name) else None


def found_version(connection: Connection) -> int | None:
    """The version of the schema that is there; None where none is noted. Raises Damaged when it is no number."""
    found = connection.scalar(select(_meta.c.value).where(_meta.c.name == schema.VERSION_ROW))
    if found is None:
        return None
    if not str(found).isdecimal():
        raise Damaged(f"its schema version is {found!r}")
    return int(found)


def newer(version: int) -> NewerSchema:
    """The refusal of a store that a later version of Kubevigil wrote."""
    return NewerSchema(
        f"store: its schema is version {version}, this Kubevigil knows {schema.VERSION}: run the newer one again"
    )


def steps_beyond_tables(before: int | None) -> list[str]:
    """What a migration from that version does to rows, each step in a sentence; None is a store without tables."""
    return [str(_STEPS[version].__doc__) for version in _steps_from(before)]


def _steps_from(before: int | None) -> list[int]:
    return [version for version in sorted(_STEPS) if before is not None and version >= before]


def _create(connection: Connection) -> None:
    """The tables that are not there. On a server an earlier attempt may have made a table without its indexes."""
    schema.metadata.create_all(connection)
    if on_server(connection):
        for table in schema.metadata.sorted_tables:
            for index in sorted(table.indexes, key=lambda index: str(index.name)):
                index.create(connection, checkfirst=True)
        insert_absent(connection, _meta, [{"name": schema.LAST_CRASH_ROW, "value": "0"}])


def _note(connection: Connection, before: int | None) -> None:
    """Writes the present version down."""
    version = {"value": str(schema.VERSION)}
    if before is None:
        connection.execute(_meta.insert().values(name=schema.VERSION_ROW, **version))
    else:
        connection.execute(update(_meta).where(_meta.c.name == schema.VERSION_ROW).values(**version))


def _order_crashes(connection: Connection) -> None:
    """1 to 2: each crash gets its place in the order of commits, and its series."""
    ids = connection.scalars(select(_crashes.c.id).order_by(_crashes.c.observed_at, _crashes.c.id)).all()
    for begin in range(0, len(ids), _ROWS_AT_ONCE):
        part = ids[begin : begin + _ROWS_AT_ONCE]
        rows = {row.id: row for row in connection.execute(select(_crashes).where(_crashes.c.id.in_(part)))}
        places = [{"id": id_, "series": _series(rows[id_])} for id_ in part]
        connection.execute(schema.crash_order.insert(), places)


def _series(row: Row[Any]) -> str:
    """A record that cannot be read stays, in a series of its own."""
    try:
        crash = msgspec.json.decode(row.record, type=_Crash)
    except (msgspec.MsgspecError, UnicodeError, TypeError):
        return str(row.id)
    return series_of(row.cluster, crash.pod_uid, crash.container.name)


_meta: Final = schema.meta
_crashes: Final = schema.crashes
_STEPS: Final[Mapping[int, Callable[[Connection], None]]] = MappingProxyType({1: _order_crashes})
"""By the version before. From 2 to 3 (the outbox) and 3 to 4 (health checks' metrics) tables were added, which begin
empty."""
