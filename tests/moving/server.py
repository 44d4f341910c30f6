"""A real MariaDB on loopback, from Debian's packages, and in it the tables of kubernetes-pod-monitor."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pymysql

from tests.cluster.cluster import wait_for
from tests.ports import free_port

USER: Final = "admin"
PASSWORD: Final = "pa55 w'ord"
_ACCOUNT: Final = "mysql"
"""Whom Debian's package makes to run it; a server of the database refuses to run as root."""

_START_SECONDS: Final = 60.0
_STOP_SECONDS: Final = 30.0

_TABLES: Final = """
CREATE TABLE k8s_crash_monitor (
  clustername char(64) NOT NULL, namespace char(64) NOT NULL, podname char(255) NOT NULL,
  containername char(255) NOT NULL, restartcount int(11) DEFAULT NULL, retries int(11) DEFAULT NULL,
  edited_at int(11) DEFAULT NULL, PRIMARY KEY (clustername, namespace, podname, containername));
CREATE TABLE k8s_pod_crash (
  id int(11) NOT NULL AUTO_INCREMENT PRIMARY KEY, clustername varchar(120) NOT NULL, namespace varchar(120) NOT NULL,
  containername varchar(120) NOT NULL, restartcount int(11) NOT NULL DEFAULT 0, date datetime(6) DEFAULT NULL);
CREATE TABLE k8s_pod_crash_notify (
  clustername varchar(255) NOT NULL, namespace varchar(255) NOT NULL, slack_channel varchar(255) NOT NULL,
  PRIMARY KEY (clustername, namespace));
CREATE TABLE k8s_crash_ignore_notify (
  clustername varchar(255) NOT NULL, namespace varchar(255) NOT NULL, containername varchar(255) NOT NULL,
  PRIMARY KEY (clustername, namespace, containername))
"""
"""Names, types and keys as its schema has them."""


@dataclass(frozen=True)
class Server:
    """One that runs; `USER` may read all of it, and nothing else."""

    port: int
    socket: Path

    def run(self, database: str, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """As its administrator."""
        where = {"unix_socket": str(self.socket), "database": database or None}
        connection = pymysql.connect(**where, user="root", ssl_disabled=True, autocommit=True)
        with connection, connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            return list(cursor.fetchall())


class Theirs:
    """A database of kubernetes-pod-monitor."""

    def __init__(self, server: Server, name: str) -> None:
        self._server = server
        self._name = name
        server.run("", f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        for table in _TABLES.split(";"):
            self.run(table)

    @property
    def url(self) -> str:
        return f"mysql://{USER}@127.0.0.1:{self._server.port}/{self._name}"

    def run(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        return self._server.run(self._name, statement, *values)

    def crashed(
        self, date: str | None, *, count: int = 1, times: int = 1, namespace: str = "shop", container: str = "app"
    ) -> None:
        """What it writes when it has told of a crash, in a cluster called dev; `times` count up from `count`."""
        rows = [("dev", namespace, container, count + number, date) for number in range(times)]
        fields = "clustername, namespace, containername, restartcount, date"
        marks = ", ".join(["(%s, %s, %s, %s, %s)"] * times)
        self.run(f"INSERT INTO k8s_pod_crash ({fields}) VALUES {marks}", *(value for row in rows for value in row))

    def counted(
        self, pod: str, edited_at: float, *, count: int = 1, namespace: str = "shop", container: str = "app"
    ) -> None:
        """What it writes right after that."""
        self.run(
            "REPLACE INTO k8s_crash_monitor VALUES ('dev', %s, %s, %s, %s, 0, %s)",
            namespace,
            pod,
            container,
            count,
            int(edited_at),
        )

    def channel(self, namespace: str, channel: str) -> None:
        self.run("INSERT INTO k8s_pod_crash_notify VALUES ('dev', %s, %s)", namespace, channel)

    def ignore(self, namespace: str, container: str) -> None:
        self.run("INSERT INTO k8s_crash_ignore_notify VALUES ('dev', %s, %s)", namespace, container)

    def fingerprint(self) -> list[tuple[Any, ...]]:
        """Changes with every row."""
        tables = ", ".join(name for (name,) in self.run("SHOW TABLES"))
        return self.run(f"CHECKSUM TABLE {tables}")


@contextmanager
def running() -> Iterator[Server]:
    """Starts it in a folder of its own, waits until it answers, and ends it."""
    folder = Path(tempfile.mkdtemp(prefix="kubevigil-mariadb-"))
    try:
        with _started(folder) as server:
            server.run("", f"CREATE USER {USER}@'127.0.0.1' IDENTIFIED BY %s", PASSWORD)
            server.run("", f"GRANT SELECT ON *.* TO {USER}@'127.0.0.1'")
            yield server
    finally:
        shutil.rmtree(folder)


@contextmanager
def _started(folder: Path) -> Iterator[Server]:
    data, log = folder / "data", folder / "log"
    flags = ["--no-defaults", f"--datadir={data}"]
    if os.geteuid() == 0:
        shutil.chown(folder, _ACCOUNT, _ACCOUNT)
        flags.append(f"--user={_ACCOUNT}")
    install = ["nice", "mariadb-install-db", *flags, "--auth-root-authentication-method=normal", "--skip-test-db"]
    subprocess.run(install, check=True, capture_output=True)
    server = Server(free_port(), folder / "socket")
    options = [
        f"--port={server.port}",
        f"--socket={server.socket}",
        f"--pid-file={folder / 'pid'}",
        "--bind-address=127.0.0.1",
    ]
    # By default it takes the memory of a machine of its own; and no test needs its writes to survive a power cut.
    small = ["--innodb-buffer-pool-size=32M", "--innodb-flush-log-at-trx-commit=0", "--skip-log-bin"]
    with log.open("wb") as output:
        process = subprocess.Popen(["nice", _program(), *flags, *options, *small], stdout=output, stderr=output)
        try:
            wait_for("MariaDB", lambda: _answers(server, process, log), _START_SECONDS)
            yield server
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:  # nothing in there is worth the wait
        process.kill()
        process.wait(_STOP_SECONDS)


def _program() -> str:
    found = shutil.which("mariadbd") or shutil.which("mariadbd", path="/usr/sbin")
    assert found, "there is no mariadbd: apt-get install mariadb-server"
    return found


def _answers(server: Server, process: subprocess.Popen[bytes], log: Path) -> bool:
    assert process.poll() is None, log.read_text(errors="replace")
    # It listens once the file is there. To try before that would leave sockets open in pymysql.
    return server.socket.exists() and bool(server.run("", "SELECT 1"))
