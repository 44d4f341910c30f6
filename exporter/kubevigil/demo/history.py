"""Versions of the pods: the present state and the latest changes, for LIST and WATCH. Thread-safe.

The world publishes under its own lock; readers take the history's condition only. Each pod is encoded once a change
and shared by lists, snapshots and watches. Bounded: the last `keep` changes, the last `_SNAPSHOTS` paged lists; who
needs an older one is told so (`Expired`) and lists again.
"""

import threading
from bisect import bisect_right
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Final, NamedTuple

from kubevigil.demo.plan import PodRef

_SNAPSHOTS: Final = 16


class Expired(Exception):
    """The version that was asked for is older than the history."""

    def __init__(self, asked: int, oldest: int) -> None:
        super().__init__(f"too old resource version: {asked} ({oldest})")


class Change(NamedTuple):
    """One change: its version, ADDED, MODIFIED or DELETED, the pod and its JSON after it."""

    version: int
    type: str
    ref: PodRef
    body: bytes


class Snapshot(NamedTuple):
    """All pods at one version, ordered by namespace and name."""

    version: int
    pods: tuple[tuple[PodRef, bytes], ...]


class Waited(NamedTuple):
    """What came while waiting: changes after the version asked for, the newest version, the count of wake-ups."""

    changes: list[Change]
    version: int
    bookmarks: int


class History:
    """The versioned store of pods."""

    def __init__(self, *, keep: int) -> None:
        self._condition = threading.Condition()
        self._pods: dict[PodRef, bytes] = {}
        self._changes: deque[Change] = deque(maxlen=keep)
        self._snapshots: OrderedDict[int, Snapshot] = OrderedDict()
        self._version = 0
        self._oldest = 0
        self._bookmarks = 0
        self._closed = False

    @property
    def version(self) -> int:
        """The newest resourceVersion."""
        return self._version

    @property
    def closed(self) -> bool:
        """Whether watches have to end."""
        return self._closed

    @property
    def bookmarks(self) -> int:
        """How often `bookmark` was called."""
        return self._bookmarks

    def publish(self, type_: str, ref: PodRef, encode: Callable[[int], bytes]) -> None:
        """Take in a change; `encode` gets its new resourceVersion and returns the pod's JSON."""
        with self._condition:
            version = self._version + 1
            body = encode(version)
            if type_ == "DELETED":
                self._pods.pop(ref, None)
            else:
                self._pods[ref] = body
            if len(self._changes) == self._changes.maxlen:
                self._oldest = self._changes[0].version
            self._changes.append(Change(version, type_, ref, body))
            self._version = version
            self._condition.notify_all()

    def next_version(self) -> int:
        """A version for a change of something else than a pod (events, namespaces)."""
        with self._condition:
            self._version += 1
            return self._version

    def snapshot(self) -> Snapshot:
        """The present state; kept for the pages that follow."""
        with self._condition:
            found = self._snapshots.get(self._version)
            if found is None:
                found = Snapshot(self._version, tuple(sorted(self._pods.items())))
                self._snapshots[self._version] = found
                if len(self._snapshots) > _SNAPSHOTS:
                    self._snapshots.popitem(last=False)
            return found

    def snapshot_at(self, version: int) -> Snapshot:
        """The state that an earlier page was taken from. Raises Expired if it is no longer there."""
        with self._condition:
            if version not in self._snapshots:
                raise Expired(version, self._version)
            return self._snapshots[version]

    def find(self, ref: PodRef) -> bytes | None:
        """The JSON of one pod, None if there is none."""
        return self._pods.get(ref)

    def check(self, version: int) -> None:
        """Raises Expired if changes after `version` have been dropped."""
        with self._condition:
            self._check(version)

    def wait(self, version: int, bookmarks: int, timeout: float) -> Waited:
        """Changes after `version`; waits up to `timeout` seconds for one, a bookmark or the end.

        Raises Expired if the reader fell behind the history.
        """
        with self._condition:
            self._condition.wait_for(
                lambda: self._closed or self._version > version or self._bookmarks != bookmarks, timeout
            )
            self._check(version)
            return Waited(self._after(version), self._version, self._bookmarks)

    def bookmark(self) -> None:
        """Have every watch that asked for bookmarks send one now."""
        with self._condition:
            self._bookmarks += 1
            self._condition.notify_all()

    def compact(self) -> None:
        """Drop all changes and paged lists, as etcd's compaction does: every older version is expired."""
        with self._condition:
            self._changes.clear()
            self._snapshots.clear()
            self._oldest = self._version

    def close(self) -> None:
        """End all watches, and those to come, until `reopen`."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()

    def reopen(self) -> None:
        """Let watches run again."""
        with self._condition:
            self._closed = False

    def _check(self, version: int) -> None:
        if version < self._oldest:
            raise Expired(version, self._oldest)

    def _after(self, version: int) -> list[Change]:
        if not self._changes or self._changes[-1].version <= version:
            return []
        # Versions have gaps (changes of other things), so the place is searched and not computed.
        changes = list(self._changes)
        return changes[bisect_right(changes, version, key=lambda change: change.version) :]
