"""Opens a store on a server of MySQL, MariaDB or PostgreSQL, and what its connections are set to.

Nothing waits for ever: not for a connection, an answer, or another writer's turn. A connection that broke is replaced
by the pool before it is used; one that breaks in a transaction undoes it, and the caller tries again. A writer that was
cut off holds its turn until the server misses it, so servers are told to soon.
"""

import ssl
from typing import Any, Final, Literal

from sqlalchemy import URL, Engine, NullPool, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from kubevigil.store import postgresql
from kubevigil.store.address import MYSQL, POSTGRESQL, SSL_MODE, SSL_MODES, SSL_ROOT, place
from kubevigil.store.errors import CannotOpen, Damaged
from kubevigil.store.failures import words_of
from kubevigil.store.migration import migrate

CONNECT_SECONDS: Final = 10
ANSWER_SECONDS: Final = 30
_TURN_SECONDS: Final = 10
"""Less than an answer is waited for: a server would go on giving turns to those that have gone away."""

_MISSED_SECONDS: Final = 60
"""A transaction in which nothing happens for so long is the server's to undo."""

WRITING: Final = "READ COMMITTED"
"""Writers have the turn: what is committed by then is all that there is, and they must see it."""

READING: Final = "REPEATABLE READ"
"""Readers see one moment."""

# Strict: what does not fit a column is refused, never cut. MySQL reads what stands in /*M! */ as a remark.
_MYSQL_SESSION: Final = (
    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION',"
    f" innodb_lock_wait_timeout = {_TURN_SECONDS}, wait_timeout = {10 * _MISSED_SECONDS}"
    f" /*M!100300 , idle_transaction_timeout = {_MISSED_SECONDS} */"
)
_POSTGRESQL_SESSION: Final = (
    f"SET lock_timeout = '{_TURN_SECONDS}s'",
    f"SET idle_in_transaction_session_timeout = '{_MISSED_SECONDS}s'",
)
_UNICODE: Final = "UTF8"
_EXTRAS: Final = {MYSQL: "mysql", POSTGRESQL: "postgresql"}


def open_server(url: URL) -> Engine:
    """The database at `url`, its tables made or migrated as needed.

    Raises CannotOpen when the server cannot be reached or refuses, NewerSchema when a later version wrote the tables.
    """
    migrate_server(url)
    return server_engine(url, WRITING)


def migrate_server(url: URL) -> None:
    """Makes or migrates the tables. Raises as `open_server`."""
    engine = server_engine(url, WRITING, pooled=False)
    try:
        _require_unicode(engine)
        migrate(engine)
    except SQLAlchemyError as error:
        raise CannotOpen(f"store: {place(url)}: {words_of(error)}") from error
    except Damaged as error:
        raise CannotOpen(f"store: {place(url)}: {error}") from error
    finally:
        engine.dispose()


def _require_unicode(engine: Engine) -> None:
    """PostgreSQL has one encoding a database, and one that lacks a character refuses the whole batch, each time.

    Raises CannotOpen. In MySQL each table says its own.
    """
    if engine.dialect.name != POSTGRESQL:
        return
    with engine.connect() as connection:
        encoding = connection.scalar(text("SHOW server_encoding"))
    if encoding != _UNICODE:
        raise CannotOpen(
            f"store: {place(engine.url)}: the database's encoding is {encoding}, it has to be {_UNICODE}: make it with"
            f" CREATE DATABASE {engine.url.database} TEMPLATE template0 ENCODING '{_UNICODE}'"
        )


def server_engine(url: URL, isolation: str, *, pooled: bool = True) -> Engine:
    """An engine for the database. Raises CannotOpen without the driver or the file of certificates."""
    backend = url.get_backend_name()
    bare = url.set(query={}, drivername=url.drivername if backend == MYSQL else postgresql.DRIVER)
    pool: dict[str, Any] = {"pool_pre_ping": True} if pooled else {"poolclass": NullPool}
    arguments = _mysql_arguments() if backend == MYSQL else _postgresql_arguments()
    context = _tls(url)
    if backend == MYSQL:
        arguments |= {"ssl": context} if context else {"ssl_disabled": True}
    else:
        arguments["ssl_context"] = context
    try:
        engine = create_engine(bare, isolation_level=isolation, connect_args=arguments, **pool)
    except ImportError as error:
        extra = _EXTRAS[backend]
        raise CannotOpen(f"store: the driver is missing; install it: pip install 'kubevigil[{extra}]'") from error
    if backend != MYSQL:
        engine.dialect.use_insertmanyvalues_wo_returning = True  # many rows in one statement, as PyMySQL sends them
    return engine


def _mysql_arguments() -> dict[str, Any]:
    return {
        "charset": "utf8mb4",
        "connect_timeout": CONNECT_SECONDS,
        "read_timeout": ANSWER_SECONDS,
        "write_timeout": ANSWER_SECONDS,
        "init_command": _MYSQL_SESSION,
    }


def _postgresql_arguments() -> dict[str, Any]:
    return {"timeout": ANSWER_SECONDS, "application_name": "kubevigil", "session": _POSTGRESQL_SESSION}


def _tls(url: URL) -> ssl.SSLContext | Literal[False]:
    """What checks the server's certificate and its name; False where the connection is not encrypted."""
    if url.query.get(SSL_MODE, SSL_MODES[0]) == SSL_MODES[0]:
        return False
    root = url.query.get(SSL_ROOT)
    try:
        return ssl.create_default_context(cafile=str(root) if root else None)
    except (OSError, ssl.SSLError) as error:
        raise CannotOpen(f"store: {SSL_ROOT}: cannot read {root}: {error}") from error
