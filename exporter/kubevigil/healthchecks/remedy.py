"""Whether a check that failed gets its remedy: a function of its spec, its status and the moment of the failure.

The predecessor's page says that the limit, the interval and the reset by a success each work alone, and that a remedy
that failed stops further ones; so they do here. A remedy is for what a check found out about the cluster. Of a run that
was refused, or that Argo never touched, nothing is known of it, and the remedy would fare no better; of one that was
deleted, or whose end nobody saw, it is not even known that it failed.
"""

from dataclasses import dataclass
from typing import Final

from kubevigil.healthchecks.results import Outcome, Result
from kubevigil.healthchecks.spec import Spec
from kubevigil.healthchecks.status import FAILED, Status

ANSWERED: Final = frozenset({Result.FAILED, Result.ERROR, Result.TIMEOUT})
"""The results of a check that its remedy is for."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a failure is answered with: a remedy that begins `at` a Unix second, or why there is none, if it has one.

    `anew`: the remedy's counts begin anew, because the check succeeded, or the reset interval is over.
    """

    at: int | None = None
    anew: bool = False
    denied: str = ""


NO_ANSWER: Final = Answer()


def answer_to(spec: Spec | None, status: Status, outcome: Outcome, now: float) -> Answer:
    """The answer to the end of the run that is under way; none while a remedy is, which another controller began."""
    if spec is None or spec.remedy is None or status.remedy_under_way:
        return NO_ANSWER
    if outcome.result is Result.SUCCEEDED:
        return Answer(anew=status.remedy_total_runs > 0)
    if outcome.result not in ANSWERED:
        return NO_ANSWER
    ended = max(outcome.finished_at, status.started_at or 0)
    failed_at = min(ended, now)  # a clock that was ahead shortens no interval
    if denied := denial(spec, status, failed_at):
        return Answer(denied=denied)
    last = status.remedy_triggered_at
    # A second of its own, for it is known by it; clocks that were wrong aside, it is now.
    at = max(int(now), ended)
    return Answer(at + 1 if at == last else at, anew=_elapsed(spec, status, failed_at) and status.remedy_total_runs > 0)


def denial(spec: Spec, status: Status, failed_at: float) -> str:
    """Why a failure at that Unix second may have no remedy, '' where it may."""
    if _elapsed(spec, status, failed_at):
        return ""
    if status.remedy_failed_count:
        return "the last remedy failed, which stops further ones"
    if spec.remedy_runs_limit and status.remedy_total_runs >= spec.remedy_runs_limit:
        return f"remedyRunsLimit is reached: {spec.remedy_runs_limit}"
    return ""


def is_exhausted(spec: Spec, status: Status, now: float) -> bool:
    """Whether a check that fails is left alone: its latest failure had no remedy, or one that failed."""
    if status.status != FAILED or status.remedy_under_way or not denial(spec, status, now):
        return False
    answered = status.remedy_triggered_at is not None and status.remedy_triggered_at >= (status.finished_at or 0)
    return not answered or status.remedy_failed_count > 0


def _elapsed(spec: Spec, status: Status, at: float) -> bool:
    """Whether the reset interval has passed since the last remedy. An end that is not known, or lies ahead, has not."""
    ended = status.remedy_finished_at
    return bool(spec.remedy_reset_interval) and ended is not None and at - ended >= spec.remedy_reset_interval
