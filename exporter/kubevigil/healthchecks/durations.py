"""How long the runs of a check took: the counts of a histogram."""

from bisect import bisect_left
from dataclasses import dataclass
from typing import Final

BOUNDS: Final = (1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600)
"""Seconds: a hello takes 3 to 10 on an idle cluster, the default timeout is an hour."""


@dataclass(frozen=True, slots=True)
class Durations:
    """Runs by the first of BOUNDS that they did not exceed, the rest last; and their seconds in all."""

    counts: tuple[int, ...] = (0,) * (len(BOUNDS) + 1)
    total: float = 0

    def plus(self, seconds: float) -> "Durations":
        """With one more run."""
        place = bisect_left(BOUNDS, seconds)
        counts = (*self.counts[:place], self.counts[place] + 1, *self.counts[place + 1 :])
        return Durations(counts, self.total + seconds)
