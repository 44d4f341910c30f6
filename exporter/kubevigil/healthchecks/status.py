"""The status of a HealthCheck: read leniently, changed by what happens, written as the changes of a JSON merge patch.

The names are the predecessor's; times are RFC 3339 in whole seconds, UTC. A run is known by `startedAt`, which is
written before the workflow is created: it is under way until `finishedAt` has caught up. Changes that change nothing
are empty: nothing is to be written then. Counts are read and written again, so a patch must name the version it was
made for.

A remedy is known by `remedyTriggeredAt` in the same way. It is written with the failure that it answers, in one patch,
so no failure is told without its remedy. Its run is counted at once, so that one whose end nobody saw counts too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from math import floor
from typing import Any, Final

from kubevigil.healthchecks.findings import Finding
from kubevigil.healthchecks.results import FAILURES, Outcome, Result
from kubevigil.model.clock import seconds_of

SUCCEEDED: Final = "Succeeded"
FAILED: Final = "Failed"
STOPPED: Final = "Stopped"

STOPPED_MESSAGE: Final = (
    "workflow execution is stopped; either spec.RepeatAfterSec or spec.Schedule must be provided. "
    "spec.RepeatAfterSec set to 0. spec.Schedule set to {Cron:}"
)
"""The predecessor's words, which people search for."""

RESET_BY_SUCCESS: Final = "HealthCheck Passed so Remedy is reset"
RESET_BY_TIME: Final = "RemedyResetInterval elapsed so Remedy is reset"
"""The predecessor's values of `remedyStatus`, beside SUCCEEDED and FAILED."""

INVALID: Final = "the check cannot work: "
LONGEST_MESSAGE: Final = 1024
"""Characters of an error message; Argo's own may hold the output of a whole step."""

_LARGEST: Final = 2**63 - 1
"""The API's integers have 64 bits; a count that is there stays, rather than that no status is taken any more."""

_TIMES: Final = {
    "started_at": "startedAt",
    "finished_at": "finishedAt",
    "last_failed_at": "lastFailedAt",
    "remedy_triggered_at": "remedyTriggeredAt",
    "remedy_finished_at": "remedyFinishedAt",
    "remedy_last_failed_at": "remedyLastFailedAt",
}
_TEXTS: Final = {
    "status": "status",
    "error_message": "errorMessage",
    "last_failed_workflow": "lastFailedWorkflow",
    "last_successful_workflow": "lastSuccessfulWorkflow",
    "remedy_status": "remedyStatus",
    "remedy_error_message": "remedyErrorMessage",
}
_COUNTS: Final = {
    "success_count": "successCount",
    "failed_count": "failedCount",
    "total_runs": "totalHealthCheckRuns",
    "remedy_success_count": "remedySuccessCount",
    "remedy_failed_count": "remedyFailedCount",
    "remedy_total_runs": "remedyTotalRuns",
}
NAMES: Final = {**_TIMES, **_TEXTS, **_COUNTS}
"""What a field of Status is called in the resource."""


@dataclass(frozen=True, slots=True)
class Status:
    """What is known of a check's runs; moments are Unix seconds, None for never.

    The counts of the remedy are those since it was reset last.
    """

    started_at: int | None = None
    finished_at: int | None = None
    last_failed_at: int | None = None
    status: str = ""
    error_message: str = ""
    success_count: int = 0
    failed_count: int = 0
    total_runs: int = 0
    last_failed_workflow: str = ""
    last_successful_workflow: str = ""
    remedy_triggered_at: int | None = None
    remedy_finished_at: int | None = None
    remedy_last_failed_at: int | None = None
    remedy_status: str = ""
    remedy_error_message: str = ""
    remedy_success_count: int = 0
    remedy_failed_count: int = 0
    remedy_total_runs: int = 0

    @property
    def under_way(self) -> bool:
        """Whether a run has begun and not ended."""
        return _goes_on(self.started_at, self.finished_at)

    @property
    def remedy_under_way(self) -> bool:
        """Whether a remedy has begun and not ended."""
        return _goes_on(self.remedy_triggered_at, self.remedy_finished_at)


def status_of(raw: object) -> Status:
    """Reads a status; what is not as it should be counts as absent."""
    source: Mapping[str, Any] = raw if isinstance(raw, Mapping) else {}
    read: dict[str, Any] = {}
    for names, kind in ((_TIMES, _moment), (_TEXTS, _text), (_COUNTS, _count)):
        read.update({field: kind(source.get(name)) for field, name in names.items()})
    return Status(**read)


def begun(status: Status, started_at: int) -> dict[str, Any]:
    """A run begins at this Unix second; it is under way from then on, whatever the clock said before."""
    began = replace(status, started_at=started_at)
    if not began.under_way:
        began = replace(began, finished_at=None)
    if status.status == STOPPED:
        began = replace(began, status="", error_message="")
    return changes(status, began)


