"""The counters that survive pods and the exporter: what the store holds, in memory, as text for a scrape."""

from collections import Counter
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from threading import Lock

from kubevigil.metrics.counted import CountedText
from kubevigil.pods.families import PODS_VANISHED, WORKLOAD_TERMINATIONS
from kubevigil.pods.recording import CounterLabels, overflow_labels


class Counters:
    """Written by the bookkeeper after each commit, read by scrapes. `limit` bounds the series of workloads."""

    def __init__(self, workloads: Mapping[CounterLabels, int], vanished: Mapping[str, int], *, limit: int) -> None:
        self._workloads = Counter(workloads)
        self._vanished = Counter({(namespace,): count for namespace, count in vanished.items()})
        self._limit = limit
        self._lock = Lock()
        self._workloads_text = CountedText(WORKLOAD_TERMINATIONS, self._workloads)
        self._vanished_text = CountedText(PODS_VANISHED, self._vanished)

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
            return dict(self._workloads), {namespace: count for (namespace,), count in self._vanished.items()}

    def add(self, workloads: Mapping[CounterLabels, int], vanished: Mapping[str, int]) -> None:
        """Moves the counters as a commit moved them in the store."""
        with self._lock:
            self._workloads.update(workloads)
            self._workloads_text.moved(workloads.keys())
            by_labels = {(namespace,): count for namespace, count in vanished.items()}
            self._vanished.update(by_labels)
            self._vanished_text.moved(by_labels.keys())

    def forget(self, workloads: Iterable[CounterLabels]) -> None:
        """Drops series that the store dropped."""
        with self._lock:
            for labels in workloads:
                self._workloads.pop(labels, None)
                self._workloads_text.dropped(labels)

    def text(self) -> bytes:
        """Both families in the text format: what the store held in order, then the others as they came."""
        with self._lock:
            return self._workloads_text.text(self._workloads) + self._vanished_text.text(self._vanished)
