"""When a crash happened, as documents say it, by the rules that chose its index (`store.index_day`). Pure.

Moments are Unix seconds.
"""

from typing import Final

from kubevigil.model import clock
from kubevigil.model.record import RecordedTermination

_LONG_AGO: Final = 946_684_800.0
"""The year 2000. Kubernetes says 1970 of what never was."""

_LONGEST_ABSENCE: Final = 7 * 86_400.0
"""Seconds. A node's clock that is wrong is likelier than an end that was seen so much later."""


def ended_at(termination: RecordedTermination) -> float:
    """When it ended by the node's clock where that can be, else when we saw it."""
    finished = finished_at(termination)
    return observed_at(termination) if finished is None else finished


def observed_at(termination: RecordedTermination) -> float:
    """When we saw it; 0 for what is no moment, which our own records never hold."""
    return seconds_of(termination.observed_at) or 0.0


def started_at(termination: RecordedTermination) -> float | None:
    """When it had started by the node's clock; None where that is not known or cannot be."""
    started = seconds_of(termination.started_at)
    return started if started is not None and _LONG_AGO <= started <= observed_at(termination) else None


def finished_at(termination: RecordedTermination) -> float | None:
    """When it ended by the node's clock; None where that is not known or cannot be."""
    finished, observed = seconds_of(termination.finished_at), observed_at(termination)
    earliest = max(observed - _LONGEST_ABSENCE, _LONG_AGO, seconds_of(termination.started_at) or 0.0)
    return finished if finished is not None and earliest <= finished <= observed else None


def seconds_of(moment: str | None) -> float | None:
    """The Unix time of an RFC 3339 stamp; None for a missing or malformed one."""
    return clock.seconds_of(moment)


def stamp(seconds: float | None) -> str | None:
    """RFC 3339 UTC with milliseconds."""
    return None if seconds is None else clock.rfc3339(seconds)
