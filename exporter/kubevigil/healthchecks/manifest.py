"""The Workflow object of a run, as the predecessor makes it of a template.

Taken from the template are `spec` and `metadata.labels`, untouched; what is absent there gets the predecessor's
defaults. New are the name, which is the run's own (so creating twice is one workflow), and the label by which
Kubevigil knows its workflows. An owner reference is legal within one namespace only; across, Kubernetes would delete
the workflow at once.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from kubevigil.healthchecks.findings import Finding
from kubevigil.healthchecks.plain import NotPlain, is_text, plain
from kubevigil.healthchecks.resources import Meta
from kubevigil.healthchecks.spec import WorkflowSpec

API_VERSION: Final = "activemonitor.keikoproj.io/v1alpha1"
KIND: Final = "HealthCheck"
CHECK_LABEL: Final = "kubevigil.io/healthcheck"
"""On every workflow of a check, its uid."""
RUN_LABEL: Final = "kubevigil.io/healthcheck-started"
"""The Unix second that the run has in the check's status."""
PART_LABEL: Final = "kubevigil.io/healthcheck-run"
"""`healthCheck` or `remedy`, the predecessor's values of the metric label `workflow`."""

INSTANCE_LABEL: Final = "workflows.argoproj.io/controller-instanceid"
INSTANCE: Final = "activemonitor-workflows"
"""What the predecessor gives workflows without labels; its Argo controller is set up to take those."""

CHECK: Final = "healthCheck"
REMEDY: Final = "remedy"

_NAME_DIGITS: Final = 10
_LONGEST_NAME: Final = 63
"""Characters: what Argo takes, and what the API server cuts names to that it makes of generateName."""


class BadTemplate(Exception):
    """A text that is no workflow; `finding` says where and why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(str(finding))
        self.finding = finding


def run_name(part: WorkflowSpec, uid: str, started_at: int, kind: str = CHECK) -> str:
    """The name of the workflow of the run of a check (by its uid) that began at a Unix second."""
    return part.generate_name[: _LONGEST_NAME - _NAME_DIGITS] + _digits(uid, started_at, kind)


def is_run_name(name: str, uid: str, started_at: int, kind: str = CHECK) -> bool:
    """Whether `run_name` gave that name, whatever the names began with then.

    What a person submits once more from a workflow of ours has its labels, and a name that Argo makes.
    """
    return name.endswith(_digits(uid, started_at, kind))


def _digits(uid: str, started_at: int, kind: str) -> str:
    return hashlib.sha256(f"{uid} {kind} {started_at}".encode()).hexdigest()[:_NAME_DIGITS]


def workflow_of(
    check: Meta,
    part: WorkflowSpec,
    template: object,
    *,
    name: str,
    started_at: int,
    timeout: int,
    kind: str = CHECK,
    instance: str = INSTANCE,
) -> dict[str, Any]:
    """The object to create. Raises BadTemplate."""
    if not isinstance(template, Mapping):
        raise BadTemplate(Finding("workflow", "is no map: a Workflow with kind, spec and so on is wanted"))
    spec = _plain(template.get("spec"), "workflow.spec")
    if not isinstance(spec, dict) or not spec:
        raise BadTemplate(Finding("workflow.spec", "is missing: a Workflow without it does nothing"))
    ours = {CHECK_LABEL: check.uid, RUN_LABEL: str(started_at), PART_LABEL: kind}
    metadata: dict[str, Any] = {
        "name": name,
        "namespace": part.namespace,
        "labels": {**_labels(template, instance), **ours},
    }
    if part.namespace == check.namespace:
        metadata["ownerReferences"] = [
            {"apiVersion": API_VERSION, "kind": KIND, "name": check.name, "uid": check.uid, "controller": True}
        ]
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": metadata,
        "spec": _with_defaults(spec, part, timeout),
    }


def _labels(template: Mapping[str, Any], instance: str) -> dict[str, str]:
    metadata = template.get("metadata") or {}
    if not isinstance(metadata, Mapping):
        raise BadTemplate(Finding("workflow.metadata", "must be a map"))
    labels = metadata.get("labels") or {}
    if not isinstance(labels, Mapping) or not all(is_text(text) for pair in labels.items() for text in pair):
        raise BadTemplate(Finding("workflow.metadata.labels", "must be a map of texts; quote what looks like a number"))
    return dict(labels) or ({INSTANCE_LABEL: instance} if instance else {})


def _with_defaults(spec: Mapping[str, Any], part: WorkflowSpec, timeout: int) -> dict[str, Any]:
    made = dict(spec)
    if made.get("podGC") is None:
        made["podGC"] = {"strategy": "OnPodCompletion"}
    if made.get("activeDeadlineSeconds") is None:
        made["activeDeadlineSeconds"] = timeout
    if part.service_account:
        made["serviceAccountName"] = part.service_account
    return made


def _plain(value: object, path: str) -> Any:
    try:
        return plain(value, path)
    except NotPlain as error:
        raise BadTemplate(error.finding) from error
