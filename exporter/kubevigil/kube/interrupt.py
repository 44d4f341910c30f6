"""Ends a request that another thread waits for: a blocked read returns at once when its socket is shut down."""

import socket
from contextlib import suppress
from threading import Event, Lock


class Interrupt:
    """One loop's interrupt. Fires once and stays so. Thread-safe."""

    def __init__(self) -> None:
        self._event = Event()
        self._lock = Lock()
        self._socket: socket.socket | None = None

    @property
    def fired(self) -> bool:
        """Whether it was fired."""
        return self._event.is_set()

    def wait(self, seconds: float) -> None:
        """Waits so long, or until fired."""
        self._event.wait(seconds)

    def fire(self) -> None:
        """Ends the wait or the request under way, and every later one."""
        self._event.set()
        with self._lock:
            if self._socket is not None:
                _shut(self._socket)

    def watch_over(self, sock: socket.socket) -> None:
        """From now on this is the socket that the loop may be blocked on."""
        with self._lock:
            self._socket = sock
            if self.fired:
                _shut(sock)

    def release(self) -> None:
        """The request is over; its socket may now belong to another."""
        with self._lock:
            self._socket = None


def _shut(sock: socket.socket) -> None:
    # Not the method of SSLSocket, which drops the TLS state under the thread that is reading with it.
    with suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
