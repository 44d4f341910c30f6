"""Requests to one API server: credentials, statuses and limits around the transport.

One connection lives as long as the process and is shared by its threads. After a 401 the credentials are read anew and
the request sent once more. When the server's certificate does not verify, or the kubeconfig was read anew, the TLS
settings are read again too, so that a replaced CA or client certificate needs no restart.
"""

import os
from collections.abc import Mapping
from threading import Lock
from typing import Final, TypeVar

from kubevigil import __version__
from kubevigil.kube.access import Access, Server
from kubevigil.kube.decode import decode_as
from kubevigil.kube.errors import Interrupted, Stalled, TooLarge, Unreachable
from kubevigil.kube.incluster import HOST, InCluster
from kubevigil.kube.interrupt import Interrupt
from kubevigil.kube.kubeconfig import Kubeconfig
from kubevigil.kube.request import Request
from kubevigil.kube.statuses import FIRST_FAILURE, UNAUTHORIZED, error_of, wait_asked_for
from kubevigil.kube.transport import Response, Transport
from kubevigil.model import clock
from kubevigil.model.clock import Monotonic, Wall

T = TypeVar("T")

BODY_LIMIT: Final = 64 * 1024 * 1024
"""Bytes of one answer: 500 pods are some 5 MiB."""

BODY_DEADLINE: Final = 300.0
"""Seconds for one whole answer; a server that drips bytes keeps within each read's timeout for ever."""

READ_TIMEOUT: Final = 30.0
_ERROR_BODY_LIMIT: Final = 64 * 1024

_JSON: Final = "application/json"
_MERGE_PATCH: Final = "application/merge-patch+json"
"""RFC 7386: what is null goes, a map is merged, everything else is replaced."""


