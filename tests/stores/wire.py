"""A wire between a client and a server that can be cut: nothing comes through, and nobody is told.

What was on its way when it was cut comes through when it is whole again, however late; new connections come about and
say nothing until then, as behind a firewall that drops packets.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Lock, Thread

_AT_ONCE = 64 * 1024


class Wire:
    """`port` on loopback leads to the server."""

    def __init__(self, server_port: int) -> None:
        self._server = ("127.0.0.1", server_port)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._whole = Event()
        self._whole.set()
        self._lock = Lock()
        self._sockets: list[socket.socket] = []
        self._threads: list[Thread] = []
        self._run(self._accept)

    @contextmanager
    def cut(self) -> Iterator[None]:
        """Meanwhile nothing comes through."""
        self._whole.clear()
        try:
            yield
        finally:
            self._whole.set()

    def close(self) -> None:
        self._whole.set()
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        with self._lock:
            sockets, threads = list(self._sockets), list(self._threads)
        for one in sockets:
            _end(one)
        for thread in threads:
            thread.join()
        for one in sockets:
            one.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
                far = socket.create_connection(self._server)
            except OSError:  # closed, or the server is away
                return
            with self._lock:
                self._sockets += [near, far]
            self._run(self._carry, near, far)
            self._run(self._carry, far, near)

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(_AT_ONCE):
                self._whole.wait()
                target.sendall(data)
        self._whole.wait()
        _end(source)
        _end(target)

    def _run(self, target: object, *arguments: object) -> None:
        thread = Thread(target=target, args=arguments, daemon=True)  # type: ignore[arg-type]
        with self._lock:
            self._threads.append(thread)
        thread.start()


def _end(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
