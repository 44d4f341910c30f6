"""A capture against the simulated cluster over real HTTP, with a world that can move between two requests."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import msgspec

from kubevigil.crashes.api_source import ApiSource
from kubevigil.crashes.assignment import Assignment
from kubevigil.crashes.source import Gathered, LogSource
from kubevigil.demo.calls import Call
from kubevigil.demo.cluster import SimulatedCluster
from kubevigil.demo.faults import Quiet, Step, When
from kubevigil.demo.kubeconfig import write_kubeconfig
from kubevigil.demo.plan import PodRef
from kubevigil.kube.connection import Connection, connect
from kubevigil.kube.interrupt import Interrupt
from kubevigil.model.clock import seconds_of

START = 1_790_000_000.0
SECONDS = 20.0


class WorldClock:
    """The nodes' time, which passes only when a test says so."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now


class Doing(Quiet):
    """No fault: something happens in the world just before requests are answered."""

    def __init__(self, action: Callable[[], object], *, when: When, times: int | None = 1, skip: int = 0) -> None:
        super().__init__(when=when, times=times)
        self._action = action
        self._skip = skip

    def before(self, call: Call, /) -> list[Step] | None:
        if self._skip and self._when(call):
            self._skip -= 1
        elif self._concerns(call):
            self._action()
        return None


def pod_reads(call: Call) -> bool:
    return call.resource == "pods" and call.verb == "get" and not call.subresource


@dataclass
class Capture:
    """A cluster, its clock, and a source that asks it."""

    cluster: SimulatedCluster
    clock: WorldClock
    connection: Connection

    @property
    def source(self) -> ApiSource:
        return ApiSource(self.connection)

    def pod(self, name: str = "a", **more: Any) -> PodRef:
        ref = self.cluster.world.create_pod(name, "shop", **more)
        self.clock.now += 5
        return ref

    def crash(self, ref: PodRef, log: Iterable[str] = (), *, container: str = "app", **more: Any) -> Assignment:
        """The container prints and dies; the assignment that its record would make."""
        container_id = self.cluster.world.crash(ref, container, log=log, **more)
        return self.assignment(ref, container, container_id)

    def assignment(self, ref: PodRef, container: str, container_id: str) -> Assignment:
        pod = msgspec.json.decode(self.cluster.world.history.find(ref) or b"{}")
        status = pod["status"]
        every = status["containerStatuses"] + status.get("initContainerStatuses", [])
        states = [s[key].get("terminated", {}) for s in every for key in ("state", "lastState")]
        end = next(state for state in states if state.get("containerID") == container_id)
        return Assignment(
            record_id=container_id,
            namespace=ref.namespace,
            pod=ref.name,
            pod_uid=pod["metadata"]["uid"],
            container=container,
            container_id=container_id,
            started_at=seconds_of(end["startedAt"]),
            finished_at=seconds_of(end["finishedAt"]),
            assigned_at=monotonic(),
        )

    def restart(self, ref: PodRef, *lines: str, after: float = 0.0, container: str = "app") -> str:
        """The next instance starts and prints."""
        self.clock.now += after
        container_id = self.cluster.world.run(ref, container)
        self.cluster.world.log(ref, container, *lines)
        return container_id

    def gather(self, assignment: Assignment, *, seconds: float = SECONDS, source: LogSource | None = None) -> Gathered:
        return (source or self.source).gather(assignment, deadline=monotonic() + seconds, interrupt=Interrupt())

    def logs_asked(self) -> list[dict[str, str]]:
        """The queries of the log requests so far."""
        return [r.call.query for r in self.cluster.requests() if r.call.subresource == "log"]


@contextmanager
def capturing(folder: Path) -> Iterator[Capture]:
    clock = WorldClock()
    cluster = SimulatedCluster(seed=1, wall=clock)
    connection = connect(str(write_kubeconfig(folder, cluster.start())))
    try:
        yield Capture(cluster, clock, connection)
    finally:
        connection.close()
        cluster.stop()
