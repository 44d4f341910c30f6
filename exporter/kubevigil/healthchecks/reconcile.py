"""What to do about one check now: a function of the check, its workflow and the clock.

Level-triggered: nothing is remembered between two decisions that the cluster does not show. A run begins with its
moment in the check's status and its workflow has a name made of that moment, so whoever decides after a crash of ours
comes to the same name, and creating it once more is no second run. Since an edit of the spec changes what the name
begins with, and where the workflow belongs, what may have been asked for already is looked for by its labels first. A
run that was not created yet is created while it cannot have been, ended and been cleaned up; later nobody can know, and
it is unknown. All that is true of remedies too; while one is under way its check begins no run, which would find out
about neither state.

Each status is written for the very version of the check that it was decided on; that is what makes two deciders one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from kubevigil.healthchecks import schedule
from kubevigil.healthchecks.courses import Course, course_of, left_over
from kubevigil.healthchecks.findings import Finding
from kubevigil.healthchecks.manifest import CHECK, REMEDY
from kubevigil.healthchecks.remedy import ANSWERED, NO_ANSWER, Answer, answer_to
from kubevigil.healthchecks.resources import Meta, TtlStrategy, WorkflowObject
from kubevigil.healthchecks.results import Outcome, Result, outcome_of
from kubevigil.healthchecks.schedule import Never
from kubevigil.healthchecks.spec import Judged
from kubevigil.healthchecks.status import FAILED, STOPPED, Status, rejection

GRACE: Final = 10
"""Seconds beyond its time that Argo has to end a run itself, and to say so."""

BELIEVABLE: Final = 300
"""Seconds by which a run may have begun in the future, as two hosts' clocks differ; beyond, one of them was wrong."""

