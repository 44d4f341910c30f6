"""The text of a family of counters of which a few move between two scrapes: only the lines of those are made again."""

from collections.abc import Collection, Mapping
from typing import Generic, TypeVar

from kubevigil.metrics.text import Family, label_pairs, sample

Labels = TypeVar("Labels", bound=tuple[str, ...])


class CountedText(Generic[Labels]):
    """Kept beside the values, which stay their owner's. Not thread-safe: the owner's lock is to be held."""

    def __init__(self, family: Family, series: Collection[Labels]) -> None:
        self._family = family
        self._lines: dict[Labels, bytes] = {}
        self._moved = set(series)

    def moved(self, series: Collection[Labels]) -> None:
        """These have another value than at the last text, or are new."""
        self._moved.update(series)

    def dropped(self, labels: Labels) -> None:
        """There is no such series any more; one that never was is no fault."""
        self._lines.pop(labels, None)
        self._moved.discard(labels)

    def text(self, values: Mapping[Labels, int]) -> bytes:
        """The family, those given first in order, the others as they came; nothing at all for one without series."""
        for labels in sorted(self._moved):
            self._lines[labels] = self._line(labels, values[labels])
        self._moved.clear()
        return self._family.header() + b"".join(self._lines.values()) if self._lines else b""

    def _line(self, labels: Labels, value: int) -> bytes:
        return sample(self._family.name, label_pairs(self._family.labels, labels), value).encode()
