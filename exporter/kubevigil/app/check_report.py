"""What the commands tell of a HealthCheck: its state, its latest run, what comes next, and what is wrong. Pure."""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final

from msgspec import Struct

from kubevigil.healthchecks.findings import Finding
from kubevigil.healthchecks.picture import check_of
from kubevigil.healthchecks.portrait import Tally, portrait_of
from kubevigil.healthchecks.reconcile import Check, wanted_from
from kubevigil.healthchecks.resources import HealthCheckObject
from kubevigil.healthchecks.schedule import Never, Schedule, following
from kubevigil.healthchecks.status import stamp

_SLOTS: Final = 3
"""As many of the schedule as tell whether it is what its author meant."""


class State(StrEnum):
    """What a check is doing; how its latest run ended is its status."""

    INVALID = "invalid"
    """It cannot work."""
    RUNNING = "running"
    MENDING = "mending"
    """Its remedy goes on; the next run waits for that."""
    PAUSED = "paused"
    STOPPED = "stopped"
    """It has no schedule."""
    WAITING = "waiting"


class Report(Struct, frozen=True):
    """A check as `--json` prints it; moments are RFC 3339 UTC, None for never.

    `status`, `message` and the counts are those of the resource; `next_at` is the first slot after the latest start, in
    the past while a run is due. `remedies` began since their counts began anew.
    """

    namespace: str
    name: str
    state: State
    status: str
    message: str
    last_started_at: str | None
    last_finished_at: str | None
    next_at: str | None
    succeeded: int
    failed: int
    last_successful_workflow: str
    last_failed_workflow: str
    remedies: int
    remedy_status: str
    remedy_message: str
    findings: list[dict[str, str]]
    remarks: list[dict[str, str]]


def report_of(item: HealthCheckObject, now: float) -> Report:
    """The check, told at `now` (Unix seconds)."""
    check = check_of(item)
    status = check.status
    return Report(
        namespace=check.meta.namespace,
        name=check.meta.name,
        state=state_of(check),
        status=status.status,
        message=status.error_message,
        last_started_at=_stamp(status.started_at),
        last_finished_at=_stamp(status.finished_at),
        next_at=_stamp(next_of(check, now)),
        succeeded=status.success_count,
        failed=status.failed_count,
        last_successful_workflow=status.last_successful_workflow,
        last_failed_workflow=status.last_failed_workflow,
        remedies=status.remedy_total_runs,
        remedy_status=status.remedy_status,
        remedy_message=status.remedy_error_message,
        findings=as_rows(check.judged.findings),
        remarks=as_rows(check.judged.remarks),
    )


def state_of(check: Check) -> State:
    """What the check is doing."""
    spec = check.judged.spec
    if spec is None:
        return State.INVALID
    if check.status.under_way:
        return State.RUNNING
    if check.status.remedy_under_way:
        return State.MENDING
    if check.paused:
        return State.PAUSED
    return State.STOPPED if isinstance(spec.schedule, Never) else State.WAITING


def next_of(check: Check, now: float) -> int | None:
    """The moment of the next run: of its schedule, or because it was asked for. None where none is to come."""
    by_schedule = portrait_of(check, Tally(), now).next_run or None
    moments = [moment for moment in (by_schedule, wanted_from(check, now)) if moment is not None]
    return min(moments, default=None)


def coming(check: Check, now: float) -> Iterator[int]:
    """The next slots of the check's schedule after `now`, whether it is paused or not."""
    slot = following(_schedule(check), check.created, now)
    for _ in range(_SLOTS):
        if slot is None:
            return
        yield slot
        slot = following(_schedule(check), check.created, slot)


def _schedule(check: Check) -> Schedule:
    return check.judged.spec.schedule if check.judged.spec else Never()


def as_rows(findings: Iterable[Finding]) -> list[dict[str, str]]:
    """Findings as `--json` prints them."""
    return [{"path": finding.path, "message": finding.message} for finding in findings]


def _stamp(moment: int | None) -> str | None:
    return None if moment is None else stamp(moment)
