"""Follows the store: tells of each new crash once, when its log has been settled or has kept us waiting too long.

The store may be replaced under us (the exporter begins a damaged one anew) or be away for a while. Then it is opened
again, and what is in the new one is told from its beginning.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple, Protocol

from kubevigil.model.clock import Monotonic, Wall, seconds_of
from kubevigil.model.record import Record
from kubevigil.store.archive import Cursor, Filter
from kubevigil.store.errors import StoreError

PATIENCE_SECONDS: Final = 20.0
"""A capture is settled 15 s after the crash was recorded, and written some moments later."""

Identity = object
"""Of the file that is read; another one means that the store was replaced."""


_PAGE: Final = 100
"""Crashes that are read at once: with their texts up to 25 MiB."""


class Archive(Protocol):
    """What is asked of a store's archive."""

    def find(self, prefix: str, limit: int, *, texts: bool) -> Sequence[Record]:
        """Those whose id begins so."""

    def newer_than(self, cursor: Cursor, which: Filter, limit: int, *, texts: bool) -> tuple[Sequence[Record], Cursor]:
        """Those committed after the cursor, in that order, and the cursor after them."""

    def end(self) -> Cursor:
        """The cursor after what is there now."""

    def close(self) -> None:
        """Lets go of the store."""


class _Waiting(NamedTuple):
    """A crash as it was first seen, told as such if its store goes away meanwhile."""

    record: Record
    deadline: float


class Follower:
    """Follows one store from `start` on. `identity` tells which file is there now, None where none is.

    With `texts` crashes have the texts of their logs.
    """

    def __init__(
        self,
        open_archive: Callable[[], Archive],
        identity: Callable[[], Identity],
        which: Filter,
        *,
        texts: bool,
        monotonic: Monotonic,
        wall: Wall,
    ) -> None:
        self._open = open_archive
        self._identity = identity
        self._which = which
        self._texts = texts
        self._monotonic = monotonic
        self._wall = wall
        self._waiting: dict[str, _Waiting] = {}
        self._archive: Archive | None = None
        self._opened: Identity = None
        self._cursor: Cursor = 0
        self.trouble = ""

    def start(self) -> None:
        """Opens the store; what is there already is told only if it was asked for. Raises StoreError."""
        self._opened = self._identity()
        self._archive = self._open()
        if self._which.since is None:
            self._cursor = self._archive.end()

    def poll(self) -> list[Record]:
        """Some of the crashes to tell of now, in the order in which they were written; none if there are no more.

        `trouble` then says what keeps us from reading the store, if anything does.
        """
        told: list[Record] = []
        self.trouble = ""
        try:
            for record in self._due(self._current()):
                told.append(record)  # noqa: PERF402  what was due before a failure is told
        except StoreError as error:
            self.trouble = str(error)
            self.close()
        return told

    def close(self) -> None:
        """Lets go of the store."""
        if self._archive is not None:
            self._archive.close()
            self._archive = None

    def _current(self) -> Archive:
        """The archive of the file that is there now."""
        now = self._identity()
        if self._archive is None or now != self._opened:
            self.close()
            self._archive = self._open()
            if now != self._opened:
                self._opened, self._cursor = now, 0
        return self._archive

    def _due(self, archive: Archive) -> Iterator[Record]:
        now = self._monotonic()
        yield from self._settled(archive, now)
        records, cursor = archive.newer_than(self._cursor, self._which, _PAGE, texts=self._texts)
        if self._identity() != self._opened:
            return  # replaced meanwhile: of which of the two the page is cannot be known, the next poll reads it
        self._cursor = cursor
        for record in records:
            if record.log is None and (patience := self._patience(record)):
                self._waiting[record.id] = _Waiting(record, now + patience)
            else:
                yield record

    def _patience(self, record: Record) -> float:
        """Seconds that its log may still take; 0 for a crash of long ago, to which nothing comes any more."""
        seen = seconds_of(record.termination.observed_at) or 0.0
        return min(max(seen + PATIENCE_SECONDS - self._wall(), 0.0), PATIENCE_SECONDS)

    def _settled(self, archive: Archive, now: float) -> Iterator[Record]:
        for id_, waiting in list(self._waiting.items()):
            found = next(iter(archive.find(id_, 1, texts=self._texts)), None)
            if found is None or found.log is not None or now >= waiting.deadline:
                del self._waiting[id_]
                yield found or waiting.record
