"""Reads the four tables of kubernetes-pod-monitor in MySQL or MariaDB, and changes nothing.

All is read in one transaction that sees one moment, the history a thousand rows at a time. The only importer of
pymysql, which is not installed with the others: who imports this module must expect it to be missing.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

import pymysql

from kubevigil.model.wording import one_line
from kubevigil.moving.address import Address
from kubevigil.moving.errors import BadAddress, NotTheirs, Unreachable
from kubevigil.moving.rows import Channel, Counted, Crash, Ignored, counted_of, crash_of, text_of

HISTORY: Final = "k8s_pod_crash"
CHANNELS: Final = "k8s_pod_crash_notify"
IGNORED: Final = "k8s_crash_ignore_notify"
STATE: Final = "k8s_crash_monitor"
"""The only one whose name can be set."""

_AT_ONCE: Final = 1000
_CONNECT_SECONDS: Final = 10
_READ_SECONDS: Final = 300
_NO_SUCH_TABLE: Final = 1146


class Source:
    """Their database while it is open. Each method raises Unreachable where it does not answer.

    A table that is not there is as an empty one. Rows are those of one cluster, whose name has no case in MySQL.
    """

    def __init__(self, connection: Any, state_table: str) -> None:
        self._connection = connection
        self._state = state_table

    def tables(self) -> set[str]:
        """Those of the four that are there."""
        wanted = (HISTORY, CHANNELS, IGNORED, self._state)
        rows = self._all(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()"
            " AND table_name IN (%s, %s, %s, %s)",
            *wanted,
        )
        return {name for (name,) in rows}

    def clusters(self) -> list[str]:
        """The names of all clusters that any of the tables knows."""
        found: set[str] = set()
        for table in (HISTORY, CHANNELS, IGNORED, self._state):
            query = f"SELECT DISTINCT clustername FROM {_quoted(table)}"  # noqa: S608  quoted
            found.update(text_of(name) for (name,) in self._all(query))
        return sorted(found)

    def channels(self, cluster: str) -> list[Channel]:
        """Where it told of each namespace."""
        rows = self._all(f"SELECT namespace, slack_channel FROM `{CHANNELS}` WHERE clustername = %s", cluster)  # noqa: S608
        return [Channel(*map(text_of, row)) for row in rows]

    def ignored(self, cluster: str) -> list[Ignored]:
        """Of which containers it told nobody."""
        rows = self._all(f"SELECT namespace, containername FROM `{IGNORED}` WHERE clustername = %s", cluster)  # noqa: S608
        return [Ignored(*map(text_of, row)) for row in rows]

    def containers(self, cluster: str) -> set[tuple[str, str]]:
        """Every container that ever crashed: namespace and name."""
        found: set[tuple[str, str]] = set()
        for table in (HISTORY, self._state):
            query = f"SELECT DISTINCT namespace, containername FROM {_quoted(table)} WHERE clustername = %s"  # noqa: S608  quoted
            found.update((text_of(namespace), text_of(name)) for namespace, name in self._all(query, cluster))
        return found

    def counted(self, cluster: str, since: float) -> Iterator[Counted]:
        """Rows of its state that it changed since then (Unix time) and was done with."""
        query = (
            f"SELECT namespace, podname, containername, restartcount, edited_at FROM {_quoted(self._state)}"  # noqa: S608  quoted
            " WHERE clustername = %s AND edited_at >= %s AND retries = 0"
        )
        rows = (counted_of(row) for row in self._all(query, cluster, int(since)))
        return (row for row in rows if row is not None)

    def states(self, cluster: str) -> int:
        """How many rows its state has."""
        return self._number(f"SELECT COUNT(*) FROM {_quoted(self._state)} WHERE clustername = %s", cluster)  # noqa: S608  quoted

    def crashes(self, cluster: str, since: datetime | None = None) -> int:
        """How many rows its history has, in all or since that date; those without a date are in the first only."""
        query = f"SELECT COUNT(*) FROM `{HISTORY}` WHERE clustername = %s"  # noqa: S608  a name of ours
        return (
            self._number(query, cluster) if since is None else self._number(f"{query} AND date >= %s", cluster, since)
        )

    def history(self, cluster: str, since: datetime) -> Iterator[list[Crash | None]]:
        """The crashes that it noticed since then, newest first, in pages; None for a row that tells of none."""
        query = (
            f"SELECT id, namespace, containername, restartcount, date FROM `{HISTORY}`"  # noqa: S608  a name of ours
            " WHERE clustername = %s AND date >= %s AND id < %s ORDER BY id DESC LIMIT %s"
        )
        before = 2**63 - 1
        while rows := self._all(query, cluster, since, before, _AT_ONCE):
            yield [crash_of(row) for row in rows]
            before = rows[-1][0]

    def _number(self, query: str, *values: Any) -> int:
        rows = self._all(query, *values)
        return int(rows[0][0]) if rows else 0

    def _all(self, query: str, *values: Any) -> Sequence[tuple[Any, ...]]:
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(query, values)
                rows: Sequence[tuple[Any, ...]] = cursor.fetchall()
                return rows
        except pymysql.err.ProgrammingError as error:
            if error.args and error.args[0] == _NO_SUCH_TABLE:
                return ()
            raise _unreachable(error) from error
        except pymysql.err.MySQLError as error:
            raise _unreachable(error) from error


@contextmanager
def opened(address: Address, password: str, state_table: str = STATE) -> Iterator[Source]:
    """Their database, to be read only.

    Raises Unreachable, NotTheirs where none of the tables is there, and BadAddress without the file of certificates.
    """
    connection = _connected(address, password)
    try:
        source = Source(connection, state_table)
        if not source.tables():
            tables = f"{HISTORY}, {CHANNELS}, {IGNORED}, {state_table}"
            raise NotTheirs(f"{address}: has none of kubernetes-pod-monitor's tables ({tables}); another database?")
        yield source
    finally:
        connection.close()


def _connected(address: Address, password: str) -> Any:
    tls = {"ssl_ca": address.ca_file, "ssl_verify_cert": True, "ssl_verify_identity": True} if address.ca_file else {}
    try:
        connection = pymysql.connect(
            host=address.host,
            port=address.port,
            user=address.user,
            password=password,
            database=address.database,
            charset="utf8mb4",
            connect_timeout=_CONNECT_SECONDS,
            read_timeout=_READ_SECONDS,
            **tls,
        )
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
    except pymysql.err.MySQLError as error:
        raise Unreachable(f"{address}: {_words(error)}") from error
    except OSError as error:  # of the file: the network's are the driver's own
        raise BadAddress(f"{address}: ssl_ca: cannot read {address.ca_file}: {error}") from error
    return connection


def _unreachable(error: Exception) -> Unreachable:
    return Unreachable(f"the database: {_words(error)}")


def _words(error: Exception) -> str:
    """What the server said, on one line, without its number."""
    return one_line(str(error.args[-1] if error.args else error))


def _quoted(name: str) -> str:
    return f"`{name.replace('`', '``')}`"
