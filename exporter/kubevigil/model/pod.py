"""The fields of a Kubernetes Pod that Kubevigil reads, in the API's own shape.

A typed `msgspec` struct costs 9-20 µs a pod to decode where the client library's models cost 665-1,250. Everything
that the API leaves out or sets to null has a default here; unknown fields are ignored.
Source of names and meanings: Kubernetes API reference, core/v1 Pod.
"""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct, field

Int32 = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]
Int64 = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
"""The API's own widths. A number beyond them is no pod of an API server, and more than a database or a float holds."""

IGNORE_ANNOTATION = "kubevigil.io/ignore"
REDACTION_ANNOTATION = "kubevigil.io/redaction"
OWNER_ANNOTATION = "kubevigil.io/owner"
SLACK_CHANNEL_ANNOTATION = "kubevigil.io/slack-channel"


class OwnerReference(Struct, frozen=True, gc=False):
    """An object that owns the pod."""

    kind: str = ""
    name: str = ""
    controller: bool | None = None


class Labels(Struct, frozen=True, gc=False):
    """The labels that name a workload's revision; all others are skipped while decoding."""

    pod_template_hash: str | None = field(default=None, name="pod-template-hash")
    rollouts_pod_template_hash: str | None = field(default=None, name="rollouts-pod-template-hash")
    controller_revision_hash: str | None = field(default=None, name="controller-revision-hash")


class Annotations(Struct, frozen=True, gc=False):
    """The annotations that are addressed to Kubevigil; all others are skipped while decoding."""

    ignore: str | None = field(default=None, name=IGNORE_ANNOTATION)
    redaction: str | None = field(default=None, name=REDACTION_ANNOTATION)
    owner: str | None = field(default=None, name=OWNER_ANNOTATION)
    slack_channel: str | None = field(default=None, name=SLACK_CHANNEL_ANNOTATION)


class ObjectMeta(Struct, frozen=True, gc=False, rename="camel"):
    """Identity of an object. `uid` and `resourceVersion` are opaque, except that versions can be compared."""

    name: str
    uid: str
    namespace: str = ""
    resource_version: str = ""
    creation_timestamp: str | None = None
    deletion_timestamp: str | None = None
    deletion_grace_period_seconds: Int64 | None = None
    owner_references: tuple[OwnerReference, ...] | None = None
    labels: Labels | None = None
    annotations: Annotations | None = None


class Running(Struct, frozen=True, gc=False, rename="camel"):
    """A container that runs."""

    started_at: str | None = None


class Waiting(Struct, frozen=True, gc=False):
    """A container that cannot run yet, and why."""

    reason: str | None = None
    message: str | None = None


class Terminated(Struct, frozen=True, gc=False, rename="camel"):
    """The end of one container instance, as the kubelet tells it."""

    exit_code: Int32 = 0
    signal: Int32 | None = None
    reason: str | None = None
    message: str | None = None
    started_at: str | None = None
    finished_at: str | None = None
    container_id: str | None = field(default=None, name="containerID")


class ContainerState(Struct, frozen=True, gc=False):
    """At most one of the three is set."""

    running: Running | None = None
    waiting: Waiting | None = None
    terminated: Terminated | None = None


class ContainerStatus(Struct, frozen=True, gc=False, rename="camel"):
    """The newest instance of a container (`state`) and an earlier one (`lastState`)."""

    name: str
    restart_count: Int32 = 0
    image: str | None = None
    image_id: str | None = field(default=None, name="imageID")
    container_id: str | None = field(default=None, name="containerID")
    state: ContainerState | None = None
    last_state: ContainerState | None = None


class Container(Struct, frozen=True, gc=False, rename="camel"):
    """A container as declared; `restart_policy` overrides the pod's (Always makes an init container a sidecar)."""

    name: str
    restart_policy: str | None = None


class PodCondition(Struct, frozen=True, gc=False, rename="camel"):
    """One aspect of a pod's state."""

    type: str = ""
    status: str = ""
    reason: str | None = None
    last_transition_time: str | None = None


class PodSpec(Struct, frozen=True, gc=False, rename="camel"):
    """What was asked for."""

    node_name: str | None = None
    restart_policy: str | None = None
    containers: tuple[Container, ...] | None = None
    init_containers: tuple[Container, ...] | None = None


class PodStatus(Struct, frozen=True, gc=False, rename="camel"):
    """What the kubelet reports."""

    phase: str | None = None
    reason: str | None = None
    message: str | None = None
    start_time: str | None = None
    conditions: tuple[PodCondition, ...] | None = None
    container_statuses: tuple[ContainerStatus, ...] | None = None
    init_container_statuses: tuple[ContainerStatus, ...] | None = None
    ephemeral_container_statuses: tuple[ContainerStatus, ...] | None = None


class Pod(Struct, frozen=True, gc=False):
    """A pod as the API shows it at one moment."""

    metadata: ObjectMeta
    spec: PodSpec = PodSpec()
    status: PodStatus = PodStatus()


class ContainerType(StrEnum):
    """Which list of the pod a container stands in; a sidecar is an init container that restarts Always."""

    APP = "app"
    INIT = "init"
    SIDECAR = "sidecar"
    EPHEMERAL = "ephemeral"


def containers_of(pod: Pod) -> list[tuple[ContainerType, ContainerStatus]]:
    """Every container of the pod that has a status, with its type, init containers first."""
    found: list[tuple[ContainerType, ContainerStatus]] = []
    if pod.status.init_container_statuses:
        sidecars = {c.name for c in pod.spec.init_containers or () if c.restart_policy == "Always"}
        found += [
            (ContainerType.SIDECAR if s.name in sidecars else ContainerType.INIT, s)
            for s in pod.status.init_container_statuses
        ]
    found += [(ContainerType.APP, s) for s in pod.status.container_statuses or ()]
    found += [(ContainerType.EPHEMERAL, s) for s in pod.status.ephemeral_container_statuses or ()]
    return found
