"""Lets the first of a kind through at once, then at most one every so often, with how many were held back.

Bounded: of more kinds than it may remember, the one that was let through longest ago is forgotten.
"""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Final

from kubevigil.model.clock import Monotonic

_MOST_KINDS: Final = 1_000


class Throttle:
    """One per purpose; any thread may ask it."""

    def __init__(self, seconds: float, clock: Monotonic, *, most_kinds: int = _MOST_KINDS) -> None:
        self._seconds = seconds
        self._clock = clock
        self._most_kinds = most_kinds
        self._lock = Lock()
        self._kinds: OrderedDict[Hashable, tuple[float, int]] = OrderedDict()

    def admit(self, kind: Hashable) -> int | None:
        """How many of this kind were held back since the last that was let through; None holds this one back too."""
        now = self._clock()
        with self._lock:
            since, held = self._kinds.get(kind, (None, 0))
            if since is not None and now - since < self._seconds:
                self._kinds[kind] = since, held + 1
                return None
            self._kinds[kind] = now, 0
            self._kinds.move_to_end(kind)
            if len(self._kinds) > self._most_kinds:
                self._kinds.popitem(last=False)
            return held
