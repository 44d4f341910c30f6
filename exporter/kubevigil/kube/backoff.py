"""How long to wait before the next attempt: growing, scattered, and forgotten after a while of health.

Figures as client-go's reflector has them (0.8 s doubling to 30 s, reset after 2 minutes), with the scatter inside the
cap: 10 minutes without an API server are at most 40 attempts.
"""

from random import Random
from typing import Final

SHORTEST: Final = 0.8
LONGEST: Final = 30.0
HEALTHY_AFTER: Final = 120.0

_FACTOR: Final = 2.0
_SCATTER: Final = 0.2
_TOP: Final = LONGEST / (1.0 + _SCATTER)


class Backoff:
    """One scope's backoff. Times are in seconds."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._base = SHORTEST

    def next(self, *, at_least: float = 0.0) -> float:
        """The next wait: 0.8 s ± 20 % at first, twice that each time up to 25 s ± 20 %, never under `at_least`."""
        wait = self._base * self._random.uniform(1.0 - _SCATTER, 1.0 + _SCATTER)
        self._base = min(self._base * _FACTOR, _TOP)
        return max(wait, at_least)

    def forget(self) -> None:
        """Things are well again: the next wait is the shortest."""
        self._base = SHORTEST


def first_delay(spread: float, random: Random) -> float:
    """A random wait of 0 to `spread` seconds before the first request, so that a fleet's start is no storm."""
    return random.uniform(0.0, spread)
