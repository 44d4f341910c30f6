"""Takes in the pods of one watched scope: keeps their rows, and passes on what the bookkeeper must see.

Rows do not wait for the store. A list is collected beside the state that scrapes see and takes its place when it is
complete, so no scrape sees half a cluster. Of a pod only what the next event is compared with is kept: its version,
which containers run, whether it could vanish. Events are older than what is known when their resourceVersion is (it
can be compared as a number, KEP-5504); a list is always taken at its word.

Driven by the scope's watch thread; `snapshot` and `live_workloads` may be called by others.
"""

from collections.abc import Callable, Hashable, Sequence
from threading import Lock
from typing import Final, NamedTuple, TypeVar, cast

from kubevigil.metrics.blocks import Blocks, Snapshot
from kubevigil.model.clock import Wall
from kubevigil.model.pod import ContainerStatus, ContainerType, Pod
from kubevigil.model.record import Workload
from kubevigil.pods.families import FAMILIES, render
from kubevigil.pods.observation import Gone, Item, Listed, Observed
from kubevigil.pods.selection import Selection
from kubevigil.pods.workloads import workload_of

_GRAVES: Final = 4096
"""Pods deleted lately: an event of theirs that is played again must not raise them."""

_SHARED_AT_LEAST: Final = 1000
_DIGITS: Final = 20
_FINAL: Final = frozenset({"Succeeded", "Failed"})


T = TypeVar("T", bound=Hashable)


class _Entry(NamedTuple):
    namespace: str
    version: int
    running: frozenset[str]
    started: bool
    final: bool
    workload: Workload


class _State:
    """One consistent picture of the scope."""

    def __init__(self) -> None:
        self.entries: dict[str, _Entry] = {}
        self.shared: dict[Hashable, Hashable] = {}
        self.unreadable: set[str] = set()
        self.blocks = Blocks(len(FAMILIES))

    def share(self, value: T) -> T:
        """An equal value of another entry's: a thousand pods have the same few namespaces, workloads and containers."""
        if len(self.shared) > _SHARED_AT_LEAST + len(self.entries):
            self.shared.clear()  # of pods that are gone, for the most part
        return cast("T", self.shared.setdefault(value, value))


class Intake:
    """The handler of one scope's reflector. `scope` is a namespace, or '' for the whole cluster."""

    def __init__(
        self,
        scope: str,
        *,
        selection: Selection,
        always_info: bool,
        pass_on: Callable[[Item], None],
        wall: Wall,
    ) -> None:
        self.scope = scope
        self._selection = selection
        self._always_info = always_info
        self._pass_on = pass_on
        self._wall = wall
        self._lock = Lock()
        self._state = _State()
        self._next: _State | None = None
        self._graves: dict[str, int] = {}
        self._swapped = False

    def sync_started(self) -> None:
        """A list begins."""
        self._next = _State()

    def page(self, items: Sequence[Pod]) -> None:
        """One page of the list."""
        state = self._next or self._state
        for pod in items:
            self._take(pod, state)

    def unreadable(self, uid: str) -> None:
        """A pod of the list that could not be decoded: it shows no rows, and what is known of it stays known."""
        (self._next or self._state).unreadable.add(uid)

    def vanished(self, uid: str) -> None:
        """A pod that the last list or watch knew is not in this list."""
        if entry := self._state.entries.get(uid):
            self._bury(uid, entry.version)
            self._pass_on(Gone(uid, entry.namespace, vanished=entry.started and not entry.final))

    def sync_finished(self, resource_version: str) -> None:
        """The list is complete: from now on scrapes see it."""
        del resource_version
        if self._next is None:
            return
        with self._lock:
            self._state, self._next, self._swapped = self._next, None, True
        self._pass_on(Listed(self.scope, self._state.unreadable.union(self._state.entries)))

    def changed(self, item: Pod) -> None:
        """A pod was added or modified."""
        uid, version = item.metadata.uid, _version(item)
        known = self._state.entries.get(uid)
        newest = known.version if known else self._graves.get(uid, -1)
        if version >= 0 and version <= newest:
            return
        with self._lock:
            self._take(item, self._state)

    def deleted(self, item: Pod) -> None:
        """A pod was deleted; `item` is its last body."""
        uid, version = item.metadata.uid, _version(item)
        entry = self._state.entries.get(uid)
        if (entry is None and uid in self._graves) or (entry and 0 <= version < entry.version):
            return
        with self._lock:
            self._take(item, self._state)
            entry = self._state.entries.pop(uid, entry)
            self._state.blocks.remove(uid)
        self._bury(uid, version)
        if entry:
            self._pass_on(Gone(uid, entry.namespace, vanished=entry.started and not entry.final))

    def batch_done(self) -> None:
        """Nothing to do: rows are ready, and the bookkeeper makes its own batches."""

    def snapshot(self) -> Snapshot | None:
        """The rows as they are now; None when they are as they were at the last call."""
        with self._lock:
            if not (self._swapped or self._state.blocks.changed):
                return None
            self._swapped = False
            return self._state.blocks.snapshot()

    def live_workloads(self) -> set[tuple[str, Workload]]:
        """Namespace and workload of every pod there is."""
        with self._lock:
            return {(e.namespace, Workload(e.workload.kind, e.workload.name)) for e in self._state.entries.values()}

    def _take(self, pod: Pod, state: _State) -> None:
        uid = pod.metadata.uid
        if not self._selection.admits(pod):
            state.entries.pop(uid, None)
            state.blocks.remove(uid)
            return
        containers = self._selection.containers(pod)
        before = self._state.entries.get(uid)
        entry = _entry_of(pod, containers, before, state)
        state.entries[uid] = entry
        state.blocks.put(uid, render(pod, containers, entry.workload, always_info=self._always_info))
        was_running = before.running if before else frozenset()
        if _may_matter(pod, containers):
            self._pass_on(Observed(pod, containers, was_running, self._wall(), self.scope))

    def _bury(self, uid: str, version: int) -> None:
        self._graves[uid] = version
        if len(self._graves) > _GRAVES:
            del self._graves[next(iter(self._graves))]


def _entry_of(
    pod: Pod,
    containers: Sequence[tuple[ContainerType, ContainerStatus]],
    before: _Entry | None,
    state: _State,
) -> _Entry:
    running = frozenset(s.name for _, s in containers if s.state and s.state.running)
    ever = running or any(s.container_id for _, s in containers)
    return _Entry(
        namespace=before.namespace if before else state.share(pod.metadata.namespace),
        version=_version(pod),
        running=state.share(running),
        started=bool(ever) or (before is not None and before.started),
        final=pod.status.phase in _FINAL,
        workload=before.workload if before else state.share(workload_of(pod)),
    )


def _may_matter(pod: Pod, containers: Sequence[tuple[ContainerType, ContainerStatus]]) -> bool:
    """Whether the ledger could find a death here; most pods of most clusters never get that far."""
    return pod.status.phase == "Failed" or any(
        s.restart_count > 0 or (s.state and s.state.terminated) or (s.last_state and s.last_state.terminated)
        for _, s in containers
    )


def _version(pod: Pod) -> int:
    """The resourceVersion as a number; -1 where it is none. etcd's revisions have 64 bits."""
    version = pod.metadata.resource_version
    return int(version) if version.isascii() and version.isdigit() and len(version) < _DIGITS else -1
