"""One client of the HTTP server: a channel of waitress with deadlines, and its answer to what is no request.

Its socket is the loop's; a worker runs `service` and hands over pieces that the loop sends.
"""

import contextlib
import socket
import struct
from typing import Any, Final, Protocol

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.task import ErrorTask

from kubevigil.model.clock import Monotonic
from kubevigil.web.answering import refusal
from kubevigil.web.gate import Gate
from kubevigil.web.limits import Limits
from kubevigil.web.patience import Patience
from kubevigil.web.wsgi import status_line

_RESET: Final = struct.pack("ii", 1, 0)


class Owner(Protocol):
    """What a connection asks of the server that owns it."""

    limits: Limits
    clock: Monotonic
    gate: Gate


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
        response = refusal(self.request.error.code, self.channel.server.gate.security.headers)
        self.status = status_line(response.status)
        self.response_headers.extend(response.headers)
        self.set_close_on_finish()
        body = b"".join(response.body)
        self.content_length = len(body)
        self.write(body)


class Connection(HTTPChannel):  # type: ignore[misc]  # the library has no types
    """One client."""

    parser_class = _Parser
    error_task_class = _Refusal
    request: _Parser | None

    def __init__(self, server: "Owner", *arguments: Any, **named: Any) -> None:
        self._clock = server.clock
        self._patience = Patience(server.limits, server.clock())
        super().__init__(server, *arguments, **named)

    def received(self, data: bytes) -> bool:
        """Takes what the client said; whether it was taken."""
        taken: bool = super().received(data)
        self._patience.received(self._clock(), complete=self.request is None)
        return taken

    def service(self) -> None:
        """Answers one request, in a worker."""
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
        """Cuts the connection if its client has kept it for too long."""
        if self._patience.overdue(now, working=bool(self.requests), pending=self.total_outbufs_len):
            self.cut()

    def cut(self) -> None:
        """Closes soon, and drops what the kernel still holds for the client."""
        self.will_close = True
        with contextlib.suppress(OSError):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            # Makes the socket writable, which is when the loop closes it, even if the client's window is full.
            self.socket.shutdown(socket.SHUT_RDWR)
