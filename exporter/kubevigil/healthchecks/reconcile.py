"""What to do about one check now: a function of the check, its workflow and the clock.

Level-triggered: nothing is remembered between two decisions that the cluster does not show. A run begins with its
moment in the check's status and its workflow has a name made of that moment, so whoever decides after a crash of ours
comes to the same name, and creating it once more is no second run. Since an edit of the spec changes what the name
begins with, and where the workflow belongs, what may have been asked for already is looked for by its labels first. A
run that was not created yet is created while it cannot have been, ended and been cleaned up; later nobody can know, and
it is unknown.

Each status is written for the very version of the check that it was decided on; that is what makes two deciders one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from kubevigil.healthchecks import schedule
from kubevigil.healthchecks.findings import Finding
from kubevigil.healthchecks.manifest import run_name
from kubevigil.healthchecks.resources import Meta, TtlStrategy, WorkflowObject
from kubevigil.healthchecks.results import Outcome, Result, has_ended, outcome_of
from kubevigil.healthchecks.schedule import Never
from kubevigil.healthchecks.spec import DEFAULT_TIMEOUT, Judged
from kubevigil.healthchecks.status import FAILED, STOPPED, Status, rejection
from kubevigil.model.clock import seconds_of

GRACE: Final = 10
"""Seconds beyond its time that Argo has to end a run itself, and to say so."""

BELIEVABLE: Final = 300
"""Seconds by which a run may have begun in the future, as two hosts' clocks differ; beyond, one of them was wrong."""


@dataclass(frozen=True, slots=True)
class Check:
    """A HealthCheck as it is now, in Unix seconds. By annotation: `paused`, and from when on a run is `asked` for."""

    meta: Meta
    judged: Judged
    status: Status
    created: int
    paused: bool = False
    asked: int | None = None


@dataclass(frozen=True, slots=True)
class Sight:
    """What is there of the run that is under way, found by its labels wherever it is.

    The workflow as it was seen last, `gone` once its deletion was seen. `untried`: who decides has written the run's
    beginning for this very generation of the check, and has not asked for a workflow yet. `certain`: where no workflow
    is seen there is none; false after a request to create it of which the answer is not known.
    `expected`: it was created, and is not shown yet. `earlier` are workflows of runs before it, each with its second,
    that have not ended.
    """

    workflow: WorkflowObject | None = None
    gone: bool = False
    untried: bool = False
    certain: bool = True
    expected: bool = False
    earlier: tuple[tuple[int, WorkflowObject], ...] = ()


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to do before `until` (Unix seconds), or before something changes where that is None."""

    until: float | None = None


@dataclass(frozen=True, slots=True)
class Begin:
    """Write into the status that a run begins at this Unix second."""

    started_at: int


@dataclass(frozen=True, slots=True)
class Look:
    """List the workflows that have the labels of this check's run, in all namespaces and not from a cache."""

    started_at: int


@dataclass(frozen=True, slots=True)
class Create:
    """Create the workflow of the run that is under way; `again`: only where `still_certain` says so, else `unknown`."""

    name: str
    started_at: int
    again: bool = True


@dataclass(frozen=True, slots=True)
class Finish:
    """Write the outcome of the run."""

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Discard:
    """Delete the workflow of a run that has its outcome, if it still is as it was seen. At its worst it is not done."""

    started_at: int
    workflow: WorkflowObject


@dataclass(frozen=True, slots=True)
class Stop:
    """Write that the check is stopped for want of a schedule."""


@dataclass(frozen=True, slots=True)
class Reject:
    """Write that the check cannot work, and why."""

    findings: tuple[Finding, ...]


Decision = Wait | Begin | Look | Create | Finish | Discard | Stop | Reject


def decide(check: Check, sight: Sight, now: float) -> Decision:
    """The next thing to do."""
    if check.meta.deletion_timestamp:
        return Wait()
    decision = _of_runs(check, sight, now)
    if isinstance(decision, Wait):
        for started_at, workflow in _seen(check, sight):
            if left_over(check, started_at, workflow):
                return Discard(started_at, workflow)
    return decision


def _of_runs(check: Check, sight: Sight, now: float) -> Decision:
    status = check.status
    if status.under_way and status.started_at is not None:
        return _under_way(check, sight, status.started_at, now)
    spec = check.judged.spec
    if spec is None:
        told = status.status == FAILED and status.error_message == rejection(check.judged.findings)
        return Wait() if told else Reject(check.judged.findings)
    asked = wanted_from(check, now)
    if asked is not None and asked <= now:
        return Begin(int(now))
    if isinstance(spec.schedule, Never):
        return Wait(asked) if status.status == STOPPED else Stop()
    return Wait(asked) if check.paused else _idle(check, spec.schedule, asked, now)


