"""The Events of a check's remedy: that it began, how it ended, and why a failure has none.

They have reasons of their own, so that who asks for what changed the cluster finds it by them.
"""

from typing import Final

from kubevigil.healthchecks.events import Event, warning
from kubevigil.healthchecks.manifest import REMEDY
from kubevigil.healthchecks.reconcile import Create, Decision, Finish, FinishRemedy
from kubevigil.healthchecks.results import Outcome, Result

_REASONS: Final = {
    Result.SUCCEEDED: "RemedySucceeded",
    Result.FAILED: "RemedyFailed",
    Result.ERROR: "RemedyError",
    Result.TIMEOUT: "RemedyTimedOut",
    Result.REFUSED: "RemedyRefused",
    Result.ARGO_UNAVAILABLE: "RemedyNotRun",
    Result.DELETED: "RemedyDeleted",
    Result.UNKNOWN: "RemedyResultUnknown",
}


def remedy_event_of(decision: Decision) -> Event | None:
    """The Event of the remedy that a decision brings, once it was carried out; None for most."""
    match decision:
        case Create(name, kind=kind) if kind == REMEDY:
            return Event("Normal", "RemedyStarted", f"the check failed, and its remedy runs as workflow {name}")
        case Finish(answer=answer) if answer.denied:
            return warning("RemedyExhausted", f"the check failed, and its remedy is not run: {answer.denied}")
        case FinishRemedy(outcome):
            return _of_outcome(outcome)
        case _:
            return None


def _of_outcome(outcome: Outcome) -> Event:
    reason = _REASONS[outcome.result]
    if outcome.result is Result.SUCCEEDED:
        return Event("Normal", reason, "the remedy succeeded; the check's next run tells whether it helped")
    return warning(reason, outcome.message or reason)
