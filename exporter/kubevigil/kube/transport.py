"""HTTP over sockets that can be interrupted: the only importer of urllib3.

One pool for each transport, of connections that are kept and used again. Nothing is retried or redirected here; every
request has a timeout for connecting and for each read. urllib3's errors become ours.
"""

import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPResponse, IncompleteRead
from typing import Any, Final, Self
from urllib.parse import urlencode, urlsplit

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, NewConnectionError, ReadTimeoutError, SSLError

from kubevigil.kube.access import Server
from kubevigil.kube.chunks import BadChunk, Chunks
from kubevigil.kube.errors import BadConfig, Interrupted, Stalled, Unreachable
from kubevigil.kube.interrupt import Interrupt
from kubevigil.kube.request import Request

CONNECT_TIMEOUT: Final = 10.0
"""Seconds; less for a request that may not take as long."""

_READ_SIZE: Final = 256 * 1024
_POOL_SIZE: Final = 16

_this_thread: Final = threading.local()
"""The interrupt of the request that this thread is sending: urllib3 has no way to hand it down to the socket."""


class _Body(HTTPResponse):
    """As the standard library's, but that `read1` of a chunked body returns all that came in, not one chunk of it."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._framing = Chunks()

    def read1(self, n: int = -1) -> bytes:
        if not self.chunked or self.isclosed():
            return super().read1(n)
        while not self._framing.ended:
            data = self.fp.read1(_READ_SIZE)
            if not data and self._framing.last_seen:
                break  # some leave out the empty line after the last chunk
            if not data:
                raise IncompleteRead(b"")
            try:
                piece = self._framing.feed(data)
            except BadChunk as error:
                raise IncompleteRead(b"") from error
            if piece:
                return piece
        self.close()
        return b""


class _PlainConnection(HTTPConnection):
    response_class = _Body

    def request(self, *args: Any, **named: Any) -> None:
        super().request(*args, **named)
        _watch_over(self)


class _TlsConnection(HTTPSConnection):
    response_class = _Body

    def request(self, *args: Any, **named: Any) -> None:
        super().request(*args, **named)
        _watch_over(self)


class _PlainPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TlsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


def _watch_over(connection: HTTPConnection) -> None:
    interrupt: Interrupt | None = getattr(_this_thread, "interrupt", None)
    if interrupt is not None and connection.sock is not None:
        interrupt.watch_over(connection.sock)


class Response:
    """An answer whose body comes in by `read`; use it as a context. Ended before its end, the connection is closed."""

    def __init__(self, raw: urllib3.BaseHTTPResponse, host: str, interrupt: Interrupt | None) -> None:
        self.status = raw.status
        self.headers: Mapping[str, str] = raw.headers
        self._raw = raw
        self._host = host
        self._interrupt = interrupt

    def read(self) -> bytes:
        """What has come in, as soon as there is anything; b'' at the end.

        Raises Stalled after the read timeout, Unreachable if the connection breaks, Interrupted.
        """
        with _errors_of(self._host, self._interrupt):
            return self._raw.read1(_READ_SIZE, decode_content=False)

    def close(self) -> None:
        """Gives the connection back if the body was read to its end, else closes it."""
        if self._interrupt is not None:
            self._interrupt.release()
        self._raw.close()
        self._raw.release_conn()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Transport:
    """Connections to one server, `host`. Thread-safe. Raises BadConfig if a certificate or key cannot be used."""

    def __init__(self, server: Server) -> None:
        self._url = server.url.rstrip("/")
        self.host = urlsplit(server.url).netloc.rpartition("@")[2]
        self._pools = _manager(server)
        self._pools.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}

    def send(
        self, request: Request, headers: Mapping[str, str], *, read_timeout: float, interrupt: Interrupt | None
    ) -> Response:
        """Sends a request and waits for the head of the answer. Raises Stalled, Unreachable, Interrupted."""
        url = self._url + request.path + (f"?{urlencode(request.query)}" if request.query else "")
        typed = {"Content-Type": request.content_type} if request.content_type else {}
        _this_thread.interrupt = interrupt
        try:
            with _errors_of(self.host, interrupt):
                raw = self._pools.request(
                    request.method,
                    url,
                    body=request.body,
                    headers={**headers, **typed},
                    timeout=urllib3.Timeout(connect=min(CONNECT_TIMEOUT, read_timeout), read=read_timeout),
                    # Neither retries nor redirects: a token must not follow a redirect to another host.
                    retries=False,
                    preload_content=False,
                )
        finally:
            _this_thread.interrupt = None
        return Response(raw, self.host, interrupt)

    def close(self) -> None:
        """Closes the connections that nobody uses."""
        self._pools.clear()


def _manager(server: Server) -> urllib3.PoolManager:
    options: dict[str, Any] = {"maxsize": _POOL_SIZE}
    if server.url.startswith("https://"):
        options["ssl_context"] = _tls(server)
        if server.server_name:
            options["server_hostname"] = server.server_name
    if not server.proxy:
        return urllib3.PoolManager(**options)
    try:
        return urllib3.ProxyManager(server.proxy, **options)
    except HTTPError as error:
        raise BadConfig(f"the proxy for {server.url} cannot be used: it must be an http or https URL") from error


def _tls(server: Server) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=server.ca_file or None)
        if server.cert_file:
            context.load_cert_chain(server.cert_file, server.key_file or None)
    except (OSError, ValueError) as error:
        named = ", ".join(filter(None, (server.ca_file, server.cert_file, server.key_file)))
        raise BadConfig(f"the certificates for {server.url} cannot be used ({named}): {error}") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # Python 3.13 began to refuse CAs without an authority key identifier, which many clusters have.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if not server.verify:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


@contextmanager
def _errors_of(host: str, interrupt: Interrupt | None) -> Iterator[None]:
    try:
        yield
    except (HTTPError, OSError, ValueError) as error:
        # ValueError: what http.client says of an answer that is no HTTP, or of a socket closed meanwhile.
        if interrupt is not None and interrupt.fired:
            raise Interrupted("the request was ended by a stop") from error
        if isinstance(error, ReadTimeoutError):
            raise Stalled(f"{host} was silent for too long") from error
        raise Unreachable(f"{host} cannot be reached: {_why(error)}") from error


def _why(error: Exception) -> str:
    match error:
        case NewConnectionError():
            return str(error.__cause__ or error)
        case SSLError():
            return f"TLS: {error}"
        case _:
            # urllib3 puts what happened last, after the connection or a summary.
            return str(error.args[-1]) if error.args else type(error).__name__
