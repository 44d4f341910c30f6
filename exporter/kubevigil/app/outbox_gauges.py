"""Shows what waits for the sink, read from the store now and then; the sidecar moves it, in its own process."""

import logging
from threading import Event
from typing import Final

from kubevigil.metrics import selfmetrics
from kubevigil.metrics.selfmetrics import SelfMetrics
from kubevigil.model.clock import Wall
from kubevigil.store.errors import StoreError
from kubevigil.store.outbox import Outbox

_log = logging.getLogger(__name__)

SINK: Final = "elasticsearch"
"""The sink's name, in the store and in labels."""

EVERY_SECONDS: Final = 5.0


class OutboxGauges:
    """Keeps the gauges of one sink's outbox."""

    def __init__(self, outbox: Outbox, metrics: SelfMetrics, wall: Wall) -> None:
        self._outbox = outbox
        self._metrics = metrics
        self._wall = wall
        self._dropped = 0

    def run(self, stop: Event) -> None:
        """Looks at once, then every few seconds until `stop` is set."""
        self.look()
        while not stop.wait(EVERY_SECONDS):
            self.look()

    def look(self) -> None:
        """Reads how it stands; what cannot be read leaves the gauges as they were."""
        try:
            balance = self._outbox.balance(self._wall())
        except StoreError as error:
            self._metrics.count(selfmetrics.STORE_ERRORS, "balance")
            _log.warning("outbox not read", extra={"fields": {"error": str(error)}})
            return
        self._metrics.set(selfmetrics.OUTBOX_RECORDS, balance.waiting, SINK)
        self._metrics.set(selfmetrics.OUTBOX_OLDEST, balance.oldest_seconds, SINK)
        self._metrics.set(selfmetrics.OUTBOX_DEAD, balance.dead, SINK)
        self._metrics.count(selfmetrics.OUTBOX_DROPPED, SINK, by=max(balance.dropped - self._dropped, 0))
        self._dropped = balance.dropped
