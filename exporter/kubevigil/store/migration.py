"""Brings a store to this version's schema, forward only, in one transaction: interrupted, it has not begun."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Engine, Row, select, text, update

from kubevigil.store import schema
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
    """Creates the tables, or adds to those of an older version. Raises NewerSchema for a later one, and Damaged."""
    with engine.begin() as connection:
        verdict = connection.scalar(text("PRAGMA quick_check(1)"))
        if verdict != "ok":
            raise Damaged(str(verdict))
        schema.metadata.create_all(connection)
        for version in range(_found(connection), schema.VERSION):
            _STEPS[version](connection)
        connection.execute(update(_meta).where(_meta.c.name == "schema").values(value=str(schema.VERSION)))


def found_version(connection: Connection) -> int | None:
    """The version of the schema that is there; None where none is noted. Raises Damaged when it is no number."""
    found = connection.scalar(select(_meta.c.value).where(_meta.c.name == "schema"))
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


def _found(connection: Connection) -> int:
    """The version to migrate from, which for tables that were created just now is the present one."""
    version = found_version(connection)
    if version is None:
        connection.execute(_meta.insert().values(name="schema", value=str(schema.VERSION)))
        return schema.VERSION
    if version > schema.VERSION:
        raise newer(version)
    return version


def _order_crashes(connection: Connection) -> None:
    """1 to 2: each crash gets its place in the order of commits, and its series."""
    ids = connection.scalars(select(_crashes.c.id).order_by(_crashes.c.observed_at, _crashes.c.id)).all()
    for begin in range(0, len(ids), _ROWS_AT_ONCE):
        part = ids[begin : begin + _ROWS_AT_ONCE]
        rows = {row.id: row for row in connection.execute(select(_crashes).where(_crashes.c.id.in_(part)))}
        places = [{"id": id_, "series": _series(rows[id_])} for id_ in part]
        connection.execute(schema.crash_order.insert(), places)


def _nothing_to_send(_: Connection) -> None:
    """2 to 3: the outbox's tables were made, and begin empty: what was recorded without a sink is not sent."""


def _series(row: Row[Any]) -> str:
    """A record that cannot be read stays, in a series of its own."""
    try:
        crash = msgspec.json.decode(row.record, type=_Crash)
    except (msgspec.MsgspecError, UnicodeError, TypeError):
        return str(row.id)
    return series_of(row.cluster, crash.pod_uid, crash.container.name)


_meta: Final = schema.meta
_crashes: Final = schema.crashes
_STEPS: Final[Mapping[int, Callable[[Connection], None]]] = MappingProxyType({1: _order_crashes, 2: _nothing_to_send})