class Connection:
    """An API server that can be asked. Thread-safe. `host` is for log lines and holds no secret.

    `of_a_pod`: by the account that Kubernetes gave to this pod, and not by somebody's kubeconfig.
    """

    def __init__(self, access: Access, *, monotonic: Monotonic = clock.monotonic, wall: Wall = clock.wall) -> None:
        self._access = access
        self._monotonic = monotonic
        self._wall = wall
        self._lock = Lock()
        self._server: Server | None = None
        self._transport: Transport | None = None
        self._headers = {
            "Accept": _JSON,
            # Unpacking a page costs as much as decoding it (13-23 µs a pod).
            "Accept-Encoding": "identity",
            "User-Agent": f"kubevigil/{__version__}",
        }
        self.host = self._pooled().host
        self.of_a_pod = isinstance(access, InCluster)

    def __repr__(self) -> str:
        return f"Connection({self.host!r})"

    def open(
        self,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        read_timeout: float = READ_TIMEOUT,
        interrupt: Interrupt | None = None,
    ) -> Response:
        """GETs `path`; the body comes in by the Response. `read_timeout` is in seconds, for the head and each read.

        Raises the KubeError of the status (every 3xx to 5xx), Unreachable, Stalled, Interrupted or BadConfig.
        """
        return self._answer(Request(path, query or {}), read_timeout, interrupt)

    def get_bytes(
        self,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        read_timeout: float = READ_TIMEOUT,
        limit: int = BODY_LIMIT,
        deadline: float = BODY_DEADLINE,
        interrupt: Interrupt | None = None,
    ) -> bytes:
        """The whole body of a GET. Raises as `send`."""
        request = Request(path, query or {})
        return self.send(request, read_timeout=read_timeout, limit=limit, deadline=deadline, interrupt=interrupt)

    def send(
        self,
        request: Request,
        *,
        read_timeout: float = READ_TIMEOUT,
        limit: int = BODY_LIMIT,
        deadline: float = BODY_DEADLINE,
        interrupt: Interrupt | None = None,
    ) -> bytes:
        """The whole answer. Raises as `open`; TooLarge over `limit` bytes, Stalled after `deadline` seconds."""
        end = self._monotonic() + deadline
        with self._answer(request, read_timeout, interrupt) as response:
            pieces: list[bytes] = []
            size = 0
            while piece := response.read():
                pieces.append(piece)
                size += len(piece)
                if size > limit:
                    raise TooLarge(limit)
                if self._monotonic() > end:
                    raise Stalled(f"{self.host} did not finish its answer in {deadline:g} s")
        return b"".join(pieces)

    def get_json(
        self,
        path: str,
        shape: type[T],
        query: Mapping[str, str] | None = None,
        *,
        read_timeout: float = READ_TIMEOUT,
        interrupt: Interrupt | None = None,
    ) -> T:
        """The body of a GET as a `shape` (any type that msgspec decodes). Raises as `get_bytes`, and Undecodable."""
        return decode_as(shape, self.get_bytes(path, query, read_timeout=read_timeout, interrupt=interrupt), path)

    def post(
        self, path: str, body: bytes, *, read_timeout: float = READ_TIMEOUT, interrupt: Interrupt | None = None
    ) -> bytes:
        """Creates an object, of JSON; the answer as `send`. Raises AlreadyExists too."""
        return self.send(Request(path, {}, "POST", body, _JSON), read_timeout=read_timeout, interrupt=interrupt)

    def put(
        self, path: str, body: bytes, *, read_timeout: float = READ_TIMEOUT, interrupt: Interrupt | None = None
    ) -> bytes:
        """Replaces an object; the answer as `send`. Raises Conflict too."""
        return self.send(Request(path, {}, "PUT", body, _JSON), read_timeout=read_timeout, interrupt=interrupt)

    def patch(
        self, path: str, body: bytes, *, read_timeout: float = READ_TIMEOUT, interrupt: Interrupt | None = None
    ) -> bytes:
        """Changes an object by a JSON merge patch; the answer as `send`. Raises Conflict too."""
        return self.send(Request(path, {}, "PATCH", body, _MERGE_PATCH), read_timeout=read_timeout, interrupt=interrupt)

    def delete(
        self, path: str, body: bytes = b"", *, read_timeout: float = READ_TIMEOUT, interrupt: Interrupt | None = None
    ) -> bytes:
        """Deletes an object; `body` is DeleteOptions, if any. Raises Conflict too."""
        request = Request(path, {}, "DELETE", body or None, _JSON if body else "")
        return self.send(request, read_timeout=read_timeout, interrupt=interrupt)

    def close(self) -> None:
        """Closes the connections that nobody uses."""
        with self._lock:
            if self._transport is not None:
                self._transport.close()

    def _answer(self, request: Request, read_timeout: float, interrupt: Interrupt | None) -> Response:
        body = self._send(request, read_timeout, interrupt)
        if body.status == UNAUTHORIZED:
            body.close()
            self._access.renew()
            body = self._send(request, read_timeout, interrupt)
        if body.status < FIRST_FAILURE:
            return body
        with body:
            wait = wait_asked_for(body.headers, self._wall())
            told = _start_of(body)
        raise error_of(body.status, self.host, request.path, request.query, told, wait=wait, method=request.method)

    def _send(self, request: Request, read_timeout: float, interrupt: Interrupt | None) -> Response:
        if interrupt is not None and interrupt.fired:
            raise Interrupted("no request after a stop")
        authorization = self._access.authorization()
        headers = self._headers | ({"Authorization": authorization} if authorization else {})
        try:
            return self._pooled().send(request, headers, read_timeout=read_timeout, interrupt=interrupt)
        except Unreachable:
            self._distrust()
            raise

    def _pooled(self) -> Transport:
        server = self._access.server()
        with self._lock:
            if self._transport is None or server != self._server:
                self._server, self._transport = server, Transport(server)
            return self._transport

    def _distrust(self) -> None:
        """The server could not be reached, perhaps because its CA was replaced: read the TLS settings again."""
        with self._lock:
            self._server = None


def _start_of(body: Response) -> bytes:
    """As much of the body as tells what went wrong; b'' if that does not come in."""
    start = b""
    try:
        while len(start) < _ERROR_BODY_LIMIT and (piece := body.read()):
            start += piece
    except Unreachable:
        return b""
    return start


def connect(
    kubeconfig: str | None = None,
    context: str | None = None,
    *,
    monotonic: Monotonic = clock.monotonic,
    wall: Wall = clock.wall,
    environ: Mapping[str, str] = os.environ,
) -> Connection:
    """A connection by the kubeconfig or context that is named, else $KUBECONFIG, else the pod's, else ~/.kube/config.

    Sends nothing yet. Raises BadConfig if what is named, or the only thing there is, cannot be used.
    """
    named = kubeconfig or context or environ.get("KUBECONFIG")
    access: Access = (
        InCluster(environ, monotonic) if not named and environ.get(HOST) else Kubeconfig(kubeconfig or None, context)
    )
    return Connection(access, monotonic=monotonic, wall=wall)
