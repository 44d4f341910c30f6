"""The exporter's own pods: whether it runs, and whether two of it do. Pure."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any, Final

from msgspec import Struct, field

from kubevigil.doctor.answer import Answer, fail, ok, some, warn
from kubevigil.doctor.selectors import Meta

EXPORTER: Final = "exporter"
COPIES: Final = "copies"
_NOT_PULLED: Final = {"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"}
"""Reasons of the kubelet's, pkg/kubelet/images/types.go."""

_INSTANCE: Final = "app.kubernetes.io/instance"

TWICE: Final = "count(count by (namespace, pod, container) (kubevigil_container_restarts_total) > 1)"
"""How many containers two exporters tell of."""


class _Condition(Struct, frozen=True):
    type: str = ""
    status: str = ""


class _Waiting(Struct, frozen=True):
    reason: str = ""
    message: str = ""


class _State(Struct, frozen=True):
    waiting: _Waiting | None = None
    terminated: _Waiting | None = None


class ContainerNow(Struct, frozen=True, rename="camel"):
    """Of `containerStatuses`."""

    name: str = ""
    restart_count: int = 0
    state: _State = field(default_factory=_State)


class _Status(Struct, frozen=True, rename="camel"):
    phase: str = ""
    reason: str = ""
    conditions: list[_Condition] = field(default_factory=list)
    container_statuses: list[ContainerNow] = field(default_factory=list)


class Container(Struct, frozen=True):
    """Of a pod's spec."""

    name: str = ""
    image: str = ""
    args: list[str] = field(default_factory=list)


class _Spec(Struct, frozen=True, rename="camel"):
    service_account_name: str = "default"
    containers: list[Container] = field(default_factory=list)
    image_pull_secrets: list[dict[str, Any]] = field(default_factory=list)


class Pod(Struct, frozen=True):
    """A pod, as far as the doctor reads one."""

    metadata: Meta = field(default_factory=Meta)
    spec: _Spec = field(default_factory=_Spec)
    status: _Status = field(default_factory=_Status)

    @property
    def runs(self) -> bool:
        """Whether its containers run, or are to."""
        return self.metadata.deletion_timestamp is None and self.status.phase in {"Running", "Pending"}

    @property
    def ready(self) -> bool:
        """Whether its probes say so."""
        return any(one.type == "Ready" and one.status == "True" for one in self.status.conditions)

    @property
    def trouble(self) -> str:
        """Why it does not run, as far as its status tells."""
        for one in self.status.container_statuses:
            if one.state.waiting and one.state.waiting.reason:
                return f"{one.name}: {one.state.waiting.reason}"
        return self.status.reason or self.status.phase

    @property
    def not_pulled(self) -> str:
        """The image of its first container whose image does not come, '' if there is none."""
        reasons = {one.name: one.state.waiting.reason for one in self.status.container_statuses if one.state.waiting}
        return next((one.image for one in self.spec.containers if reasons.get(one.name) in _NOT_PULLED), "")

    @property
    def ships(self) -> bool:
        """Whether it has the log sidecar."""
        return any(container.name == "ship" for container in self.spec.containers)


def judge(pods: Sequence[Pod], app: str, twice: float | None) -> list[Answer]:
    """Whether one of us runs, and only one. `twice` is what Prometheus says to `TWICE`, None where it was not asked."""
    running = sorted((pod for pod in pods if pod.runs), key=_release)
    if not running:
        label = f"app.kubernetes.io/name={app}"
        fix = (
            f"is it scaled to 0 (kubectl get deployments -A -l {label})? Not there: helm install kubevigil"
            " charts/kubevigil -n monitoring; there by another name: doctor --app NAME"
        )
        return [fail(EXPORTER, f"no pod with the label {label} runs", fix)]
    return [_running(running), _alone(running, twice)]


def _running(pods: Sequence[Pod]) -> Answer:
    unwell = [pod for pod in pods if not pod.ready]
    if not unwell:
        return ok(EXPORTER, f"{some(pod.metadata.place for pod in pods)} is ready")
    return fail(EXPORTER, f"{unwell[0].metadata.place} is not ready ({unwell[0].trouble})", _mend(unwell[0]))


def _mend(pod: Pod) -> str:
    namespace, name = pod.metadata.namespace, pod.metadata.name
    if image := pod.not_pulled:
        return (
            f"no node gets the image {image}: the chart's image.registry, image.repository, image.tag, imagePullSecrets"
        )
    if pod.status.phase == "Pending":
        return f"kubectl -n {namespace} describe pod {name}: its last Events tell what it waits for"
    return f"kubectl -n {namespace} logs {name}; its /readyz names what it waits for"


def _alone(pods: Sequence[Pod], twice: float | None) -> Answer:
    releases = {release: list(members) for release, members in groupby(pods, _release)}
    for (namespace, instance), members in releases.items():
        if len(members) > 1:
            names = some(pod.metadata.name for pod in members)
            chosen = f"-l app.kubernetes.io/instance={instance}"
            fix = f"one at a time: kubectl -n {namespace} scale deployment --replicas=1 {chosen}"
            return warn(COPIES, f"{len(members)} pods of the release {namespace}/{instance} run at once: {names}", fix)
    if len(releases) == 1:
        return ok(COPIES, "one exporter runs")
    places = some(f"{namespace}/{instance}" for namespace, instance in releases)
    if twice == 0:
        return ok(COPIES, f"{len(releases)} releases run ({places}), and no container is told of by two")
    told = (
        "whether they tell of the same pods is not known"
        if twice is None
        else f"{twice:g} containers are told of by two"
    )
    fix = "give each its own namespaces (config.namespaces), or uninstall one"
    return warn(COPIES, f"{len(releases)} releases run ({places}); {told}", fix)


def _release(pod: Pod) -> tuple[str, str]:
    return pod.metadata.namespace, pod.metadata.labels.get(_INSTANCE, "")
