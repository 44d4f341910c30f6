"""Asks the cluster what health checks need."""

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from msgspec import Struct, field

from kubevigil.app.check_leadership import leadership
from kubevigil.app.doctor_cluster import Cluster
from kubevigil.app.settings import Settings
from kubevigil.doctor import workflows
from kubevigil.doctor.answer import Answer
from kubevigil.doctor.workflows import Made, Scene
from kubevigil.healthchecks.manifest import CHECK_LABEL
from kubevigil.healthchecks.writing import WORKFLOWS
from kubevigil.kube.errors import Forbidden, NotFound
from kubevigil.model.clock import seconds_of

T = TypeVar("T")

_MOST: Final = "500"
"""Workflows of checks that are looked at; each check keeps but a few."""


class _Meta(Struct, frozen=True, rename="camel"):
    name: str = ""
    namespace: str = ""
    creation_timestamp: str | None = None


class _Status(Struct, frozen=True):
    phase: str = ""


class _Workflow(Struct, frozen=True):
    metadata: _Meta = field(default_factory=_Meta)
    status: _Status = field(default_factory=_Status)

    def made(self, now: float) -> Made:
        meta = self.metadata
        age = now - (seconds_of(meta.creation_timestamp) or now)
        return Made(f"{meta.namespace}/{meta.name}", age, bool(self.status.phase))


class _Workflows(Struct, frozen=True):
    items: list[_Workflow] = field(default_factory=list)


def answer(cluster: Cluster, settings: Settings, now: float) -> Answer:
    """Whether they can run, at the Unix time `now`. Raises KubeError."""
    if not cluster.health_checks:
        return workflows.judge(Scene(cluster.health_checks, workflows=(), controllers=None, leader=None))
    led = leadership(cluster.api, settings.checks_lease, now)
    leader = None if led.unknown else led.leader.holder if led.leader else ""
    controllers = _seen(lambda: sum(cluster.count_of_pods(selector) for selector in workflows.CONTROLLERS))
    return workflows.judge(Scene(cluster.health_checks, _made(cluster, now), controllers, leader))


def _made(cluster: Cluster, now: float) -> Sequence[Made] | None:
    """The workflows of checks; none where one may not see them, None where there is no such resource."""
    query = {"labelSelector": CHECK_LABEL, "limit": _MOST}
    try:
        found = cluster.api.get_json(f"{WORKFLOWS}/workflows", _Workflows, query)
    except NotFound:
        return None
    except Forbidden:
        return ()
    return [one.made(now) for one in found.items]


def _seen(count: Callable[[], T]) -> T | None:
    try:
        return count()
    except Forbidden:
        return None
