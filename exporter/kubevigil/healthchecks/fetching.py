"""Gets a workflow's text from an address that its author wrote, without becoming his way into the cluster's network.

Only https, only to hosts that the operator listed, only to public addresses: the name is resolved once, every address
that it has is judged, and the connection goes to one of those and nowhere else. No redirects, no proxy, no credentials.
"""

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from kubevigil.model import clock
from kubevigil.model.clock import Monotonic

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

LIMIT: Final = 1024 * 1024
"""Bytes of an answer."""

DEADLINE: Final = 5.0
"""Seconds for the whole of it."""

_HTTPS: Final = 443
_OK: Final = 200
_PIECE: Final = 64 * 1024
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
"""RFC 6052: the last four bytes are an IPv4 address that a gateway leads to."""


def resolved(host: str, port: int) -> list[Address]:
    """All addresses of a host. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]


def is_public(address: Address) -> bool:
    """Whether an address is of the public internet, through whatever IPv6 wraps an IPv4 address in."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in _NAT64:
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Gets texts from `hosts` (names, `*.example.org` for any below one). The rest is the test's to give."""

    hosts: Sequence[str]
    allowed: Callable[[Address], bool] = is_public
    resolve: Callable[[str, int], Iterable[Address]] = resolved
    ca_file: str | None = None
    monotonic: Monotonic = clock.monotonic

    def __call__(self, address: str, verify: bool) -> bytes:
        """The body. Raises ValueError with a text for people."""
        url = self._judged(address)
        host, port = str(url.hostname), url.port or _HTTPS
        try:
            addresses = list(self.resolve(host, port))
        except OSError as error:
            raise ValueError(f"{host} cannot be resolved: {error.strerror or error}") from error
        if not addresses or not all(map(self.allowed, addresses)):
            raise ValueError(f"{host} leads to an address that is not public")
        end = self.monotonic() + DEADLINE
        try:
            return self._read(url, str(addresses[0]), self._context(verify=verify), end)
        except (OSError, http.client.HTTPException) as error:
            raise ValueError(f"{host} did not give it: {error}") from error

    def _judged(self, address: str) -> SplitResult:
        try:
            url = urlsplit(address)
            host, _ = url.hostname, url.port
        except ValueError as error:
            raise ValueError(f"is no address: {error}") from error
        if url.scheme != "https" or not host:
            raise ValueError("must begin with https:// and a host")
        if url.username or url.password:
            raise ValueError("must not carry a user or password")
        if not any(_matches(host, listed) for listed in self.hosts):
            raise ValueError(f"{host} is not among the hosts of checks.url_hosts")
        return url

    def _context(self, *, verify: bool) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.ca_file)
        if not verify:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context

    def _read(self, url: SplitResult, pinned: str, context: ssl.SSLContext, end: float) -> bytes:
        host, port = str(url.hostname), url.port or _HTTPS
        connection = http.client.HTTPConnection(host, port)
        raw = socket.create_connection((pinned, port), timeout=self._left(end))
        with raw, context.wrap_socket(raw, server_hostname=host) as secured:
            connection.sock = secured
            secured.settimeout(self._left(end))
            path = (url.path or "/") + (f"?{url.query}" if url.query else "")
            connection.request(
                "GET", path, headers={"Accept": "*/*", "Accept-Encoding": "identity", "Connection": "close"}
            )
            with connection.getresponse() as response:
                if response.status != _OK:
                    raise ValueError(
                        f"{host} answered with status {response.status}; 200 is wanted, and no redirect followed"
                    )
                return self._body(response, secured, end)

    def _body(self, response: http.client.HTTPResponse, secured: ssl.SSLSocket, end: float) -> bytes:
        body = b""
        while True:
            secured.settimeout(self._left(end))
            piece = response.read1(_PIECE)
            if not piece:
                return body
            body += piece
            if len(body) > LIMIT:
                raise ValueError(f"the answer is longer than {LIMIT:,} bytes")

    def _left(self, end: float) -> float:
        left = end - self.monotonic()
        if left <= 0:
            raise TimeoutError(f"no whole answer within {DEADLINE:g} s")
        return left


def _matches(host: str, listed: str) -> bool:
    host, listed = host.lower().rstrip("."), listed.lower().rstrip(".")
    return host.endswith(listed[1:]) if listed.startswith("*.") else host == listed
