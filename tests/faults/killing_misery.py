"""Misery for the exporter under kills: pods of a simulated cluster die at random in every way, from one thread.

Each pod is a Deployment's of its own, so that counters can be compared with the truth pod by pod. No pod is deleted
here: the API shows nothing more of one that was deleted while nobody watched, and no exporter could know of its end.
"""

import random
from threading import Event, Thread

from kubevigil.demo.cluster import SimulatedCluster
from kubevigil.demo.container import Running, Waiting
from kubevigil.demo.plan import ContainerPlan, Owner, PodRef, Role

NAMESPACE = "shop"
_HASH = "5d4f8c7b9d"
_EXITS = ((1, ""), (3, ""), (137, "OOMKilled"), (137, ""), (0, ""), (255, ""))
_CONTAINERS = ("app", "proxy")


class Misery:
    """Lets pods die from `start` to `stop`. `workloads` has the Deployment of each pod that ever was, by uid."""

    def __init__(self, cluster: SimulatedCluster, *, seed: int, pods: int = 10, pause: float = 0.02) -> None:
        self._world = cluster.world
        self._random = random.Random(seed)
        self._pause = pause
        self._stop = Event()
        self._thread = Thread(target=self._run, name="misery")
        self._living: list[PodRef] = []
        self._failed = ""
        self.workloads: dict[str, str] = {}
        for _ in range(pods):
            self._living.append(self.new_pod())

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """A second call does nothing."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(10)
        assert not self._thread.is_alive()
        assert not self._failed, self._failed

    def new_pod(self) -> PodRef:
        """A pod of a new Deployment; its init container has completed, which is a first end."""
        workload = f"app-{len(self.workloads)}"
        containers = (ContainerPlan("init", role=Role.INIT), *(ContainerPlan(name) for name in _CONTAINERS))
        ref = self._world.create_pod(
            f"{workload}-{_HASH}-x",
            NAMESPACE,
            containers=containers,
            owner=Owner("ReplicaSet", f"{workload}-{_HASH}"),
            labels={"pod-template-hash": _HASH},
        )
        self.workloads[self._world.uid(ref)] = workload
        return ref

    def delete_all(self) -> None:
        """The graceful end of every pod that there is."""
        for ref in self._world.pods():
            self._world.delete(ref, exit_code=143)

    def restarts(self) -> dict[tuple[str, str], int]:
        """What a scrape must show: the restartCount of each container, by pod and container."""
        return {
            (ref.name, container.plan.name): container.restart_count
            for ref in self._world.pods()
            for container in self._world.inspect(ref).of_role(*Role)
        }

    def _run(self) -> None:
        try:
            while not self._stop.wait(self._pause):
                self._step()
        except Exception as error:  # noqa: BLE001  the test thread raises it, in `stop`
            self._failed = f"{type(error).__name__}: {error}"

    def _step(self) -> None:
        ref = self._random.choice(self._living)
        name = self._random.choice(_CONTAINERS)
        state = self._world.inspect(ref).container(name).state
        chance = self._random.random()
        if isinstance(state, Running):
            self._end(ref, name, chance)
        elif isinstance(state, Waiting) and chance < 0.1:
            self._world.fail_start(ref, name, "exec: not found")
        elif not isinstance(state, Waiting) and chance < 0.5:
            self._world.back_off(ref, name)
        else:
            self._world.run(ref, name)

    def _end(self, ref: PodRef, name: str, chance: float) -> None:
        if chance < 0.01:
            self._world.evict(ref)
            self._living.remove(ref)
            self._living.append(self.new_pod())
        elif chance < 0.06:
            self._world.lose(ref, name)
        else:
            code, reason = self._random.choice(_EXITS)
            self._world.crash(ref, name, code, reason)
