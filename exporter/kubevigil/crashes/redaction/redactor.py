"""Puts markers where the detectors found something. Pure.

A marker never holds a line's end, so lines stay what and where they were. What stands outside of markers is as it was.
Redacting twice changes nothing more: what lies within a marker is left alone.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from kubevigil.crashes.redaction.clues import Clues
from kubevigil.crashes.redaction.detector import Detector, Page, Span

_MARKER: Final = re.compile(r"\[REDACTED:[a-z0-9_]{1,32}\]")


_BEGIN: Final = "[REDACTED:"
_PASSES: Final = 6
"""A marker changes what stands beside it, which may then be seen for what it is. Two do for nearly all texts."""


class Redacted(NamedTuple):
    """The text without what was found, and how often each detector was the one to find it: markers added by name."""

    text: str
    hits: Mapping[str, int]


class _Hit(NamedTuple):
    start: int
    end: int
    rank: int


class Redactor:
    """Applies detectors; where several find the same place, the one that comes first names it."""

    def __init__(self, detectors: Sequence[Detector]) -> None:
        self._detectors = tuple(detectors)
        self._clues = Clues([clue for detector in detectors for clue in detector.clues])

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its detectors, the values that its hits can have."""
        return tuple(detector.name for detector in self._detectors)

    def redact(self, text: str) -> Redacted:
        """The text with `[REDACTED:name]` for each secret; takes time in proportion to its length."""
        redacted = text
        for _ in range(_PASSES):
            hits = self._found(redacted)
            if not hits:
                break
            redacted = self._marked(redacted, hits)
        return Redacted(redacted, self._counted(redacted, text) if redacted != text else {})

    def _marked(self, text: str, hits: Sequence[_Hit]) -> str:
        pieces: list[str] = []
        at = 0
        for hit in hits:
            pieces += (text[at : hit.start], marker(self._detectors[hit.rank].name))
            at = hit.end
        return "".join((*pieces, text[at:]))

    def _counted(self, redacted: str, before: str) -> dict[str, int]:
        added = Counter(_MARKER.findall(redacted))
        added.subtract(_MARKER.findall(before))
        return {name: count for name in self.names if (count := added[marker(name)]) > 0}

    def _found(self, text: str) -> list[_Hit]:
        marked = [Span(*match.span()) for match in _MARKER.finditer(text)] if _BEGIN in text else []
        text = _without_names(text, marked)
        page = Page(text, self._clues.held_by(text))
        found = [
            _Hit(start, end, rank)
            for rank, detector in enumerate(self._detectors)
            for span in detector.find(page)
            for start, end in _within_lines(text, span)
        ]
        found.sort()
        if not marked:
            return list(_united(found))
        return list(_united(_widened(marked, _united(_outside(marked, found)))))


def marker(name: str) -> str:
    """What stands in the text for something that the detector of this name found."""
    return f"[REDACTED:{name}]"


def _without_names(text: str, marked: Sequence[Span]) -> str:
    """The text with stars in its markers: the names in them are no names of secrets."""
    pieces: list[str] = []
    at = 0
    for start, end in marked:
        pieces += (text[at : start + 1], "*" * (end - start - 2))
        at = end - 1
    return "".join((*pieces, text[at:])) if pieces else text


def _within_lines(text: str, span: Span) -> Iterator[Span]:
    start, end = span
    while (newline := text.find("\n", start, end)) >= 0:
        yield Span(start, newline)
        start = newline + 1
    yield Span(start, end)


def _united(hits: Iterable[_Hit]) -> Iterator[_Hit]:
    """Sorted hits, those that overlap or touch made one; empty ones left out."""
    united: _Hit | None = None
    for hit in hits:
        if hit.start == hit.end:
            continue
        if united is None or hit.start > united.end:
            if united:
                yield united
            united = hit
        else:
            united = _Hit(united.start, max(united.end, hit.end), min(united.rank, hit.rank))
    if united:
        yield united


def _outside(marked: Sequence[Span], hits: Iterable[_Hit]) -> Iterator[_Hit]:
    """Sorted hits but for those that lie within a marker."""
    at = 0
    for hit in hits:
        while at < len(marked) and marked[at].end <= hit.start:
            at += 1
        if at == len(marked) or hit.start < marked[at].start or hit.end > marked[at].end:
            yield hit


def _widened(marked: Sequence[Span], hits: Iterable[_Hit]) -> Iterator[_Hit]:
    """United hits; those that cut into a marker take all of it."""
    at = 0
    for hit in hits:
        start, end = hit.start, hit.end
        while at < len(marked) and marked[at].start < end:
            if marked[at].end > hit.start:
                start, end = min(start, marked[at].start), max(end, marked[at].end)
            at += 1
        at = max(at - 1, 0)
        yield _Hit(start, end, hit.rank)
