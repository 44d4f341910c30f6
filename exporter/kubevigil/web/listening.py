"""From `--listen` to a bound socket. Whatever is wrong with the address is a `CannotListen` that says what to do."""

import errno
import re
import socket
from typing import Final, NamedTuple

from kubevigil.web.errors import CannotListen

_FORM: Final = re.compile(r"(?:\[(?P<six>[0-9a-fA-F:.%\w]+)\]|(?P<host>[^\s:\[\]/]*)):(?P<port>[0-9]{1,5})")
_PORTS: Final = 65_535
_BACKLOG: Final = 1_024

_ADVICE: Final = {
    errno.EADDRINUSE: "another process listens there; stop it or choose another port",
    errno.EACCES: "ports below 1024 need a right that this process does not have; choose a higher one",
    errno.EADDRNOTAVAIL: "this machine does not have that address; use one of its own, or none for all of them",
}


class Address(NamedTuple):
    """Where to listen. An empty host means every address of the machine; port 0 lets the system choose."""

    host: str
    port: int


def parse(listen: str) -> Address:
    """Reads `:8080`, `127.0.0.1:8080`, `[::1]:8080` or `name:8080`. Raises CannotListen for anything else."""
    match = _FORM.fullmatch(listen)
    if match is None or int(match["port"]) > _PORTS:
        raise CannotListen(
            f"cannot listen on {listen!r}: give HOST:PORT with a port of 0 to {_PORTS}, "
            "such as :8080, 127.0.0.1:8080 or [::1]:8080"
        )
    return Address(match["six"] or match["host"] or "", int(match["port"]))


def bind(address: Address) -> socket.socket:
    """A socket that listens, without blocking. Raises CannotListen."""
    try:
        bound = _bind(address)
    except OSError as error:
        advice = _ADVICE.get(error.errno or 0, "check the address")
        raise CannotListen(f"cannot listen on {shown(address)}: {error.strerror or error}; {advice}") from error
    bound.setblocking(False)
    return bound


def shown(address: Address) -> str:
    """The address as a person writes it."""
    return f"[{address.host}]:{address.port}" if ":" in address.host else f"{address.host}:{address.port}"


def _bind(address: Address) -> socket.socket:
    if address.host:
        family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
        return socket.create_server(tuple(address), family=family, backlog=_BACKLOG)
    if socket.has_dualstack_ipv6():
        return socket.create_server(("::", address.port), family=socket.AF_INET6, backlog=_BACKLOG, dualstack_ipv6=True)
    return socket.create_server(("", address.port), backlog=_BACKLOG)
