"""The Events of a check: one for what changes, none for what goes on as it was.

A run that succeeds is told when the one before did not; a failure each time, in words that do not change from run to
run, so that equal ones are counted in one Event. Which workflow it was stands in the check's status.
"""

from typing import Final, Literal, NamedTuple

from kubevigil.healthchecks.reconcile import Decision, Finish, Reject, Stop
from kubevigil.healthchecks.results import Outcome, Result
from kubevigil.healthchecks.status import STOPPED, STOPPED_MESSAGE, SUCCEEDED, Status, rejection

LONGEST: Final = 1024
"""Characters of a message. Source: Kubernetes' API, Event."""

_REASONS: Final = {
    Result.SUCCEEDED: "Succeeded",
    Result.FAILED: "WorkflowFailed",
    Result.ERROR: "WorkflowError",
    Result.TIMEOUT: "WorkflowTimedOut",
    Result.REFUSED: "WorkflowRefused",
    Result.ARGO_UNAVAILABLE: "ArgoUnavailable",
    Result.DELETED: "WorkflowDeleted",
    Result.UNKNOWN: "ResultUnknown",
}


class Event(NamedTuple):
    """What a person reads under `kubectl describe`."""

    kind: Literal["Normal", "Warning"]
    reason: str
    message: str


def event_of(decision: Decision, before: Status) -> Event | None:
    """The Event of a decision that was carried out, given the status that it was decided on; None for most."""
    match decision:
        case Finish(outcome):
            return _of_outcome(outcome, before)
        case Stop():
            return None if before.status == STOPPED else warning("Stopped", STOPPED_MESSAGE)
        case Reject(findings):
            message = rejection(findings)
            return None if before.error_message == message else warning("Invalid", message)
        case _:
            return None


def _of_outcome(outcome: Outcome, before: Status) -> Event | None:
    reason = _REASONS[outcome.result]
    if outcome.result is not Result.SUCCEEDED:
        return warning(reason, outcome.message or reason)
    if before.status == SUCCEEDED and not before.error_message:
        return None
    again = before.total_runs > 0
    return Event("Normal", "Recovered" if again else reason, f"the check succeeded{' again' if again else ''}")


def warning(reason: str, message: str) -> Event:
    """A Warning, in as many characters as the API takes."""
    return Event("Warning", reason, message if len(message) <= LONGEST else message[: LONGEST - 3] + "...")
