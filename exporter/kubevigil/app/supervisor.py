"""Keeps the process's loops running: one long-lived thread each, restarted when it dies, never silently gone.

A loop is a callable that takes a stop event and returns once it is set. One that raises, or returns before, is run
again in the same thread after a growing pause; one that dies too often, or must not be restarted, ends the process
with `exit_code` 1. The main thread waits in `wait`, then calls `stop`, which ends the loops in reverse order.
"""

import logging
from collections import deque
from collections.abc import Callable
from threading import Event, Thread
from typing import Final, NamedTuple

from kubevigil.app.log_lines import chain_of
from kubevigil.app.signals import StopRequest
from kubevigil.model.clock import Monotonic, monotonic

_log = logging.getLogger(__name__)

Loop = Callable[[Event], None]
"""Works until the event is set."""

Pause = Callable[[Event, float], object]
"""Waits until the event is set, at most so many seconds."""

_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 5.0


class Limit(NamedTuple):
    """A loop may die `deaths` times within `seconds`; once more ends the process."""

    deaths: int = 5
    seconds: float = 60.0


DEFAULT_LIMIT: Final = Limit()


class Liveness(NamedTuple):
    """Whether a loop runs or will run again; `detail` says what is or was wrong with it."""

    name: str
    ok: bool
    detail: str


class Supervisor:
    """Loops are added, then started together. `restarted` is called with a loop's name before it runs again.

    `exit_code` is 1 once a loop was given up, else 0. `clock` and `pause` are the test's to give.
    """

    def __init__(
        self,
        *,
        restarted: Callable[[str], None] = lambda _: None,
        limit: Limit = DEFAULT_LIMIT,
        clock: Monotonic = monotonic,
        pause: Pause = Event.wait,
    ) -> None:
        self._restarted = restarted
        self._limit = limit
        self._clock = clock
        self._pause = pause
        self._loops: list[_Kept] = []
        self._end = StopRequest()
        self.exit_code = 0

    def add(self, name: str, run: Loop, *, restart: bool = True, wake: Callable[[], None] | None = None) -> None:
        """Adds a loop. One that is not restarted ends the process when it dies.

        `wake` is called once its stop event is set, for a loop that blocks in something else.
        """
        self._loops.append(_Kept(name, run, restart, wake))

    def start(self) -> None:
        """Starts all loops, in the order of adding."""
        for loop in self._loops:
            loop.thread = Thread(target=self._keep, args=(loop,), name=loop.name, daemon=True)
            loop.thread.start()

    def alive(self) -> list[Liveness]:
        """The state of each loop, for `/healthz`."""
        return [loop.liveness() for loop in self._loops]

    def ask_to_stop(self) -> None:
        """Lets `wait` return. May be called by any thread, and in a signal handler."""
        self._end.ask()

    def wait(self) -> None:
        """Blocks until the process should end: it was asked to, or a loop was given up. For one thread, once."""
        self._end.wait()

    def stop(self, seconds: float) -> list[str]:
        """Ends the loops, the last added first, within `seconds`; the names of those that did not end.

        A loop gets an even share of the time that is left, so one that hangs does not take that of the others.
        """
        deadline = self._clock() + seconds
        stuck = []
        for left, loop in zip(range(len(self._loops), 0, -1), reversed(self._loops), strict=True):
            if not loop.end(max(deadline - self._clock(), 0.0) / left):
                stuck.append(loop.name)
                _log.error("loop did not stop", extra={"fields": {"loop": loop.name}})
        return stuck

    def _keep(self, loop: "_Kept") -> None:
        """A thread's whole life."""
        try:
            while not loop.stop.is_set():
                death = loop.live()
                if not loop.stop.is_set() and not self._revive(loop, death):
                    return
        except BaseException as error:  # noqa: BLE001  a fault here would be a loop silently gone
            self._give_up(loop, chain_of(error))

    def _revive(self, loop: "_Kept", death: str) -> bool:
        now = self._clock()
        loop.died(death, now, since=now - self._limit.seconds)
        if not loop.restart or len(loop.deaths) > self._limit.deaths:
            self._give_up(loop, death)
            return False
        pause = min(_FIRST_PAUSE * 2 ** (len(loop.deaths) - 1), _LONGEST_PAUSE)
        _log.error("loop died", extra={"fields": {"loop": loop.name, "error": death, "again_in_seconds": pause}})
        self._pause(loop.stop, pause)
        if not loop.stop.is_set():
            self._restarted(loop.name)
        return True

    def _give_up(self, loop: "_Kept", death: str) -> None:
        loop.given_up = death
        self.exit_code = 1
        fields = {"loop": loop.name, "error": death, "deaths": loop.total}
        _log.critical("loop given up, ending the process", extra={"fields": fields})
        self.ask_to_stop()


class _Kept:
    """A loop and what became of it. Its own thread writes; others read single attributes."""

    def __init__(self, name: str, run: Loop, restart: bool, wake: Callable[[], None] | None) -> None:
        self.name = name
        self.run = run
        self.restart = restart
        self.wake = wake
        self.stop = Event()
        self.thread: Thread | None = None
        self.deaths: deque[float] = deque()
        self.total = 0
        self.last = ""
        self.given_up = ""

    def live(self) -> str:
        """Runs the loop once; how it ended."""
        try:
            self.run(self.stop)
        except BaseException as error:  # noqa: BLE001  a SystemExit too would be a loop silently gone
            if not self.stop.is_set():
                _log.debug("loop raised", exc_info=error, extra={"fields": {"loop": self.name}})
            return chain_of(error)
        return "returned without being asked to"

    def died(self, death: str, now: float, *, since: float) -> None:
        """Notes a death, and forgets those before `since`."""
        self.deaths.append(now)
        while self.deaths[0] < since:
            self.deaths.popleft()
        self.total += 1
        self.last = death

    def end(self, seconds: float) -> bool:
        """Asks the loop to end and waits for it; whether it did."""
        self.stop.set()
        if self.wake is not None:
            self.wake()
        if self.thread is None:
            return True
        self.thread.join(seconds)
        return not self.thread.is_alive()

    def liveness(self) -> Liveness:
        if self.given_up:
            return Liveness(self.name, False, f"given up: {self.given_up}")
        if self.thread is None or not self.thread.is_alive():
            return Liveness(self.name, False, "not running")
        return Liveness(self.name, True, f"died {self.total} times, last: {self.last}" if self.total else "running")
