"""Turns SIGTERM and SIGINT into one polite request to stop; the second of them ends the process at once."""

import signal
from collections.abc import Callable
from queue import Empty, SimpleQueue
from types import FrameType
from typing import Final

_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
_LOOK_SECONDS: Final = 0.5


class StopRequest:
    """Holds the main thread until somebody asks for the end."""

    def __init__(self) -> None:
        # `Event.set` in a signal handler can lock up the thread that is just about to wait; a put cannot.
        self._asked: SimpleQueue[None] = SimpleQueue()

    def ask(self) -> None:
        """Lets `wait` return. May be called by any thread, and in a signal handler."""
        self._asked.put(None)

    def wait(self) -> None:
        """Blocks until the end is asked for. For the main thread, once."""
        # Handlers run in the main thread between two steps of Python. A signal that comes after the last step before it
        # blocks, or that the kernel gives another thread, does not end the block, so its handler would never run.
        while not self.asked_within(_LOOK_SECONDS):
            pass

    def asked_within(self, seconds: float) -> bool:
        """Waits so long at most; whether the end was asked for."""
        try:
            self._asked.get(timeout=seconds)
        except Empty:
            return False
        return True


def on_stop_signal(asked: Callable[[], None]) -> None:
    """Calls `asked` at the first signal. For the main thread; `asked` must be safe in a signal handler."""

    def handle(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        asked()

    for number in _SIGNALS:
        signal.signal(number, handle)
