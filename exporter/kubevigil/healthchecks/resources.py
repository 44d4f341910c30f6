"""The fields of HealthChecks and of Argo's Workflows that Kubevigil reads, in the API's own shape.

Of a HealthCheck spec and status are kept as they are: they are read field by field, so that a wrong type is told to
its author. Source of the names: active-monitor's CRD; Argo Workflows' API, `Workflow`.
"""

from typing import Any

from msgspec import Struct, field


class Meta(Struct, frozen=True, rename="camel"):
    """Identity of an object."""

    name: str
    uid: str
    namespace: str = ""
    resource_version: str = ""
    generation: int = 0
    creation_timestamp: str | None = None
    deletion_timestamp: str | None = None
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None


class HealthCheckObject(Struct, frozen=True):
    """A HealthCheck; `spec` and `status` are whatever JSON is there."""

    metadata: Meta
    spec: Any = None
    status: Any = None


class TtlStrategy(Struct, frozen=True, rename="camel"):
    """How long after its end Argo keeps a workflow, in seconds."""

    seconds_after_completion: int | None = None
    seconds_after_success: int | None = None
    seconds_after_failure: int | None = None


class WorkflowObjectSpec(Struct, frozen=True, rename="camel"):
    """What bounds a workflow."""

    active_deadline_seconds: int | None = None
    ttl_strategy: TtlStrategy | None = None


class WorkflowObjectStatus(Struct, frozen=True, rename="camel"):
    """How far a workflow is: an empty `phase` is one that Argo's controller has not seen.

    `outputs` and `nodes` are whatever JSON is there, which `custom_documents` reads with care.
    """

    phase: str = ""
    message: str = ""
    started_at: str | None = None
    finished_at: str | None = None
    outputs: Any = None
    nodes: Any = None


class WorkflowObject(Struct, frozen=True):
    """A workflow of Argo's."""

    metadata: Meta
    spec: WorkflowObjectSpec = field(default_factory=WorkflowObjectSpec)
    status: WorkflowObjectStatus = field(default_factory=WorkflowObjectStatus)