FRESH: Final = 300
"""Seconds for which a failure calls for a remedy where the check could run again; beyond, that run is to tell."""


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
    """What is there of a check's latest run, found by its labels wherever it is, and of its `remedy` if it had one.

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
    remedy: "Sight | None" = None


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
    kind: str = CHECK


@dataclass(frozen=True, slots=True)
class Create:
    """Create the workflow of the run that is under way; `again`: only where `still_certain` says so, else `unknown`."""

    name: str
    started_at: int
    again: bool = True
    kind: str = CHECK


@dataclass(frozen=True, slots=True)
class Finish:
    """Write the outcome of the run, and with it that its remedy begins if that is the answer."""

    outcome: Outcome
    answer: Answer = NO_ANSWER


@dataclass(frozen=True, slots=True)
class FinishRemedy:
    """Write the outcome of the remedy."""

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Discard:
    """Delete the workflow of a run that has its outcome, if it still is as it was seen. At its worst it is not done."""

    started_at: int
    workflow: WorkflowObject
    kind: str = CHECK


@dataclass(frozen=True, slots=True)
class Stop:
    """Write that the check is stopped for want of a schedule."""


@dataclass(frozen=True, slots=True)
class Reject:
    """Write that the check cannot work, and why."""

    findings: tuple[Finding, ...]


_UNSEEN: Final = Sight(certain=False)

Decision = Wait | Begin | Look | Create | Finish | FinishRemedy | Discard | Stop | Reject


def decide(check: Check, sight: Sight, now: float) -> Decision:
    """The next thing to do."""
    if check.meta.deletion_timestamp:
        return Wait()
    of_remedy = sight.remedy or _UNSEEN
    decision = _of_runs(check, sight, of_remedy, now)
    if isinstance(decision, Wait):
        for kind, seen in ((CHECK, sight), (REMEDY, of_remedy)):
            course = course_of(kind, check.judged.spec, check.status)
            for started_at, workflow in _seen(course, seen):
                if left_over(course, started_at, workflow):
                    return Discard(started_at, workflow, kind)
    return decision


def ended(check: Check, kind: str, outcome: Outcome, now: float) -> Finish | FinishRemedy:
    """What the outcome of the run that is under way comes to.

    A paused check begins no remedy, and a failure that is told late, after nobody was there, is not acted upon.
    """
    if kind == REMEDY:
        return FinishRemedy(outcome)
    spec = check.judged.spec
    stale = spec is not None and now - outcome.finished_at > FRESH and _is_due(check, spec.schedule, now)
    if outcome.result in ANSWERED and (check.paused or stale):
        return Finish(outcome)
    return Finish(outcome, answer_to(spec, check.status, outcome, now))


def _of_runs(check: Check, sight: Sight, of_remedy: Sight, now: float) -> Decision:
    status = check.status
    for kind, seen in ((CHECK, sight), (REMEDY, of_remedy)):
        course = course_of(kind, check.judged.spec, status)
        if course.under_way and course.started_at is not None:
            decision = _under_way(check, course, seen, course.started_at, now)
            return ended(check, kind, decision, now) if isinstance(decision, Outcome) else decision
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


def unknown(name: str, now: float) -> Outcome:
    """The end of a run of which nothing is left."""
    message = "the workflow is gone, and its result with it; it may have ended and been cleaned up (reason: gc)"
    return Outcome(Result.UNKNOWN, message, name, int(now))


def refused(name: str, message: str, now: float) -> Outcome:
    """The end of a run whose workflow could not be made."""
    return Outcome(Result.REFUSED, message, name, int(now))


def _seen(course: Course, sight: Sight) -> Iterator[tuple[int, WorkflowObject]]:
    if sight.workflow is not None and course.started_at is not None:
        yield course.started_at, sight.workflow
    yield from sight.earlier


def _idle(check: Check, plan: schedule.Schedule, asked: int | None, now: float) -> Decision:
    if _is_due(check, plan, now):
        return Begin(int(now))
    moments = [moment for moment in (asked, schedule.following(plan, check.created, now)) if moment is not None]
    return Wait(min(moments, default=None))


def _is_due(check: Check, plan: schedule.Schedule, now: float) -> bool:
    due, last = schedule.latest(plan, check.created, now), _latest_start(check, now)
    return due is not None and (last is None or last < due)


def _latest_start(check: Check, now: float) -> int | None:
    """When the latest run began, None for never, or if that is not to be believed."""
    last = check.status.started_at
    return None if last is not None and last > now + BELIEVABLE else last


def _under_way(check: Check, course: Course, sight: Sight, started_at: int, now: float) -> Decision | Outcome:
    workflow = sight.workflow
    if workflow is not None and (outcome := outcome_of(workflow, now)):
        return outcome
    name = workflow.metadata.name if workflow else course.name(check.meta.uid, started_at)
    if sight.gone:
        return Outcome(Result.DELETED, "the workflow was deleted, and no end of it was seen", name, int(now))
    if started_at > now + BELIEVABLE:
        message = "the run began in the future: the clock was wrong then, or is wrong now"
        return Outcome(Result.UNKNOWN, message, name, int(now))
    if workflow is not None:
        limit = course.limit or workflow.spec.active_deadline_seconds or course.timeout
        late = started_at + limit + GRACE
        return Wait(late) if now < late else _timed_out(workflow, limit, now)
    return _not_there(check, course, sight, started_at, now)


def _not_there(check: Check, course: Course, sight: Sight, started_at: int, now: float) -> Decision | Outcome:
    late = started_at + course.timeout + GRACE
    if sight.expected and now < late:
        return Wait(late)
    if not (sight.untried or sight.certain):
        return Look(started_at, course.kind)
    if course.part is None:
        return _nothing_to_create(check, course, now)
    name = course.name(check.meta.uid, started_at)
    if now < late:
        return Create(name, started_at, again=not sight.untried, kind=course.kind)
    return unknown(name, now)


def _nothing_to_create(check: Check, course: Course, now: float) -> Outcome:
    """A remedy that an edit took away did not fail, and stops no other."""
    if course.kind == CHECK:
        return refused("", rejection(check.judged.findings), now)
    message = "the check's remedy was taken away, or cannot work any more, before its workflow was seen"
    return Outcome(Result.UNKNOWN, message, "", int(now))


def _timed_out(workflow: WorkflowObject, timeout: int, now: float) -> Outcome:
    name = workflow.metadata.name
    if not workflow.status.phase:
        message = (
            f"Argo did not touch the workflow within {timeout} s; does its controller run, and take this instance id?"
        )
        return Outcome(Result.ARGO_UNAVAILABLE, message, name, int(now))
    message = f"took longer than {timeout} s, and Argo did not end it"
    return Outcome(Result.TIMEOUT, message, name, int(now))
