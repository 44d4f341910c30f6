"""Checks and workflows as the API server gives them, for tests."""

from typing import Any

from kubevigil.healthchecks.manifest import CHECK, CHECK_LABEL, PART_LABEL, RUN_LABEL
from kubevigil.healthchecks.reconcile import Check
from kubevigil.healthchecks.resources import Meta, WorkflowObject, WorkflowObjectSpec, WorkflowObjectStatus
from kubevigil.healthchecks.results import Outcome, Result
from kubevigil.healthchecks.spec import Spec, WorkflowSpec, judge
from kubevigil.healthchecks.status import Status, stamp

CREATED = 1_700_000_000
UID = "0e5b6e0a-5f0e-4c11-9d3d-0f6d2c1f7a10"

HELLO = """
apiVersion: argoproj.io/v1alpha1
kind: Workflow
spec:
  entrypoint: hello
  templates: [{name: hello, container: {image: busybox, command: [echo, hello]}}]
"""


def raw_spec(**changes: Any) -> dict[str, Any]:
    """A spec that works; `changes` are fields of its top."""
    workflow = {
        "generateName": "hello-",
        "workflowtimeout": 20,
        "resource": {"namespace": "health", "serviceAccount": "checker", "source": {"inline": HELLO}},
    }
    return {"repeatAfterSec": 60, "level": "cluster", "workflow": workflow, **changes}


def spec_of(**changes: Any) -> Spec:
    spec = judge(raw_spec(**changes)).spec
    assert spec is not None
    return spec


def mended(**changes: Any) -> dict[str, Any]:
    """The fields of a spec with a remedy; `changes` are others of its top."""
    return {"remedyworkflow": {**raw_spec()["workflow"], "generateName": "mend-", "workflowtimeout": 15}, **changes}


class AsTheyAre:
    """The accounts of a controller that makes none."""

    def chosen(self, _check: Check, part: WorkflowSpec, _kind: str) -> WorkflowSpec:
        return part

    def prepare(self, _check: Check, part: WorkflowSpec, kind: str) -> None:
        """Nothing."""

    def explained(self, _check: Check, outcome: Outcome, _kind: str) -> Outcome:
        return outcome


def meta(**changes: Any) -> Meta:
    return Meta(**{"name": "hello", "uid": UID, "namespace": "health", "resource_version": "7", **changes})


def check(
    status: Status = Status(),  # noqa: B008  a frozen struct
    *,
    paused: bool = False,
    asked: int | None = None,
    **spec: Any,
) -> Check:
    """A check created at CREATED."""
    return Check(meta(), judge(raw_spec(**spec)), status, CREATED, paused, asked)


def workflow(
    phase: str = "",
    message: str = "",
    *,
    name: str = "hello-1",
    began: int | None = None,
    ended: int | None = None,
    deadline: int | None = 20,
    run: int = CREATED,
    kind: str = CHECK,
) -> WorkflowObject:
    """A workflow of a run that began in the second `run`, with Argo's own times."""
    return WorkflowObject(
        Meta(name, "w", "health", labels={CHECK_LABEL: UID, RUN_LABEL: str(run), PART_LABEL: kind}),
        WorkflowObjectSpec(deadline),
        WorkflowObjectStatus(
            phase, message, None if began is None else stamp(began), None if ended is None else stamp(ended)
        ),
    )


def outcome(result: Result = Result.SUCCEEDED, message: str = "", *, at: int = CREATED, took: float = 3) -> Outcome:
    return Outcome(result, message, "hello-1", at, took, at - took)
