"""A run that a person asks for: by an annotation that names a moment, so that nobody has to take it away again.

It is wanted from that moment on, once: the first run that begins then, or later, is the one. A moment before the check
was made asks for nothing, so that a check that is copied with its annotations does not run for somebody else's request.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import floor
from typing import Final

from kubevigil.healthchecks.reconcile import Check
from kubevigil.healthchecks.status import FAILED, STOPPED, SUCCEEDED, Status

RUN_NOW: Final = "kubevigil.io/run-now"
"""The annotation; its value is an RFC 3339 moment with its offset from UTC."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How the run came out that was asked for. `succeeded` is None where its result is not known."""

    succeeded: bool | None
    message: str = ""
    workflow: str = ""


def asked_of(annotations: Mapping[str, str] | None) -> int | None:
    """The moment that the annotation names, in whole Unix seconds; None without one that can be read."""
    try:
        moment = datetime.fromisoformat((annotations or {}).get(RUN_NOW, ""))
        return None if moment.tzinfo is None else floor(moment.timestamp())
    except (ValueError, OverflowError):
        return None


def moment_to_ask(check: Check) -> int:
    """The Unix second to ask for, for a run as soon as can be: the first after the latest run's beginning.

    It is not read off a clock, since that of who asks may be ahead of the exporter's.
    """
    last = check.status.started_at
    return check.created if last is None else max(check.created, last + 1)


def has_begun(status: Status, asked: int) -> bool:
    """Whether a run has begun that was asked for at a Unix second."""
    return status.started_at is not None and status.started_at >= asked


def ending_of(status: Status, asked: int) -> Ending | None:
    """The end of the run that was asked for, None before it is in the status."""
    if not has_begun(status, asked) or status.under_way:
        return None
    if status.status == SUCCEEDED and not status.error_message:
        return Ending(succeeded=True, workflow=status.last_successful_workflow)
    if status.status == FAILED and status.last_failed_at == status.finished_at:
        return Ending(succeeded=False, message=status.error_message, workflow=status.last_failed_workflow)
    message = status.error_message
    if status.status == STOPPED:
        message = "the check is stopped again, and how the run ended was not seen; its counts tell"
    return Ending(succeeded=None, message=message)
