"""Where a store is: in a file of SQLite's, or in a database on a server of MySQL, MariaDB or PostgreSQL."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from sqlalchemy import URL
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from kubevigil.store.errors import CannotOpen

FILE_NAME: Final = "kubevigil.db"

Address = Path | URL
"""The file, which need not be there yet; or the database's URL, whose `repr` and `str` hide the password."""

MYSQL: Final = "mysql"
POSTGRESQL: Final = "postgresql"

_BACKENDS: Final[Mapping[str, str]] = MappingProxyType(
    {"mysql": MYSQL, "mariadb": MYSQL, "postgresql": POSTGRESQL, "postgres": POSTGRESQL}
)
"""What users call it, and what SQLAlchemy does: it treats MariaDB as MySQL and finds out which it is."""

_DRIVERS: Final[Mapping[str, str]] = MappingProxyType({MYSQL: "pymysql", POSTGRESQL: "pg8000"})

SSL_MODE: Final = "sslmode"
SSL_ROOT: Final = "sslrootcert"
SSL_MODES: Final = ("disable", "verify-full")
"""By PostgreSQL's names: unencrypted, or with a certificate that is checked, name included."""

_EXAMPLE: Final = (
    "expected such as sqlite:////var/lib/kubevigil/kubevigil.db or postgresql://user:password@host/database"
)


def address_of(url: str) -> Address:
    """The address that a URL names. Raises CannotOpen for one that is not understood, or names no store of ours."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise CannotOpen(f"store: not a database URL; {_EXAMPLE}") from error
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        return _file(parsed)
    if backend in _BACKENDS:
        if url.count("@") > 1:  # what follows the first would be taken for the host, which is shown
            raise CannotOpen("store: the URL has more than one @; in a password it is written %40")
        return _server(parsed, _BACKENDS[backend])
    raise CannotOpen(f"store: {backend} is not supported; expected sqlite, mysql, mariadb or postgresql")


def file_of_url(url: str) -> Path:
    """The file that a URL names. Raises CannotOpen for one that names none."""
    address = address_of(url)
    if isinstance(address, Path):
        return address
    raise CannotOpen(f"store: {address.get_backend_name()} is no file; expected a sqlite URL or none")


def place(url: URL) -> str:
    """The server and the database in words, without a name or a password."""
    port = f":{url.port}" if url.port else ""
    return f"{url.get_backend_name()}://{url.host}{port}/{url.database}"


def _file(url: URL) -> Path:
    if not url.database:
        raise CannotOpen("store: a sqlite URL must name a file")
    file = Path(url.database)
    if file.name != FILE_NAME:
        raise CannotOpen(f"store: the file must be named {FILE_NAME}, found {file.name}")
    return file


def _server(url: URL, backend: str) -> URL:
    driver = _DRIVERS[backend]
    if url.drivername.partition("+")[2] not in {"", driver}:
        raise CannotOpen(f"store: {url.drivername} is not supported; expected {backend}:// which uses {driver}")
    for part, word in ((url.host, "a host"), (url.database, "a database"), (url.username, "a user")):
        if not part:
            raise CannotOpen(
                f"store: a {backend} URL must name {word}; expected {backend}://user:password@host/database"
            )
    _check_query(url)
    return url.set(drivername=f"{backend}+{driver}")


def _check_query(url: URL) -> None:
    """An option that is misspelt must not mean an unencrypted connection."""
    unknown = sorted(url.query.keys() - {SSL_MODE, SSL_ROOT})
    if unknown:
        raise CannotOpen(f"store: unknown option {unknown[0]!r} in the URL; allowed: {SSL_MODE}, {SSL_ROOT}")
    mode = url.query.get(SSL_MODE, SSL_MODES[0])
    if mode not in SSL_MODES:
        raise CannotOpen(f"store: {SSL_MODE}={mode} is not supported; allowed: {', '.join(SSL_MODES)}")
    if SSL_ROOT in url.query and mode == SSL_MODES[0]:
        raise CannotOpen(f"store: {SSL_ROOT} needs {SSL_MODE}={SSL_MODES[1]}")
