"""The HTTP server: waitress with deadlines (decision 0002), the only importer of it.

One thread owns every socket and never runs a route; a few workers run routes and never wait for a client. An answer
is handed over as pieces that the socket takes as it can, so a client that stops reading holds references, not a
worker. Once a second each connection is asked whether it is overdue. Memory is bounded by connections x header size,
plus the bodies that routes keep anyway.
"""

import contextlib
import logging
import resource
import socket
import struct
import threading
from collections.abc import Mapping
from typing import Any, Final

from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask
from waitress.wasyncore import dispatcher

from kubevigil.model.clock import Monotonic, monotonic
from kubevigil.web.answering import refusal
from kubevigil.web.exchange import Failed, Request, Response, Route
from kubevigil.web.limits import DEFAULT, Limits, connections_within
from kubevigil.web.listening import bind, parse
from kubevigil.web.patience import Patience
from kubevigil.web.wsgi import Application, application, status_line

__all__ = ["Limits", "Request", "Response", "Route", "Server"]

_log: Final = logging.getLogger(__name__)
_SWEEP_SECONDS: Final = 1.0
_DISMISS_SECONDS: Final = 1.0
_RESET: Final = struct.pack("ii", 1, 0)


def log_failure(path: str, error: Exception) -> None:
    """The `Failed` of a server that was given none."""
    _log.error("the page %r failed and answered 500", path, exc_info=error)


class Server:
    """Serves `routes` (by exact path) on `listen`. One use: start, then stop.

    Raises CannotListen for a `listen` that is no address. `failed` hears of each route that raised.
    """

    def __init__(
        self,
        listen: str,
        routes: Mapping[str, Route],
        limits: Limits = DEFAULT,
        failed: Failed = log_failure,
        clock: Monotonic = monotonic,
    ) -> None:
        self._listen, self._limits, self._clock = parse(listen), limits, clock
        self._routes, self._failed = dict(routes), failed
        self._loop: _Loop | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Binds and serves in threads of its own. Raises CannotListen."""
        # A full queue is normal when several scrapers come at once; waitress warns at each such request.
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        bound = bind(self._listen)
        self._loop = _Loop(application(self._routes, self._failed), bound, self._limits, self._clock)
        self._thread = threading.Thread(target=self._loop.run, name="web", daemon=True)
        self._thread.start()

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


class _Parser(HTTPRequestParser):  # type: ignore[misc]  # the library has no types
    """Turns what the library's parser chokes on into a 400, and never asks a client to go on sending a body."""

    def parse_header(self, header_plus: bytes) -> None:
        try:
            super().parse_header(header_plus)
        except ValueError as error:
            raise ParsingError("the request line or a number in the header is malformed") from error
        self.expect_continue = False


class _Refusal(ErrorTask):  # type: ignore[misc]  # the library has no types
    """Answers what is no request, without the library's name or the client's words."""

    def execute(self) -> None:
        response = refusal(self.request.error.code)
        self.status = status_line(response.status)
        self.response_headers.extend(response.headers)
        self.set_close_on_finish()
        body = b"".join(response.body)
        self.content_length = len(body)
        self.write(body)


class _Connection(HTTPChannel):  # type: ignore[misc]  # the library has no types
    """One client."""

    parser_class = _Parser
    error_task_class = _Refusal
    request: _Parser | None

    def __init__(self, server: "_Loop", *arguments: Any, **named: Any) -> None:
        self._clock = server.clock
        self._patience = Patience(server.limits, server.clock())
        super().__init__(server, *arguments, **named)

    def received(self, data: bytes) -> bool:
        taken: bool = super().received(data)
        self._patience.received(self._clock(), complete=self.request is None)
        return taken

    def service(self) -> None:
        # One request at a time: answers queued behind an answer would make a worker wait for the client to read.
        with self.requests_lock:
            if len(self.requests) > 1 or self.request is not None:
                del self.requests[1:]
                self.request = None
                self.requests[0].headers["CONNECTION"] = "close"
        super().service()

    @property
    def busy(self) -> bool:
        """Whether an answer is being made or has not been taken yet."""
        return bool(self.requests) or self.total_outbufs_len > 0

    def end_if_overdue(self, now: float) -> None:
        if self._patience.overdue(now, working=bool(self.requests), pending=self.total_outbufs_len):
            self.cut()

    def cut(self) -> None:
        """Closes soon, and drops what the kernel still holds for the client."""
        self.will_close = True
        with contextlib.suppress(OSError):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            # Makes the socket writable, which is when the loop closes it, even if the client's window is full.
            self.socket.shutdown(socket.SHUT_RDWR)


class _Loop(TcpWSGIServer):  # type: ignore[misc]  # the library has no types
    """The thread that owns the sockets. Everything but `drain` and `dismiss` runs in it."""

    channel_class = _Connection

    def __init__(self, application: Application, bound: socket.socket, limits: Limits, clock: Monotonic) -> None:
        self.limits, self.clock = limits, clock
        self._next_sweep = clock() + _SWEEP_SECONDS
        self._drained_by: float | None = None
        where = (bound.family, bound.type, bound.proto, bound.getsockname())
        super().__init__(application, _sock=bound, sockinfo=where, bind_socket=False, adj=_adjusted(limits))

    @property
    def bound(self) -> tuple[str, int]:
        return self.effective_host, int(self.effective_port)

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
