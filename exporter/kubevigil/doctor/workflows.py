"""Whether health checks can run: their resource, Argo, and an exporter that looks after them. Pure."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from kubevigil.doctor.answer import Answer, fail, ok, skipped, warn

CHECK: Final = "argo"

CONTROLLERS: Final = ("app=workflow-controller", "app.kubernetes.io/component=workflow-controller")
"""Label selectors of Argo's controller: of its manifests, of its chart."""


PATIENCE: Final = 30.0
"""Seconds. Argo gives a new workflow a phase within a few."""

RECENT: Final = 3600.0
"""Seconds. What Argo did longer ago does not tell whether it runs now."""


class Made(Struct, frozen=True):
    """A workflow of a check, `age` seconds old; `taken`: Argo has given it a phase."""

    place: str
    age: float
    taken: bool


class Scene(Struct, frozen=True):
    """What was found. `checks` is None where the cluster knows none; `controllers`, `leader` where nobody may see.

    `workflows` are those of checks, None where the cluster has no such resource.
    """

    checks: int | None
    workflows: Sequence[Made] | None
    controllers: int | None
    leader: str | None


def judge(scene: Scene) -> Answer:
    """Whether the cluster's health checks can run."""
    if not scene.checks:
        why = "the cluster knows no HealthChecks" if scene.checks is None else "there is no HealthCheck"
        return skipped(CHECK, f"{why}, so Argo is not needed")
    of = f"{scene.checks} HealthCheck{'' if scene.checks == 1 else 's'}"
    if scene.workflows is None:
        fix = "install Argo Workflows; its CustomResourceDefinitions are enough to begin with"
        return fail(CHECK, f"{of} cannot run: the cluster knows no workflows", fix)
    if scene.leader == "":
        fix = "helm upgrade the chart with healthchecks.enabled=true; kubevigil healthchecks list says more"
        return fail(CHECK, f"{of} and no exporter looks after them", fix)
    if left := _left_alone(scene.workflows):
        fix = (
            "does Argo's controller run (kubectl get pods -A -l app=workflow-controller)? If so, its instanceID must be"
            " what checks.instance_id says: activemonitor-workflows, unless that is set"
        )
        return fail(CHECK, f"{of}, and nobody has taken the workflow {left.place} for {left.age:.0f} s", fix)
    if scene.controllers == 0 and not _recently_taken(scene.workflows):
        fix = "install or start Argo's workflow-controller; one by another label is not seen from here"
        return warn(CHECK, f"{of}, and no workflow-controller is seen to run their workflows", fix)
    return ok(CHECK, f"{of}, looked after by {_who(scene.leader)}; Argo is there")


def _who(leader: str | None) -> str:
    """The pod's name, which stands before what tells its processes apart."""
    return leader.partition("_")[0] if leader else "somebody who may not be seen"


def _left_alone(made: Sequence[Made]) -> Made | None:
    """The oldest that should have been taken by now."""
    waiting = [one for one in made if not one.taken and one.age > PATIENCE]
    return max(waiting, key=lambda one: one.age, default=None)


def _recently_taken(made: Sequence[Made]) -> bool:
    return any(one.taken and one.age < RECENT for one in made)
