"""PostgreSQL by pg8000, whose connection may break at any moment.

The driver, which is plain Python, lets the errors of its socket through as they are. SQLAlchemy neither recognises them
nor replaces the connection then. So they are told here in the words by which it does.
"""

import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from typing import Any, Final

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.pg8000 import PGDialect_pg8000

DRIVER: Final = "postgresql+kubevigil"
"""This dialect's name in a URL of SQLAlchemy's; no user meets it."""

_BROKEN: Final = (OSError, EOFError, struct.error)
"""What a socket that broke, timed out, or ended in the middle of a message comes to."""


@contextmanager
def _told(dialect: PGDialect_pg8000) -> Iterator[None]:
    try:
        yield
    except _BROKEN as error:
        raise dialect.loaded_dbapi.InterfaceError(f"network error: {error}") from error


def _telling(name: str) -> Any:
    """The inherited method of that name, which tells what broke."""
    inherited = getattr(PGDialect_pg8000, name)

    @wraps(inherited)
    def method(self: PGDialect_pg8000, *arguments: Any, **options: Any) -> Any:
        with _told(self):
            return inherited(self, *arguments, **options)

    return method


class Dialect(PGDialect_pg8000):
    """As its parent, with errors of the network as errors of the database, after which a connection is replaced."""

    supports_statement_cache = True

    do_execute = _telling("do_execute")
    do_execute_no_params = _telling("do_execute_no_params")
    do_executemany = _telling("do_executemany")
    do_commit = _telling("do_commit")
    do_rollback = _telling("do_rollback")
    do_ping = _telling("do_ping")
    set_isolation_level = _telling("set_isolation_level")

    def connect(self, *arguments: Any, session: tuple[str, ...] = (), **options: Any) -> Any:
        """A new connection, on which the statements `session` have been run."""
        with _told(self):
            connection = super().connect(*arguments, **options)
            cursor = connection.cursor()
            for statement in session:
                cursor.execute(statement)
            connection.commit()
            return connection

    def do_close(self, dbapi_connection: Any) -> None:
        """Throws it away, whatever it says."""
        with suppress(*_BROKEN, self.loaded_dbapi.Error):
            dbapi_connection.close()


registry.register(DRIVER.replace("+", "."), __name__, Dialect.__name__)
