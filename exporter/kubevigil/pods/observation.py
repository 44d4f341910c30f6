"""What the watch tells the bookkeeper, in order: pods worth a look, pods that are gone, lists that are complete."""

from collections import deque
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from threading import Condition
from typing import Final, NamedTuple

from kubevigil.model.pod import ContainerStatus, ContainerType, Pod


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


Item = Observed | Gone | Listed

_COALESCE_ABOVE: Final = 20_000


class Tally(NamedTuple):
    """The balance of a backlog at one moment: observed = settled + superseded + waiting."""

    observed: int
    settled: int
    superseded: int
    waiting: int


class Backlog:
    """Items on their way from the watches to the bookkeeper, first come, first served.

    Bounded by the cluster and not by time: while the store cannot be written, older observations of a pod give way to
    newer ones. The number of deaths stays right that way; the details of those in between are lost.
    """

    def __init__(self, *, coalesce_above: int = _COALESCE_ABOVE) -> None:
        self._items: deque[Item] = deque()
        self._changed = Condition()
        self._limit = self._coalesce_above = coalesce_above
        self._closed = False
        self._observed = self._settled = self._superseded = self._taken = 0

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: Item) -> None:
        """Appends an item. Never blocks for long, never refuses."""
        with self._changed:
            self._items.append(item)
            self._observed += 1
            if len(self._items) > self._limit:
                self._coalesce()
            self._changed.notify()

    def take(self, most: int, timeout: float) -> list[Item]:
        """Up to `most` items, waiting at most `timeout` seconds for the first; [] when there is none."""
        with self._changed:
            if not self._items and not self._closed:
                self._changed.wait(timeout)
            items = [self._items.popleft() for _ in range(min(most, len(self._items)))]
            self._taken += len(items)
            return items

    def settle(self, count: int) -> None:
        """So many of the items that were taken are written, or had nothing new to write."""
        with self._changed:
            self._taken -= count
            self._settled += count

    def tally(self) -> Tally:
        """What became of all items so far. Those taken and not yet settled still wait."""
        with self._changed:
            return Tally(self._observed, self._settled, self._superseded, self._taken + len(self._items))

    def close(self) -> None:
        """Wakes whoever waits; items can still be taken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

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
