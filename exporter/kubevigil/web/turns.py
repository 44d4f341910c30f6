"""Lets threads do one after the other what would be too much at once, and sends away whom it would keep too long."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock


class Busy(Exception):
    """No turn now."""


class Turns:
    """A queue of at most `most` threads, the one in turn included; each `client` is in it once at most.

    First come, first served: a client that comes again and again cannot overtake another one for ever.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._queue: dict[str, Event] = {}

    @contextmanager
    def turn(self, client: str) -> Iterator[None]:
        """Waits for a turn and keeps it for the block. Raises Busy at once where there is no place in the queue."""
        mine = self._enter(client)
        try:
            mine.wait()
            yield
        finally:
            self._leave(client)

    def _enter(self, client: str) -> Event:
        mine = Event()
        with self._lock:
            if client in self._queue or len(self._queue) >= self._most:
                raise Busy
            if not self._queue:
                mine.set()
            self._queue[client] = mine
        return mine

    def _leave(self, client: str) -> None:
        with self._lock:
            del self._queue[client]
            if self._queue:
                next(iter(self._queue.values())).set()
