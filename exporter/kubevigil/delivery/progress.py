"""Tells how a backlog goes down: how much waits and how much gets through a second."""

import logging
from typing import Final

from kubevigil.delivery.outbox import Outbox
from kubevigil.model.clock import Monotonic, Wall

EVERY: Final = 10.0
"""Seconds between two lines, and over which the rate is taken."""

BACKLOG: Final = 100
"""Crashes that wait before that is worth a line."""

_log: Final = logging.getLogger(__name__)


class Progress:
    """Not thread-safe."""

    def __init__(self, outbox: Outbox, *, wall: Wall, monotonic: Monotonic) -> None:
        self._outbox = outbox
        self._wall = wall
        self._clock = monotonic
        self._since = monotonic()
        self._settled = 0

    def tell(self, settled: int) -> None:
        """`settled` documents need no further attempt, since the start. Raises StoreError."""
        now = self._clock()
        if now - self._since < EVERY:
            return
        rate = (settled - self._settled) / (now - self._since)
        self._since, self._settled = now, settled
        balance = self._outbox.balance(self._wall())
        if balance.waiting >= BACKLOG:
            told = {"waiting": balance.waiting, "dead": balance.dead, "per_second": round(rate, 1)}
            _log.info("backlog goes down" if rate else "backlog stays", extra={"fields": told})
