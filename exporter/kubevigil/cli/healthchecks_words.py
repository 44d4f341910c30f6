"""A health check in few words: its status, when it ran, and when it will. Pure."""

from kubevigil.app.check_report import Report, State
from kubevigil.cli.crashes_moments import span, utc
from kubevigil.model.clock import seconds_of


def status_words(report: Report) -> str:
    """The latest result, and what the check is doing if it is not just waiting: 'Failed, running'."""
    result = "" if report.state is State.INVALID or report.status.lower() == report.state else report.status
    state = "" if report.state is State.WAITING else report.state.value
    return ", ".join(filter(None, (result, state))) or "new"


def last_words(report: Report, now: float, *, in_utc: bool) -> str:
    """When the latest run ended, or began if it goes on; '' before the first."""
    under_way = report.state is State.RUNNING
    moment = seconds_of(report.last_started_at if under_way else report.last_finished_at)
    if moment is None:
        return ""
    return utc(moment) if in_utc else span(now - moment)


def next_words(report: Report, now: float, *, in_utc: bool) -> str:
    """When the next run is to begin; 'due' for one that should have begun, '' where none is to come."""
    moment = seconds_of(report.next_at)
    if moment is None:
        return ""
    if in_utc:
        return utc(moment)
    return f"in {span(moment - now)}" if moment > now else "due"
