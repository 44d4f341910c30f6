"""The HTTP side: one thread a connection, keep-alive, chunked watches, faults carried out. No knowledge of pods.

`ApiServer` owns the listening socket, every connection and every thread; `stop` ends them all and waits for them.
Meant for the loopback: no TLS, no limits on requests.
"""

import socket
import struct
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final, NamedTuple

from kubevigil.demo.access import Access
from kubevigil.demo.api import Stream
from kubevigil.demo.calls import Call, parse
from kubevigil.demo.faults import Answer, Close, FaultSet, Pause, Send, Step
from kubevigil.demo.replies import JSON, Reply

_REQUESTS_KEPT: Final = 1000
_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)
"""SO_LINGER with no time left: close() sends RST."""


class Request(NamedTuple):
    """A request that came in, and the status it was answered with."""

    call: Call
    code: int


class _Broken(Exception):
    """A fault ended the connection."""


class ApiServer(ThreadingHTTPServer):
    """Serves what `respond` answers, through the faults."""

    daemon_threads = False
    block_on_close = True
    request_queue_size = 128

    def __init__(
        self, address: tuple[str, int], respond: Callable[[Call], Reply | Stream], access: Access, faults: FaultSet
    ) -> None:
        super().__init__(address, _Handler)
        self.respond = respond
        self.access = access
        self.faults = faults
        self.stopping = threading.Event()
        self.requests: deque[Request] = deque(maxlen=_REQUESTS_KEPT)
        self._open: set[socket.socket] = set()
        self._reset: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        self._thread = threading.Thread(target=self._serve, name="simulated-api", daemon=True)

    @property
    def url(self) -> str:
        """Where it listens."""
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}"

    def start(self) -> None:
        """Begin to serve, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Close the listener and every connection, and wait for every thread."""
        self.stopping.set()
        self.shutdown()
        self._thread.join()
        with self._open_lock:
            for connection in self._open:
                _shut(connection)
        self.server_close()

    def process_request(self, request: socket.socket, client_address: tuple[str, int]) -> None:  # type: ignore[override]  # TCP only
        """Keep hold of the connection, so that `stop` can end it."""
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: socket.socket) -> None:  # type: ignore[override]  # TCP only
        """Close the connection; one that a fault resets without the FIN that a shutdown would send first."""
        with self._open_lock:
            self._open.discard(request)
            reset = request in self._reset
            self._reset.discard(request)
        if reset:
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def reset(self, connection: socket.socket) -> None:
        """Have the connection closed by a TCP RST."""
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        with self._open_lock:
            self._reset.add(connection)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is no error here; anything else is shown on stderr."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]  # only printed

    def _serve(self) -> None:
        self.serve_forever(poll_interval=0.05)


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server_version = "kubevigil-simulated-cluster"
    disable_nagle_algorithm = True
    server: ApiServer

    def do_GET(self) -> None:
        """Answer a request."""
        self._answer()

    def do_POST(self) -> None:
        """Answer a request, which is 405."""
        self._answer()

    def do_PUT(self) -> None:
        """Answer a request, which is 405."""
        self._answer()

    def do_PATCH(self) -> None:
        """Answer a request, which is 405."""
        self._answer()

    def do_DELETE(self) -> None:
        """Answer a request, which is 405."""
        self._answer()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's name
        """Say nothing; `requests` of the server keeps them."""

    def _answer(self) -> None:
        call = parse(self.command, self.path)
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            if not self._begin(call):
                return
            refused = self.server.access.refuse(call, self.headers.get("Authorization", ""))
            reply = refused or self.server.respond(call)
            if isinstance(reply, Stream):
                self._stream(call, reply.lines)
            else:
                self._whole(call, reply)
        except (_Broken, OSError):
            self.close_connection = True

    def _begin(self, call: Call) -> bool:
        """Carry out what the faults want first; whether the request is still to be answered."""
        for step in self.server.faults.before(call):
            if isinstance(step, Answer):
                self._whole(call, step.reply)
                return False
            if isinstance(step, Send):
                self._stream(call, [step.data])
                return False
            self._carry_out(step)
        return True

    def _whole(self, call: Call, reply: Reply) -> None:
        self._note(call, reply.code)
        self._head(reply.code, reply.content_type, {"Content-Length": str(len(reply.body)), **reply.headers})
        for step in self.server.faults.piece(call, reply.body):
            self._send(step)

    def _stream(self, call: Call, lines: Iterable[bytes]) -> None:
        self._note(call, HTTPStatus.OK)
        self._head(HTTPStatus.OK, JSON, {"Transfer-Encoding": "chunked"})
        for line in lines:
            for step in self.server.faults.piece(call, line):
                self._send_chunk(step)
            if self.server.stopping.is_set():
                raise _Broken
        for step in self.server.faults.end(call):
            self._send_chunk(step)
        self.wfile.write(b"0\r\n\r\n")

    def _send(self, step: Step) -> None:
        if isinstance(step, Send):
            self.wfile.write(step.data)
        else:
            self._carry_out(step)

    def _send_chunk(self, step: Step) -> None:
        if isinstance(step, Send):
            self.wfile.write(b"%x\r\n%b\r\n" % (len(step.data), step.data) if step.data else b"")
        else:
            self._carry_out(step)

    def _carry_out(self, step: Step) -> None:
        if isinstance(step, Pause):
            if self.server.stopping.wait(step.seconds):
                raise _Broken
        elif isinstance(step, Close):
            if step.reset:
                self.server.reset(self.connection)
            raise _Broken

    def _head(self, code: int, content_type: str, headers: dict[str, str]) -> None:
        self.send_response(code)
        self.send_header("Content-Type", content_type)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _note(self, call: Call, code: int) -> None:
        self.server.requests.append(Request(call, code))


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
