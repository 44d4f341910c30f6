"""Which checks have to be looked at, and when: a queue of keys, each with one worker at a time.

A key that is added again while a worker has it is given out once more afterwards, so no change goes unseen; one that
is added twice is given out once. `at` adds a key for a moment to come; a sooner moment takes the place of a later one.
Whose moment has come goes before the others: a run that begins late is seen, an end that is told late is not.
Moments are of the wall clock, since slots are; while one is awaited the clock is looked at every second, so that a jump
of the host's clock shifts nothing for long.
"""

import heapq
from collections import deque
from collections.abc import Callable
from threading import Condition
from typing import Final

from kubevigil.model.clock import Wall

_LOOK_AGAIN: Final = 1.0
"""Seconds."""

Await = Callable[[Condition, float | None], object]
"""Waits on a condition for at most so many seconds, None for ever."""


class Agenda:
    """Thread-safe; `closed` once it was. `wait` is the test's to give."""

    def __init__(self, wall: Wall, *, wait: Await = Condition.wait) -> None:
        self._wall = wall
        self._wait = wait
        self._changed = Condition()
        self._due: deque[str] = deque()
        self._ready: deque[str] = deque()
        self._queued: set[str] = set()
        self._held: set[str] = set()
        self._again: set[str] = set()
        self._moments: dict[str, float] = {}
        self._heap: list[tuple[float, str]] = []
        self.closed = False

    def add(self, key: str) -> None:
        """To be looked at as soon as a worker is free."""
        with self._changed:
            self._enqueue(key, self._ready)

    def at(self, key: str, moment: float) -> None:
        """To be looked at from `moment` (Unix seconds) on."""
        with self._changed:
            if moment < self._moments.get(key, float("inf")):
                self._moments[key] = moment
                heapq.heappush(self._heap, (moment, key))
                self._changed.notify()

    def forget(self, key: str) -> None:
        """Drops the moment of a key that is gone."""
        with self._changed:
            self._moments.pop(key, None)

    def take(self) -> str | None:
        """The next key, for the worker that asks; blocks until there is one. None once the agenda is closed."""
        with self._changed:
            while not self.closed:
                self._look_at_the_clock()
                if (key := self._next()) is not None:
                    return key
                self._wait(self._changed, self._pause())
            return None

    def done(self, key: str) -> None:
        """The worker has finished with a key."""
        with self._changed:
            self._held.discard(key)
            if key in self._again:
                self._again.discard(key)
                self._enqueue(key, self._ready)

    def close(self) -> None:
        """Sends the workers home."""
        with self._changed:
            self.closed = True
            self._changed.notify_all()

    def _next(self) -> str | None:
        for queue in (self._due, self._ready):
            while queue:
                key = queue.popleft()
                if key in self._queued:  # else it was in both, and has been given out
                    self._queued.discard(key)
                    self._held.add(key)
                    return key
        return None

    def _enqueue(self, key: str, queue: deque[str]) -> None:
        if key in self._held:
            self._again.add(key)
        elif key not in self._queued or queue is self._due:
            self._queued.add(key)
            queue.append(key)
            self._changed.notify()

    def _look_at_the_clock(self) -> None:
        now = self._wall()
        while self._heap and self._heap[0][0] <= now:
            moment, key = heapq.heappop(self._heap)
            if self._moments.get(key) == moment:
                del self._moments[key]
                self._enqueue(key, self._due)

    def _pause(self) -> float | None:
        if not self._heap:
            return None
        return min(_LOOK_AGAIN, max(0.0, self._heap[0][0] - self._wall()))