def wanted_from(check: Check, now: float) -> int | None:
    """From when on a run is wanted because somebody asked for one; None once it has begun, and without a request."""
    last = _latest_start(check, now)
    if check.asked is None or check.asked < check.created or (last is not None and check.asked <= last):
        return None
    return check.asked


def still_certain(ttl: TtlStrategy | None, started_at: int, now: float) -> bool:
    """Whether a workflow that is not there cannot have been there: no time to live has passed since the run began."""
    if ttl is None:
        return True
    kept = (ttl.seconds_after_completion, ttl.seconds_after_success, ttl.seconds_after_failure)
    return now < started_at + min((seconds for seconds in kept if seconds is not None), default=float("inf"))


def left_over(check: Check, started_at: int, workflow: WorkflowObject) -> bool:
    """Whether nobody waits any more for the workflow of the check's run of that second, and it has not ended.

    So it is when a run took too long, or its creation came too late. What a person runs once more (`argo retry`)
    begins after the run had its outcome, and is his. That is known of the latest run alone, so of earlier ones only
    what Argo never touched is left over; its deadline ends the rest.
    """
    status = check.status
    if status.started_at is None or has_ended(workflow) or workflow.metadata.deletion_timestamp:
        return False
    if started_at == status.started_at and not status.under_way:
        began = seconds_of(workflow.status.started_at)
        return not workflow.status.phase or (began is not None and began < (status.finished_at or 0))
    return started_at < status.started_at and not workflow.status.phase


def unknown(name: str, now: float) -> Finish:
    """The end of a run of which nothing is left."""
    message = "the workflow is gone, and its result with it; it may have ended and been cleaned up (reason: gc)"
    return Finish(Outcome(Result.UNKNOWN, message, name, int(now)))


def refused(name: str, message: str, now: float) -> Finish:
    """The end of a run whose workflow could not be made."""
    return Finish(Outcome(Result.REFUSED, message, name, int(now)))


def _seen(check: Check, sight: Sight) -> Iterator[tuple[int, WorkflowObject]]:
    if sight.workflow is not None and check.status.started_at is not None:
        yield check.status.started_at, sight.workflow
    yield from sight.earlier


def _idle(check: Check, plan: schedule.Schedule, asked: int | None, now: float) -> Decision:
    due, last = schedule.latest(plan, check.created, now), _latest_start(check, now)
    if due is not None and (last is None or last < due):
        return Begin(int(now))
    moments = [moment for moment in (asked, schedule.following(plan, check.created, now)) if moment is not None]
    return Wait(min(moments, default=None))


def _latest_start(check: Check, now: float) -> int | None:
    """When the latest run began, None for never, or if that is not to be believed."""
    last = check.status.started_at
    return None if last is not None and last > now + BELIEVABLE else last


def _under_way(check: Check, sight: Sight, started_at: int, now: float) -> Decision:
    spec, workflow = check.judged.spec, sight.workflow
    if workflow is not None and (outcome := outcome_of(workflow, now)):
        return Finish(outcome)
    name = workflow.metadata.name if workflow else run_name(spec.workflow, check.meta.uid, started_at) if spec else ""
    if sight.gone:
        return Finish(Outcome(Result.DELETED, "the workflow was deleted, and no end of it was seen", name, int(now)))
    if started_at > now + BELIEVABLE:
        message = "the run began in the future: the clock was wrong then, or is wrong now"
        return Finish(Outcome(Result.UNKNOWN, message, name, int(now)))
    if workflow is not None:
        timeout = spec.timeout if spec else workflow.spec.active_deadline_seconds or DEFAULT_TIMEOUT
        late = started_at + timeout + GRACE
        return Wait(late) if now < late else _timed_out(workflow, timeout, now)
    return _not_there(check, sight, started_at, now)


def _not_there(check: Check, sight: Sight, started_at: int, now: float) -> Decision:
    spec = check.judged.spec
    late = started_at + (spec.timeout if spec else DEFAULT_TIMEOUT) + GRACE
    if sight.expected and now < late:
        return Wait(late)
    if not (sight.untried or sight.certain):
        return Look(started_at)
    if spec is None:
        return refused("", rejection(check.judged.findings), now)
    name = run_name(spec.workflow, check.meta.uid, started_at)
    if now < late:
        return Create(name, started_at, again=not sight.untried)
    return unknown(name, now)


def _timed_out(workflow: WorkflowObject, timeout: int, now: float) -> Finish:
    name = workflow.metadata.name
    if not workflow.status.phase:
        message = (
            f"Argo did not touch the workflow within {timeout} s; does its controller run, and take this instance id?"
        )
        return Finish(Outcome(Result.ARGO_UNAVAILABLE, message, name, int(now)))
    message = f"took longer than {timeout} s, and Argo did not end it"
    return Finish(Outcome(Result.TIMEOUT, message, name, int(now)))
