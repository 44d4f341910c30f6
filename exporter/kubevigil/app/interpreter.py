"""The interpreter's own settings for a service: threads that take turns, and much in memory that stays."""

import gc
import sys
from typing import Final

_TURN: Final = 0.0005
"""Seconds that a busy thread keeps the interpreter while others want it. A scrape asks for it a dozen times, and at
Python's 5 ms it waits longer behind a busy watch than it works."""

_MADE_BEFORE_A_LOOK: Final = 20_000
"""Objects. Hardly anything here is garbage in a cycle; to look for some at every 700th cost a fifth of a list."""


def settle() -> None:
    """Called once, when all that lives as long as the process was made."""
    sys.setswitchinterval(_TURN)
    gc.freeze()
    gc.set_threshold(_MADE_BEFORE_A_LOOK, 10, 10)
