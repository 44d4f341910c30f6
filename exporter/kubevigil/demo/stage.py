"""Names and shapes of workloads, as their controllers would make them, on a world with a timeline and a kubelet.

Everything that the cast of a story needs. `random` belongs to the story: names of pods come from the world's
identifiers, so that both follow from the seed.
"""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kubevigil.demo.kubelet import Kubelet
from kubevigil.demo.plan import ContainerPlan, Owner, PodPlan, PodRef, Role
from kubevigil.demo.timeline import Timeline
from kubevigil.demo.world import World

_SCHEDULED_MINUTE = 29_400_000
"""The minute since 1970 that the first CronJob's Job is named for; any would do."""


@dataclass(slots=True)
class Stage:
    """Where the cast plays. `endless`: what happens once, happens again later."""

    world: World
    timeline: Timeline
    kubelet: Kubelet
    random: random.Random
    endless: bool

    def between(self, low: float, high: float) -> float:
        """Some seconds between the two."""
        return self.random.uniform(low, high)

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Act so many seconds of the story from now."""
        self.timeline.after(seconds, action)

    def again(self, seconds: float, action: Callable[[], None]) -> None:
        """Act later, in an endless story only."""
        if self.endless:
            self.timeline.after(seconds, action)

    def revision(self) -> str:
        """A new pod-template-hash."""
        return self.world.ids.suffix(9)

    def of_deployment(
        self, namespace: str, name: str, revision: str, containers: Iterable[ContainerPlan], *, started: bool = True
    ) -> PodRef:
        """One pod of the Deployment's ReplicaSet of that revision."""
        replica_set = f"{name}-{revision}"
        plan = PodPlan(
            PodRef(namespace, f"{replica_set}-{self.world.ids.suffix()}"),
            tuple(containers),
            node=self._node(),
            owner=Owner("ReplicaSet", replica_set),
            labels=_labels(name) | {"pod-template-hash": revision},
        )
        return self.world.create(plan, started=started)

    def of_stateful_set(self, namespace: str, name: str, containers: Iterable[ContainerPlan]) -> PodRef:
        """The first pod of the StatefulSet, not started."""
        labels = {"statefulset.kubernetes.io/pod-name": f"{name}-0", "apps.kubernetes.io/pod-index": "0"}
        plan = PodPlan(
            PodRef(namespace, f"{name}-0"),
            tuple(containers),
            node=self._node(),
            owner=Owner("StatefulSet", name),
            labels=_labels(name) | labels | {"controller-revision-hash": f"{name}-{self.revision()}"},
        )
        return self.world.create(plan, started=False)

    def of_daemon_set(self, namespace: str, name: str, node: str, containers: Iterable[ContainerPlan]) -> PodRef:
        """The DaemonSet's pod on that node, not started."""
        plan = PodPlan(
            PodRef(namespace, f"{name}-{self.world.ids.suffix()}"),
            tuple(containers),
            node=node,
            owner=Owner("DaemonSet", name),
            labels=_labels(name) | {"controller-revision-hash": self.revision(), "pod-template-generation": "1"},
        )
        return self.world.create(plan, started=False)

    def of_job(self, namespace: str, job: str, containers: Iterable[ContainerPlan], policy: str) -> PodRef:
        """A pod of the Job, running."""
        plan = PodPlan(
            PodRef(namespace, f"{job}-{self.world.ids.suffix()}"),
            tuple(containers),
            restart_policy=policy,
            node=self._node(),
            owner=Owner("Job", job, "batch/v1"),
            labels={"batch.kubernetes.io/job-name": job, "job-name": job},
        )
        return self.world.create(plan)

    def bare(self, namespace: str, name: str, containers: Iterable[ContainerPlan]) -> PodRef:
        """A pod that nobody owns, running."""
        return self.world.create(
            PodPlan(PodRef(namespace, name), tuple(containers), node=self._node(), labels={"run": name})
        )

    def cron_job_run(self, name: str) -> str:
        """The name of the CronJob's Job of this minute of the story."""
        return f"{name}-{_SCHEDULED_MINUTE + int(self.timeline.now // 60)}"

    def _node(self) -> str:
        return self.random.choice(("node-1", "node-2", "node-3"))


def app(name: str, image: str, *, memory: str = "256Mi", role: Role = Role.APP) -> ContainerPlan:
    """A container of the example registry."""
    return ContainerPlan(name, f"registry.example.com/{image}", role, memory)


def _labels(name: str) -> dict[str, str]:
    return {"app.kubernetes.io/name": name, "app.kubernetes.io/managed-by": "Helm"}
