"""Turns SIGTERM and SIGINT into one polite request to stop; the second of them ends the process at once."""

import signal
from collections.abc import Callable
from types import FrameType
from typing import Final

_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


def on_stop_signal(asked: Callable[[], None]) -> None:
    """Calls `asked` at the first signal. For the main thread; `asked` must be safe in a signal handler."""

    def handle(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        asked()

    for number in _SIGNALS:
        signal.signal(number, handle)
