"""A peer that speaks raw bytes over real sockets: each request is answered by the next scene of a script."""

import re
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Self

from kubevigil.kube.access import Server

Scene = Callable[[socket.socket], None]


def head(status: int = 200, *lines: str, length: int | None = None) -> bytes:
    framing = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    return "\r\n".join([f"HTTP/1.1 {status} X", framing, *lines, "", ""]).encode()


def chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def whole(body: bytes, status: int = 200, *lines: str) -> Scene:
    """A complete answer."""
    return lambda sock: sock.sendall(head(status, *lines, length=len(body)) + body)


def streamed(*pieces: bytes, end: bytes = b"0\r\n\r\n") -> Scene:
    """A chunked answer; with `end=b''` the connection is cut after the last piece."""

    def play(sock: socket.socket) -> None:
        sock.sendall(head() + b"".join(map(chunk, pieces)) + end)
        if not end:
            sock.close()

    return play


class Peer:
    """Plays the script, one scene a request; then closes whatever comes. `requests` are as they came."""

    def __init__(self, *script: Scene, tls: ssl.SSLContext | None = None) -> None:
        self.tls = tls
        self.requests: list[str] = []
        self.arrived = threading.Semaphore(0)
        self.connections = 0
        self._script = list(script)
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    @property
    def url(self) -> str:
        scheme = "https" if self.tls else "http"
        return f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        for sock in [self._listener, *self._sockets]:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                self.connections += 1
                self._sockets.append(sock)
                self._threads.append(threading.Thread(target=self._serve, args=(sock,), daemon=True))
                self._threads[-1].start()

    def _serve(self, sock: socket.socket) -> None:
        with suppress(OSError):
            if self.tls:
                sock = self.tls.wrap_socket(sock, server_side=True)
                self._sockets.append(sock)
            received = b""
            while data := sock.recv(65536):
                received += data
                if _is_whole(received):
                    self._answer(sock, received.decode())
                    received = b""

    def _answer(self, sock: socket.socket, request: str) -> None:
        self.requests.append(request)
        scene = self._script.pop(0) if self._script else socket.socket.close
        self.arrived.release()
        scene(sock)


def _is_whole(request: bytes) -> bool:
    head, end, body = request.partition(b"\r\n\r\n")
    length = re.search(rb"(?im)^content-length: *([0-9]+)", head)
    return bool(end) and len(body) == (int(length[1]) if length else 0)


class Plain:
    """Access to a peer, with tokens that are used up one by one at each renewal."""

    def __init__(self, url: str, tokens: Sequence[str] = ("",)) -> None:
        self._url = url
        self._tokens = list(tokens)

    def server(self) -> Server:
        return Server(self._url)

    def authorization(self) -> str:
        return f"Bearer {self._tokens[0]}" if self._tokens[0] else ""

    def renew(self) -> None:
        if len(self._tokens) > 1:
            self._tokens.pop(0)
