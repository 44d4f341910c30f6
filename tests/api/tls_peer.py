"""For tests over real sockets: a certificate authority, a server that speaks TLS, and clients of it."""

import base64
import contextlib
import http.client
import socket
import ssl
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import trustme

from kubevigil.web.exchange import Route
from kubevigil.web.limits import Limits
from kubevigil.web.security import Security
from kubevigil.web.server import Server
from kubevigil.web.tls import Tls
from kubevigil.web.tls_context import Encryption

BRISK = Limits(header_seconds=1, idle_seconds=30, stall_seconds=1, answer_seconds=30, header_bytes=4_096, workers=4)
SECONDS = 20


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes


def tls_of(certificate: trustme.LeafCert, **more: object) -> Tls:
    chain = b"".join(blob.bytes() for blob in certificate.cert_chain_pems)
    return Tls(certificate=chain, key=certificate.private_key_pem.bytes(), **more)  # type: ignore[arg-type]


class Authority:
    """A CA: what it certifies, and clients that trust it."""

    def __init__(self) -> None:
        self._ca = trustme.CA()
        self.pem = self._ca.cert_pem.bytes()

    def server(self, **more: object) -> Encryption:
        return Encryption(tls_of(self._ca.issue_cert("localhost", "127.0.0.1"), **more))

    def certificate(self, *names: str) -> trustme.LeafCert:
        return self._ca.issue_cert(*names)

    def client(self, certificate: trustme.LeafCert | None = None) -> ssl.SSLContext:
        context = ssl.create_default_context(cadata=self.pem.decode())
        if certificate is not None:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder, "client.pem")
                certificate.private_key_and_cert_chain_pem.write_to_path(str(path))
                context.load_cert_chain(path)
        return context


@contextlib.contextmanager
def served(
    routes: Mapping[str, Route], security: Security, limits: Limits = BRISK, open_paths: tuple[str, ...] = ()
) -> Iterator[Server]:
    server = Server("127.0.0.1:0", routes, limits, security=security, open_paths=open_paths)
    server.start()
    try:
        yield server
    finally:
        server.stop(5)


def got(
    server: Server, path: str, context: ssl.SSLContext | None = None, headers: Mapping[str, str] | None = None
) -> Answer:
    """The answer to a GET on a connection of its own; without a context in plain HTTP."""
    made = (
        http.client.HTTPConnection(*server.address, timeout=SECONDS)
        if context is None
        else http.client.HTTPSConnection(*server.address, timeout=SECONDS, context=context)
    )
    with contextlib.closing(made) as connection:
        connection.request("GET", path, headers=dict(headers or {}))
        answer = connection.getresponse()
        return Answer(answer.status, dict(answer.getheaders()), answer.read())


def basic(name: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


def hello() -> bytes:
    """The first bytes of a client that speaks TLS."""
    outgoing = ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="localhost")
    with contextlib.suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


@contextlib.contextmanager
def secured(server: Server, context: ssl.SSLContext, window: int = 0) -> Iterator[ssl.SSLSocket]:
    """A TLS connection; with a `window` it takes no more than that ahead of its reads."""
    with socket.socket() as plain:
        if window:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
        plain.settimeout(SECONDS)
        plain.connect(server.address)
        with context.wrap_socket(plain, server_hostname="localhost") as encrypted:
            yield encrypted
