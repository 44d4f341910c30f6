"""Makes changed rows visible to scrapes, a few times a second."""

from collections.abc import Sequence
from threading import Event
from typing import Final

from kubevigil.metrics.exposition import Exposition
from kubevigil.pods.intake import Intake

INTERVAL_SECONDS: Final = 0.25
"""How much older than the watch a scrape may be; half of it on average."""


class Publisher:
    """Takes a snapshot of every intake that changed and hands it to the exposition."""

    def __init__(self, intakes: Sequence[Intake], exposition: Exposition) -> None:
        self._intakes = intakes
        self._exposition = exposition

    def run(self, stop: Event) -> None:
        """Publishes until `stop` is set."""
        while not stop.wait(INTERVAL_SECONDS):
            self.publish()

    def publish(self) -> None:
        """Publishes what changed since the last call."""
        for intake in self._intakes:
            snapshot = intake.snapshot()
            if snapshot is not None:
                self._exposition.publish(intake.scope, snapshot)
