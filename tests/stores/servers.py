"""Real servers of MariaDB and PostgreSQL on the loopback, in scratch folders, as a user without privileges.

Debian's packages `mariadb-server` and `postgresql` have them (`testbed/install --databases`). No service of the machine
is used or changed; a server is stopped by the ids of its own processes.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from tempfile import mkdtemp

import trustme
from sqlalchemy import URL, create_engine, delete, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from kubevigil.store import schema
from kubevigil.store.address import address_of
from kubevigil.store.server import migrate_server
from tests.ports import free_port

USER = "kubevigil"
PASSWORD = "a word: 50% of it/odd@"
START_SECONDS = 60
NOBODY = "nobody"

_NUMBERS = count(1)


class Server:
    """One server, by the name of its engine. It keeps its folder and its port when it is killed and started again."""

    def __init__(self, name: str, folder: Path, port: int, command: list[str]) -> None:
        self.name = name
        self.folder = folder
        self.port = port
        self._more: list[str] = []
        self._shared: URL | None = None
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it, and waits until it answers."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            with (self.folder / "log").open("ab") as log:
                self._process = _popen([*self._command, *self._more], log)
            while self._process.poll() is None:
                if self.answers():
                    return
                assert time.monotonic() < deadline, f"not within {START_SECONDS} s: {self.name}, see {self.folder}/log"
                time.sleep(0.05)
            # What a killed server left behind, such as its backends, may still be going.
            assert time.monotonic() < deadline, f"{self.name} does not start:\n{(self.folder / 'log').read_text()}"
            time.sleep(0.2)

    def answers(self) -> bool:
        try:
            self._administer("SELECT 1")
        except SQLAlchemyError:
            return False
        return True

    def kill(self) -> None:
        """As a power cut would end it, with all that runs for it."""
        for process in self._processes():
            os.kill(process, signal.SIGKILL)
        assert self._process is not None
        self._process.wait()

    def freeze(self) -> None:
        """It does not answer any more, and does not say so."""
        for process in self._processes():
            os.kill(process, signal.SIGSTOP)

    def thaw(self) -> None:
        for process in reversed(self._processes()):
            os.kill(process, signal.SIGCONT)

    def close(self) -> None:
        """Ends it, and removes its folder."""
        if self._process is not None and self._process.poll() is None:
            self.thaw()
            self.kill()
        shutil.rmtree(self.folder)

    def show(self, certificate: trustme.LeafCert | None) -> None:
        """Starts it again, with TLS by that certificate, or without."""
        self.kill()
        self._more = [] if certificate is None else self._tls(certificate)
        self.start()

    def _tls(self, certificate: trustme.LeafCert) -> list[str]:
        key, chain = self.folder / "key.pem", self.folder / "chain.pem"
        certificate.private_key_pem.write_to_path(str(key))
        certificate.cert_chain_pems[0].write_to_path(str(chain))
        key.chmod(0o600)
        if os.geteuid() == 0:
            shutil.chown(key, NOBODY)
        if self.name == "mariadb":
            return [f"--ssl-cert={chain}", f"--ssl-key={key}"]
        return ["-c", "ssl=on", "-c", f"ssl_cert_file={chain}", "-c", f"ssl_key_file={key}"]

    def create(self) -> URL:
        """A new, empty database."""
        name = f"test_{next(_NUMBERS)}"
        self._administer(f"CREATE DATABASE {name}")
        return self.url(name)

    def emptied(self) -> URL:
        """A store without rows, the same each time: to make tables takes a second or two."""
        if self._shared is None:
            self._shared = self.create()
            migrate_server(self._shared)
        engine = create_engine(self._shared, poolclass=NullPool)
        with engine.begin() as connection:
            for table in schema.metadata.sorted_tables:
                connection.execute(delete(table))
            rows = {schema.VERSION_ROW: str(schema.VERSION), schema.LAST_CRASH_ROW: "0"}
            connection.execute(schema.meta.insert(), [{"name": name, "value": value} for name, value in rows.items()])
        return self._shared

    def url(self, database: str, user: str = USER, password: str = PASSWORD, **query: str) -> URL:
        url = URL.create(self.name, user, password, "127.0.0.1", self.port, database, query)
        address = address_of(url.render_as_string(hide_password=False))
        assert isinstance(address, URL)
        return address

    def _administer(self, statement: str) -> None:
        database = "postgres" if self.name == "postgresql" else "mysql"
        engine = create_engine(self.url(database), poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))

    def administer(self, url: URL, statement: str) -> None:
        """Runs a statement in a database, as its owner."""
        engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))

    def _processes(self) -> list[int]:
        assert self._process is not None
        main = self._process.pid
        children = Path(f"/proc/{main}/task/{main}/children").read_text(encoding="ascii").split()
        return [main, *map(int, children)]


def mariadb() -> Server:
    """A server that has just begun."""
    folder, port = _scratch("mariadb")
    data = folder / "data"
    _run(
        "mariadb-install-db",
        "--no-defaults",
        f"--datadir={data}",
        "--auth-root-authentication-method=normal",
        "--skip-test-db",
        f"--user={_account()}",
    )
    init = folder / "init.sql"
    init.write_text(
        f"CREATE USER IF NOT EXISTS '{USER}'@'%' IDENTIFIED BY '{PASSWORD}';\n"
        f"GRANT ALL PRIVILEGES ON *.* TO '{USER}'@'%' WITH GRANT OPTION;\n"
    )
    command = [
        _found("mariadbd", "/usr/sbin"),
        "--no-defaults",
        f"--datadir={data}",
        f"--socket={folder}/socket",
        f"--pid-file={folder}/pid",
        f"--init-file={init}",
        f"--user={_account()}",
        f"--port={port}",
        "--bind-address=127.0.0.1",
        "--skip-name-resolve",
        "--innodb-buffer-pool-size=64M",
        "--innodb-flush-log-at-trx-commit=2",  # a killed process loses nothing, and no test cuts the power
    ]
    return _started(Server("mariadb", folder, port, command))


def postgresql() -> Server:
    """A server that has just begun."""
    folder, port = _scratch("postgresql")
    data = folder / "data"
    password = folder / "password"
    password.write_text(PASSWORD)
    programs = _newest(Path("/usr/lib/postgresql"))
    _run(
        _found("initdb", programs),
        f"--pgdata={data}",
        f"--username={USER}",
        f"--pwfile={password}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
    )
    command = [
        _found("postgres", programs),
        *("-D", str(data), "-p", str(port), "-h", "127.0.0.1", "-k", str(folder)),
        *("-c", "fsync=off", "-c", "shared_buffers=32MB", "-c", "max_connections=60"),
    ]
    return _started(Server("postgresql", folder, port, command))


STARTERS: dict[str, Callable[[], Server]] = {"mariadb": mariadb, "postgresql": postgresql}


def _started(server: Server) -> Server:
    try:
        server.start()
    except BaseException:
        server.close()
        raise
    return server


def _scratch(name: str) -> tuple[Path, int]:
    folder = Path(mkdtemp(prefix=f"kubevigil-{name}-"))
    shutil.chown(folder, _account())
    return folder, free_port()


def _account() -> str:
    """Who runs the servers: both refuse to be root's."""
    return NOBODY if os.geteuid() == 0 else str(os.geteuid())


def _popen(command: list[str], log: object) -> subprocess.Popen[bytes]:
    as_user = {"user": NOBODY, "extra_groups": ()} if os.geteuid() == 0 else {}
    return subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd="/", **as_user)  # type: ignore[call-overload,no-any-return]


def _run(*command: str) -> None:
    process = _popen(list(command), subprocess.PIPE)
    with process:
        told, _ = process.communicate(timeout=START_SECONDS)
    assert process.returncode == 0, told.decode()


def _found(program: str, *folders: object) -> str:
    path = os.pathsep.join([*map(str, folders), os.environ.get("PATH", "")])
    found = shutil.which(program, path=path)
    assert found is not None, f"no {program} here: testbed/install --databases"
    return found


def _newest(folder: Path) -> Path:
    versions: Iterator[Path] = (path for path in folder.glob("*") if path.name.isdecimal())
    return max(versions, key=lambda path: int(path.name), default=folder) / "bin"
