"""A scraper as Prometheus is one: takes raw samples at intervals, and corrects counters for resets."""

from collections.abc import Callable
from threading import Event, Thread

from prometheus_client.parser import text_string_to_metric_families

from kubevigil.pods.families import RESTARTS, WORKLOAD_TERMINATIONS

from .audit import Labels

_EVERY_SECONDS = 0.1


class Scraper:
    """`increases` is what every series has grown by since it was first asked for; `falls` are resets, in words."""

    def __init__(self, fetch: Callable[[], str | None]) -> None:
        self._fetch = fetch
        self._stop = Event()
        self._thread = Thread(target=self._run, name="scraper")
        self._last: dict[Labels, float] = {}
        self.increases: dict[Labels, float] = {}
        self.restarts: dict[tuple[str, str], float] = {}
        self.falls: list[str] = []
        self.scrapes = 0

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """A second call does nothing."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(10)
        assert not self._thread.is_alive()

    def scrape(self) -> bool:
        """One scrape; whether there was an answer. For one thread at a time."""
        text = self._fetch()
        if text is None:
            return False
        self.scrapes += 1
        self.restarts = {}
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                if sample.name == WORKLOAD_TERMINATIONS.name:
                    self._take(tuple(sample.labels[name] for name in WORKLOAD_TERMINATIONS.labels), sample.value)
                elif sample.name == RESTARTS.name:
                    self.restarts[sample.labels["pod"], sample.labels["container"]] = sample.value
        return True

    def _take(self, labels: Labels, value: float) -> None:
        last = self._last.get(labels, 0.0)
        if value < last:
            self.falls.append(f"{'/'.join(labels)}: from {last:g} to {value:g}")
            last = 0.0
        self._last[labels] = value
        self.increases[labels] = self.increases.get(labels, 0.0) + value - last

    def _run(self) -> None:
        while not self._stop.wait(_EVERY_SECONDS):
            self.scrape()
