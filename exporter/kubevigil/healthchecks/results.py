"""What came of a run: read off the workflow, with Argo's own times."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from kubevigil.healthchecks.resources import WorkflowObject
from kubevigil.model.clock import seconds_of


class Result(StrEnum):
    """The end of one run; the label of `kubevigil_healthcheck_runs_total`."""

    SUCCEEDED = "success"
    FAILED = "failed"
    """A step of the workflow failed."""
    ERROR = "error"
    """Argo could not run the workflow as it is."""
    TIMEOUT = "timeout"
    """It took longer than it may."""
    REFUSED = "refused"
    """No workflow could be made: no template, or the API server refused it."""
    ARGO_UNAVAILABLE = "argo_unavailable"
    """The workflow was made, and Argo's controller did not touch it within the run's time."""
    DELETED = "deleted"
    """The workflow was deleted, and no end of it was seen."""
    UNKNOWN = "unknown"
    """The workflow was gone when Kubevigil looked, after it may have ended."""


FAILURES: Final = frozenset({Result.FAILED, Result.ERROR, Result.TIMEOUT, Result.REFUSED, Result.ARGO_UNAVAILABLE})
"""What counts as failed in a check's status. A deleted or unknown run says nothing of the cluster, so it does not."""

_ENDED: Final = {"Succeeded": Result.SUCCEEDED, "Failed": Result.FAILED, "Error": Result.ERROR}
"""Argo's terminal phases."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended; times are Unix seconds, `runtime` is None where Argo told no times."""

    result: Result
    message: str
    workflow: str
    finished_at: int
    runtime: float | None = None
    argo_started_at: float | None = None


def has_ended(workflow: WorkflowObject) -> bool:
    """Whether the workflow is in one of Argo's terminal phases."""
    return workflow.status.phase in _ENDED


def outcome_of(workflow: WorkflowObject, now: float) -> Outcome | None:
    """The outcome of a workflow that has ended, None of one that has not."""
    status = workflow.status
    result = _ENDED.get(status.phase)
    if result is None:
        return None
    began, ended = seconds_of(status.started_at), seconds_of(status.finished_at)
    runtime = max(0.0, ended - began) if began is not None and ended is not None else None
    limit = workflow.spec.active_deadline_seconds
    message = status.message
    if result is Result.FAILED and limit and runtime is not None and runtime >= limit:
        result, message = Result.TIMEOUT, f"took longer than {limit} s: {message or 'ended by Argo'}"
    finished_at = int(min(now, ended if ended is not None else now))
    return Outcome(result, _said(result, message), workflow.metadata.name, finished_at, runtime, began)


def _said(result: Result, message: str) -> str:
    if result is Result.SUCCEEDED:
        return ""
    return message or {Result.FAILED: "the workflow failed", Result.ERROR: "Argo could not run the workflow"}[result]
