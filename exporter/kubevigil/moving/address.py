"""Where a MySQL or MariaDB is, as a URL says it: `mysql://USER@HOST:PORT/DATABASE?ssl_ca=FILE`. Pure."""

from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from msgspec import Struct

from kubevigil.moving.errors import BadAddress

FORM: Final = "mysql://USER@HOST:PORT/DATABASE"
_SCHEMES: Final = frozenset({"mysql", "mariadb", "mysql+pymysql", "mariadb+pymysql"})
_PORT: Final = 3306
_CA: Final = "ssl_ca"


class Address(Struct, frozen=True):
    """A database, and as whom to read it. `ca_file` has the certificates to verify the server by; '' for no TLS."""

    host: str
    port: int
    user: str
    database: str
    ca_file: str = ""

    def __str__(self) -> str:
        return f"mysql://{self.user}@{self.host}:{self.port}/{self.database}"


def address_in(url: str) -> Address:
    """What the URL says. Raises BadAddress for another form, and for a password in it."""
    try:
        parts = urlsplit(url)
        host, port, options = parts.hostname, parts.port, dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    except ValueError:
        raise BadAddress(f"not of the form {FORM}") from None
    if parts.password is not None:
        raise BadAddress("a password on a command line is seen by every user; give it by --mysql-password-file")
    database = unquote(parts.path.removeprefix("/"))
    if parts.scheme not in _SCHEMES or not host or not parts.username or not database or "/" in database:
        raise BadAddress(f"not of the form {FORM}")
    if options.keys() - {_CA} or parts.fragment:
        raise BadAddress(f"knows one option only, ?{_CA}=FILE")
    return Address(host, port or _PORT, unquote(parts.username), database, options.get(_CA, ""))
