"""The SQL that a migration would run, for whoever wants to read it first or may not let Kubevigil change tables.

Where a migration changes rows by more than SQL knows, that is told in a remark, and the version is not noted: who ran
what is printed has the tables, and `kubevigil store migrate` does the rest.
"""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Final

from sqlalchemy import ClauseElement, Connection, Dialect, inspect, select, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.schema import CreateIndex, CreateTable, ExecutableDDLElement

from kubevigil.store import schema
from kubevigil.store.address import Address
from kubevigil.store.dialects import on_server
from kubevigil.store.errors import NoStore
from kubevigil.store.migration import newer, steps_beyond_tables, version_there
from kubevigil.store.readonly import read_only, unreadable


def statements(address: Address) -> list[str]:
    """What is to be done to the store at `address`, in order, each ending in ';' or being a remark; none if nothing is.

    Nothing is changed or made. Raises CannotOpen when it cannot be read, NewerSchema, and Damaged.
    """
    engine = read_only(address)
    try:
        with engine.connect() as connection:
            return list(_from_there(connection))
    except NoStore:
        dialect = sqlite.dialect()
        return [*_tables(dialect, {}), _sql(_NOTE_NEW, dialect)]
    except SQLAlchemyError as error:
        raise unreadable(engine, error) from error
    finally:
        engine.dispose()


def version_of(address: Address) -> int | None:
    """The version of the schema there; None where there are no tables yet. Raises as `statements`."""
    engine = read_only(address)
    try:
        with engine.connect() as connection:
            return version_there(connection)
    except NoStore:
        return None
    except SQLAlchemyError as error:
        raise unreadable(engine, error) from error
    finally:
        engine.dispose()


def _from_there(connection: Connection) -> Iterator[str]:
    version = version_there(connection)
    if version == schema.VERSION:
        return
    if version is not None and version > schema.VERSION:
        raise newer(version)
    dialect, server = connection.dialect, on_server(connection)
    there = _there(connection)
    yield from _tables(dialect, there, complete=server)
    if server and not (schema.meta.name in there and connection.scalar(_LAST_CRASH)):
        yield _sql(schema.meta.insert().values(name=schema.LAST_CRASH_ROW, value="0"), dialect)
    if remarks := steps_beyond_tables(version):
        yield from (f"-- Run `kubevigil store migrate` after this, which does the rest: {told}" for told in remarks)
    else:
        yield _sql(_NOTE_NEW if version is None else _NOTE, dialect)


def _there(connection: Connection) -> dict[str, set[str]]:
    """The tables, each with the names of its indexes."""
    found = inspect(connection)
    return {
        table: {str(index["name"]) for index in found.get_indexes(table)}
        for table in found.get_table_names()
        if table in schema.metadata.tables
    }


def _tables(dialect: Dialect, there: Mapping[str, AbstractSet[str]], *, complete: bool = False) -> Iterator[str]:
    """What makes the tables that are not there, and if `complete` the indexes that those which are there lack."""
    for table in schema.metadata.sorted_tables:
        if table.name not in there:
            yield _sql(CreateTable(table), dialect)
        elif not complete:
            continue
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            if index.name not in there.get(table.name, ()):
                yield _sql(CreateIndex(index), dialect)


def _sql(what: ClauseElement, dialect: Dialect) -> str:
    values = {} if isinstance(what, ExecutableDDLElement) else {"literal_binds": True}
    lines = str(what.compile(dialect=dialect, compile_kwargs=values)).strip().splitlines()
    return "\n".join(line.rstrip().replace("\t", "  ") for line in lines if line.strip()) + ";"


_VERSION: Final = {"value": str(schema.VERSION)}
_NOTE: Final = update(schema.meta).where(schema.meta.c.name == schema.VERSION_ROW).values(_VERSION)
_NOTE_NEW: Final = schema.meta.insert().values(name=schema.VERSION_ROW, **_VERSION)
_LAST_CRASH: Final = select(schema.meta.c.name).where(schema.meta.c.name == schema.LAST_CRASH_ROW)
