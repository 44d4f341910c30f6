"""The HTTP server: the loop of waitress with deadlines (decision 0002), by itself or with TLS (decision 0005).

One thread owns every socket and never runs a route; a few workers run routes and never wait for a client. An answer
is handed over as pieces that the socket takes as it can, so a client that stops reading holds references, not a
worker. Once a second each connection is asked whether it is overdue. Memory is bounded by connections x header size
(with TLS some 50 KiB more each), plus the bodies that routes keep anyway.
"""

import logging
import resource
import socket
import threading
from collections.abc import Collection, Mapping
from typing import Final

from waitress.adjustments import Adjustments
from waitress.server import TcpWSGIServer
from waitress.wasyncore import dispatcher

from kubevigil.model.clock import Monotonic, monotonic
from kubevigil.web.connection import Connection
from kubevigil.web.exchange import Failed, Request, Response, Route
from kubevigil.web.gate import Gate
from kubevigil.web.limits import DEFAULT, Limits, connections_within
from kubevigil.web.listening import bind, parse
from kubevigil.web.security import OPEN, Security
from kubevigil.web.tls_connection import TlsConnection
from kubevigil.web.tls_context import Encryption
from kubevigil.web.wsgi import Application, application

__all__ = ["Limits", "Request", "Response", "Route", "Server"]

_log: Final = logging.getLogger(__name__)
_SWEEP_SECONDS: Final = 1.0
_DISMISS_SECONDS: Final = 1.0
_ACCEPTS: Final = 64
"""So many connections are taken at once, before those that are there have their turn."""


def log_failure(path: str, error: Exception) -> None:
    """The `Failed` of a server that was given none."""
    _log.error("the page %r failed and answered 500", path, exc_info=error)


class Server:
    """Serves `routes` (by exact path) on `listen`. One use: start, then stop.

    Raises CannotListen for a `listen` that is no address. `failed` hears of each route that raised. `security` says
    who is let in; the `open_paths` need no password and are not counted by its rate limit.
    """

    def __init__(
        self,
        listen: str,
        routes: Mapping[str, Route],
        limits: Limits = DEFAULT,
        failed: Failed = log_failure,
        clock: Monotonic = monotonic,
        *,
        security: Security = OPEN,
        open_paths: Collection[str] = (),
    ) -> None:
        self._listen, self._limits, self._clock = parse(listen), limits, clock
        self._routes, self._failed = dict(routes), failed
        self._gate = Gate(security, open_paths, limits.workers, clock)
        self._loop: _Loop | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Binds and serves in threads of its own. Raises CannotListen."""
        # A full queue is normal when several scrapers come at once; waitress warns at each such request.
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        bound = bind(self._listen)
        self._loop = _Loop(
            application(self._routes, self._gate, self._failed), bound, self._limits, self._clock, self._gate
        )
        self._thread = threading.Thread(target=self._loop.run, name="web", daemon=True)
        self._thread.start()

    def take(self, security: Security) -> None:
        """From now on: new connections get its certificate, all requests its rules. Any thread may call it.

        Raises ValueError for one that would turn TLS on or off.
        """
        if (security.encryption is None) is not (self._gate.security.encryption is None):
            raise ValueError("a port that is served cannot change between HTTP and HTTPS")
        self._gate.take(security)

    @property
    def scheme(self) -> str:
        """`http` or `https`."""
        return "http" if self._gate.security.encryption is None else "https"

    @property
    def address(self) -> tuple[str, int]:
        """The host and port that are bound; the real port where 0 was asked for."""
        if self._loop is None:
            raise RuntimeError("the server has no address before start()")
        return self._loop.bound

    @property
    def alive(self) -> bool:
        """Whether the thread that owns the sockets runs; false before start, after stop, and if it ever died."""
        return self._thread is not None and self._thread.is_alive()

    def stop(self, timeout: float) -> None:
        """Takes no new request, lets answers under way end within `timeout` seconds, then closes everything."""
        if self._loop is None or self._thread is None:
            return
        if self._thread.is_alive():
            self._loop.drain(timeout)
            self._thread.join(timeout + 2 * _SWEEP_SECONDS)
        self._loop.dismiss()


class _Loop(TcpWSGIServer):  # type: ignore[misc]  # the library has no types
    """The thread that owns the sockets. Everything but `drain` and `dismiss` runs in it."""

    def __init__(
        self, application: Application, bound: socket.socket, limits: Limits, clock: Monotonic, gate: Gate
    ) -> None:
        self.limits, self.clock, self.gate = limits, clock, gate
        self.channel_class = Connection if gate.security.encryption is None else TlsConnection
        self.thread = 0
        self._next_sweep = clock() + _SWEEP_SECONDS
        self._drained_by: float | None = None
        where = (bound.family, bound.type, bound.proto, bound.getsockname())
        super().__init__(application, _sock=bound, sockinfo=where, bind_socket=False, adj=_adjusted(limits))

    @property
    def bound(self) -> tuple[str, int]:
        return self.effective_host, int(self.effective_port)

    def encryption(self) -> Encryption:
        encryption = self.gate.security.encryption
        assert encryption is not None
        return encryption

    def run(self) -> None:
        self.thread = threading.get_ident()
        super().run()

    def drain(self, timeout: float) -> None:
        """Called by another thread: ends the loop once no answer is under way, at the latest after `timeout`."""
        self.trigger.pull_trigger(lambda: self._drain(self.clock() + timeout))

    def dismiss(self) -> None:
        """Called by another thread once the loop has ended: ends the workers, then closes the pipe that wakes the loop.

        A route that hangs keeps the pipe: its worker would write to the number of a file that is another's by then.
        """
        self.task_dispatcher.shutdown(timeout=_DISMISS_SECONDS)
        if not self.task_dispatcher.threads:
            self.trigger.close()

    def readable(self) -> bool:
        # The library asks this at every turn of its loop, and at least once a second.
        now = self.clock()
        if now >= self._next_sweep:
            self._next_sweep = now + _SWEEP_SECONDS
            for connection in self.active_channels.values():
                connection.end_if_overdue(now)
        if self._drained_by is not None:
            self._close_when_drained(self._drained_by, now)
            return False
        accepting: bool = super().readable()
        return accepting

    def handle_accept(self) -> None:
        # The library takes one a turn, and a turn asks every connection: a thousand at once would take seconds.
        for _ in range(_ACCEPTS):
            before = len(self._map)
            super().handle_accept()
            if len(self._map) == before or len(self._map) >= self.adj.connection_limit:
                return

    def maintenance(self, now: float) -> None:
        """Nothing: the library measures by the wall clock, which jumps; the sweep above does not."""

    def _drain(self, until: float) -> None:
        self._drained_by = until

    def _close_when_drained(self, until: float, now: float) -> None:
        connections = list(self.active_channels.values())
        for connection in connections:
            # Not cut: what the kernel still has to deliver is the end of an answer.
            connection.will_close = connection.will_close or not connection.busy
        if now < until and any(connection.busy for connection in connections):
            return
        for connection in connections:
            connection.handle_close()
        dispatcher.close(self)
        self.trigger.del_channel()
        # The library still polls once for what it looked at before; a byte in the pipe makes that return at once.
        self.pull_trigger()


def _adjusted(limits: Limits) -> Adjustments:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return Adjustments(
        threads=limits.workers,
        connection_limit=connections_within(limits, soft),
        max_request_header_size=limits.header_bytes,
        max_request_body_size=1,
        recv_bytes=65_536,
        asyncore_use_poll=True,
        log_socket_errors=False,
        ident="",
    )