def finished(status: Status, outcome: Outcome, remedy_at: int | None = None, *, anew: bool = False) -> dict[str, Any]:
    """The run that is under way has ended; nothing where none is.

    `remedy_at` is the Unix second at which its remedy begins, None for none; `anew`: the remedy's counts begin anew.
    """
    if not status.under_way or status.started_at is None:
        return {}
    at = max(outcome.finished_at, status.started_at)
    ended = replace(status, finished_at=at, error_message=_clipped(outcome.message))
    if outcome.result is Result.SUCCEEDED:
        ended = replace(
            ended,
            status=SUCCEEDED,
            error_message="",
            success_count=status.success_count + 1,
            last_successful_workflow=outcome.workflow,
        )
    elif outcome.result in FAILURES:
        made = outcome.result is not Result.REFUSED
        ended = replace(
            ended,
            status=FAILED,
            last_failed_at=at,
            failed_count=status.failed_count + 1,
            last_failed_workflow=outcome.workflow if made else status.last_failed_workflow,
        )
    ended = replace(ended, total_runs=ended.success_count + ended.failed_count)
    if anew:
        ended = _reset(ended, RESET_BY_SUCCESS if outcome.result is Result.SUCCEEDED else RESET_BY_TIME)
    return changes(status, ended if remedy_at is None else _remedy_begun(ended, remedy_at))


def remedied(status: Status, outcome: Outcome) -> dict[str, Any]:
    """The remedy that is under way has ended; nothing where none is."""
    if not status.remedy_under_way or status.remedy_triggered_at is None:
        return {}
    at = max(outcome.finished_at, status.remedy_triggered_at)
    ended = replace(status, remedy_finished_at=at, remedy_error_message=_clipped(outcome.message))
    if outcome.result is Result.SUCCEEDED:
        count = status.remedy_success_count + 1
        ended = replace(ended, remedy_status=SUCCEEDED, remedy_error_message="", remedy_success_count=count)
    elif outcome.result in FAILURES:
        count = status.remedy_failed_count + 1
        ended = replace(ended, remedy_status=FAILED, remedy_last_failed_at=at, remedy_failed_count=count)
    known = ended.remedy_success_count + ended.remedy_failed_count
    return changes(status, replace(ended, remedy_total_runs=max(status.remedy_total_runs, known)))


def stopped(status: Status, now: int) -> dict[str, Any]:
    """The check has no schedule any more: the moment at which that was seen stays."""
    if status.status == STOPPED:
        return {}
    at = max(now, status.started_at or now)
    return changes(status, replace(status, status=STOPPED, error_message=STOPPED_MESSAGE, finished_at=at))


def rejected(status: Status, findings: Sequence[Finding]) -> dict[str, Any]:
    """The check cannot work, which is no run: no count moves."""
    return changes(status, replace(status, status=FAILED, error_message=rejection(findings)))


def rejection(findings: Sequence[Finding]) -> str:
    """The error message of a check that cannot work."""
    return _clipped(INVALID + "; ".join(map(str, findings)))


def changes(old: Status, new: Status) -> dict[str, Any]:
    """What turns one status into the other, by the resource's names; null takes a field away."""
    return {
        NAMES[field.name]: _written(field.name, getattr(new, field.name))
        for field in fields(Status)
        if getattr(new, field.name) != getattr(old, field.name)
    }


def stamp(seconds: int) -> str:
    """A Unix second as the API writes it."""
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat() + "Z"


def _goes_on(began: int | None, ended: int | None) -> bool:
    return began is not None and (ended is None or ended < began)


def _remedy_begun(status: Status, at: int) -> Status:
    """When it ended is taken away only if it lies ahead: the reset interval counts from there."""
    ended = status.remedy_finished_at
    return replace(
        status,
        remedy_triggered_at=at,
        remedy_finished_at=None if ended is not None and ended >= at else ended,
        remedy_total_runs=status.remedy_total_runs + 1,
    )


def _reset(status: Status, why: str) -> Status:
    """The counts of the remedy begin anew; when it ran last stays for people to see."""
    return replace(
        status,
        remedy_status=why,
        remedy_error_message="",
        remedy_success_count=0,
        remedy_failed_count=0,
        remedy_total_runs=0,
    )


def _written(field: str, value: Any) -> Any:
    if value is None:
        return None
    if field in _COUNTS:
        return min(value, _LARGEST) or None
    return stamp(value) if field in _TIMES else value or None


def _clipped(message: str) -> str:
    return message if len(message) <= LONGEST_MESSAGE else message[: LONGEST_MESSAGE - 3] + "..."


def _moment(value: object) -> int | None:
    """A moment before 1970 is none: Go's zero time, of the year 1, says never."""
    seconds = seconds_of(value) if isinstance(value, str) else None
    return None if seconds is None or seconds < 0 else floor(seconds)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
