"""What the bookkeeper is told, in order: pods worth a look, pods that are gone, complete lists, evidence of crashes."""

import sys
from collections import deque
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from threading import Condition
from typing import Final, NamedTuple

from kubevigil.model.pod import ContainerStatus, ContainerType, Pod
from kubevigil.model.record import Evidence
from kubevigil.store.packing import without_text


class Observed(NamedTuple):
    """A pod that a container of has ended in, or may have. `was_running` names the containers that ran just before."""

    pod: Pod
    containers: Sequence[tuple[ContainerType, ContainerStatus]]
    was_running: frozenset[str]
    observed_at: float
    scope: str


class Gone(NamedTuple):
    """A pod that the API no longer shows. `vanished`: it had started a container and never showed a final status."""

    uid: str
    namespace: str
    vanished: bool


class Listed(NamedTuple):
    """A list of a scope is complete: what it does not name is gone."""

    scope: str
    uids: AbstractSet[str]


class Captured(NamedTuple):
    """What was gathered about a crash that is recorded, redacted."""

    record_id: str
    evidence: Evidence


Item = Observed | Gone | Listed | Captured

_COALESCE_ABOVE: Final = 20_000
_MOST_BODY_BYTES: Final = 32 * 1024 * 1024
_SHARE_AT_ONCE: Final = 1 / 4
"""Of the bytes of bodies, in one transaction: what is being written cannot give way, and must leave room."""


class Tally(NamedTuple):
    """The balance of a backlog at one moment: observed = settled + superseded + waiting."""

    observed: int
    settled: int
    superseded: int
    waiting: int


class _Cell:
    """A place in the queue for what was captured, whose body may have to go while it waits. `size`: of its body."""

    __slots__ = ("captured", "size")

    def __init__(self, captured: Captured) -> None:
        text = captured.evidence.log.text
        self.captured = captured
        self.size = sys.getsizeof(text) if text else 0

    def drop_body(self) -> None:
        self.captured = Captured(self.captured.record_id, without_text(self.captured.evidence))
        self.size = 0


class Backlog:
    """Items on their way to the bookkeeper, first come, first served.

    Bounded by the cluster and not by time: while the store cannot be written, older observations of a pod give way to
    newer ones. The number of deaths stays right that way; the details of those in between are lost. Bodies of logs
    are bounded by `most_body_bytes` of memory, those taken and not settled included; the oldest that waits goes first.
    """

    def __init__(self, *, coalesce_above: int = _COALESCE_ABOVE, most_body_bytes: int = _MOST_BODY_BYTES) -> None:
        self._items: deque[Observed | Gone | Listed | _Cell] = deque()
        self._heavy: deque[_Cell] = deque()
        self._taken_sizes: deque[int] = deque()
        self._most_body_bytes = most_body_bytes
        self._body_bytes = 0
        self.dropped_bodies = 0
        """How many bodies had to go so far. Other threads may read it."""
        self._changed = Condition()
        self._limit = self._coalesce_above = coalesce_above
        self._closed = False
        self._wanted = 1
        self._observed = self._settled = self._superseded = 0

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: Item) -> None:
        """Appends an item. Never blocks for long, never refuses."""
        with self._changed:
            self._items.append(self._held(item) if isinstance(item, Captured) else item)
            self._observed += 1
            if len(self._items) > self._limit:
                self._coalesce()
            if len(self._items) >= self._wanted:
                self._changed.notify()

    def take(self, most: int, timeout: float) -> list[Item]:
        """Up to `most` items, waiting at most `timeout` seconds for the first; [] when there is none.

        Fewer where their bodies would be too many bytes for one transaction.
        """
        with self._changed:
            self._wait(1, timeout)
            room = int(self._most_body_bytes * _SHARE_AT_ONCE)
            items: list[Item] = []
            while self._items and len(items) < most and (room >= self._size(self._items[0]) or not items):
                room -= self._size(self._items[0])
                items.append(self._next())
            return items

    def gather(self, most: int, timeout: float) -> None:
        """Waits until `most` items are there to be taken at once, at most `timeout` seconds; not once it is closed."""
        with self._changed:
            self._wait(most, timeout)

    def settle(self, count: int) -> None:
        """So many of the items that were taken, the first ones, are written, or had nothing new to write."""
        with self._changed:
            for _ in range(count):
                self._body_bytes -= self._taken_sizes.popleft()
            self._settled += count

    def tally(self) -> Tally:
        """What became of all items so far. Those taken and not yet settled still wait."""
        with self._changed:
            waiting = len(self._taken_sizes) + len(self._items)
            return Tally(self._observed, self._settled, self._superseded, waiting)

    def close(self) -> None:
        """Wakes whoever waits; items can still be taken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _wait(self, count: int, timeout: float) -> None:
        self._wanted = count  # woken for each item, the taker would cost more than it takes
        self._changed.wait_for(lambda: self._closed or len(self._items) >= count, timeout)

    def _held(self, captured: Captured) -> _Cell:
        """Its place; other bodies, or its own, may go for it."""
        cell = _Cell(captured)
        if cell.size:
            self._heavy.append(cell)
            self._body_bytes += cell.size
        while self._body_bytes > self._most_body_bytes and self._heavy:
            oldest = self._heavy.popleft()
            self._body_bytes -= oldest.size
            oldest.drop_body()
            self.dropped_bodies += 1
        return cell

    def _next(self) -> Item:
        item = self._items.popleft()
        self._taken_sizes.append(self._size(item))
        if not isinstance(item, _Cell):
            return item
        if item.size:
            self._heavy.popleft()
        return item.captured

    @staticmethod
    def _size(item: Observed | Gone | Listed | _Cell) -> int:
        return item.size if isinstance(item, _Cell) else 0

    def _coalesce(self) -> None:
        newest: dict[str, int] = {
            item.pod.metadata.uid: index for index, item in enumerate(self._items) if isinstance(item, Observed)
        }
        before = len(self._items)
        self._items = deque(
            item
            for index, item in enumerate(self._items)
            if not isinstance(item, Observed) or newest[item.pod.metadata.uid] == index
        )
        self._superseded += before - len(self._items)
        # A backlog of distinct pods cannot shrink; looking again at every item would be quadratic.
        self._limit = max(self._coalesce_above, 2 * len(self._items))
