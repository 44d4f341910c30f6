"""The counters that survive pods and the exporter: what the store holds, in memory, as text for a scrape."""

from collections import Counter
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from threading import Lock

from kubevigil.metrics.text import family_text
from kubevigil.pods.families import PODS_VANISHED, WORKLOAD_TERMINATIONS
from kubevigil.pods.recording import CounterLabels, overflow_labels


class Counters:
    """Written by the bookkeeper after each commit, read by scrapes. `limit` bounds the series of workloads."""

    def __init__(self, workloads: Mapping[CounterLabels, int], vanished: Mapping[str, int], *, limit: int) -> None:
        self._workloads = Counter(workloads)
        self._vanished = Counter(vanished)
        self._limit = limit
        self._lock = Lock()
        self._text: bytes | None = None

    def admitted(self, labels: CounterLabels, also: AbstractSet[CounterLabels] = frozenset()) -> CounterLabels:
        """The labels themselves, or those of the overflow series once `limit` series exist.

        `also` are labels of the same batch that will have a series when it is committed.
        """
        if labels in self._workloads or labels in also or len(self._workloads) + len(also) < self._limit:
            return labels
        series = len(self._workloads) + len(also - self._workloads.keys())
        return labels if series < self._limit else overflow_labels(labels)

    def values(self) -> tuple[dict[CounterLabels, int], dict[str, int]]:
        """The workloads' and the vanished pods' counters as they are now."""
        with self._lock:
            return dict(self._workloads), dict(self._vanished)

    def add(self, workloads: Mapping[CounterLabels, int], vanished: Mapping[str, int]) -> None:
        """Moves the counters as a commit moved them in the store."""
        with self._lock:
            self._workloads.update(workloads)
            self._vanished.update(vanished)
            self._text = None

    def forget(self, workloads: Iterable[CounterLabels]) -> None:
        """Drops series that the store dropped."""
        with self._lock:
            for labels in workloads:
                self._workloads.pop(labels, None)
            self._text = None

    def text(self) -> bytes:
        """Both families in the text format, series in a stable order."""
        with self._lock:
            if self._text is None:
                self._text = family_text(WORKLOAD_TERMINATIONS, sorted(self._workloads.items())) + family_text(
                    PODS_VANISHED, sorted(((namespace,), n) for namespace, n in self._vanished.items())
                )
            return self._text
