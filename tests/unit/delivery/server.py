"""An HTTP server on loopback that answers what a test tells it to, and keeps what it was asked."""

import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


@dataclass
class Reply:
    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)
    hangs_up: bool = False
    """The connection ends without an answer."""

    cut: int = 0
    """So many bytes of the body are promised and never sent."""


@dataclass
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Server:
    url: str = ""
    reply: Callable[[Asked], Reply] = lambda _: Reply()
    asked: list[Asked] = field(default_factory=list)
    peers: set[tuple[str, int]] = field(default_factory=set)
    """Where connections came from."""


@contextmanager
def serving(
    reply: Reply | Callable[[Asked], Reply] | None = None, *, tls: ssl.SSLContext | None = None
) -> Iterator[Server]:
    server = Server()
    answer = reply or Reply()
    server.reply = answer if callable(answer) else lambda _: answer

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked = Asked(self.command, self.path, dict(self.headers), body)
            server.asked.append(asked)
            server.peers.add(self.client_address)
            reply = server.reply(asked)
            if reply.hangs_up:
                self.close_connection = True
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body) + reply.cut))
            self.end_headers()
            self.wfile.write(reply.body)
            self.close_connection = self.close_connection or bool(reply.cut)

        do_GET = do_PUT = do_POST = _answer  # noqa: N815  http.server's names

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  http.server's name
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    if tls is not None:
        http.socket = tls.wrap_socket(http.socket, server_side=True)
    server.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{http.server_address[1]}"
    thread = Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()
