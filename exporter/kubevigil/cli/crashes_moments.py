"""When a crash was, as a person reads it: how long ago, or the moment in UTC. Pure."""

from datetime import UTC, datetime
from typing import Final

from kubevigil.model.clock import seconds_of
from kubevigil.model.record import Record

_MINUTE: Final = 60
_HOUR: Final = 3_600
_DAY: Final = 86_400
_TWICE: Final = 2
"""A unit is used from two of it on: 90s, 119m and 47h say more than 1m, 1h and 1d."""

_LONG_AGO: Final = 946_684_800.0
"""The year 2000. Kubernetes says 1970 of what never was."""


def ended(record: Record) -> float:
    """When it ended (Unix time); when that was seen where Kubernetes does not tell."""
    finished = seconds_of(record.termination.finished_at)
    if finished is not None and finished > _LONG_AGO:
        return finished
    return seconds_of(record.termination.observed_at) or 0.0


def span(seconds: float) -> str:
    """A length of time in one unit: '45s', '12m', '3h', '9d'. Never negative: clocks of nodes may be ahead."""
    whole = max(int(seconds), 0)
    for unit, size in (("d", _DAY), ("h", _HOUR), ("m", _MINUTE)):
        if whole >= _TWICE * size:
            return f"{whole // size}{unit}"
    return f"{whole}s"


def utc(moment: float) -> str:
    """The moment to the second: '2026-01-31 09:05:07Z'."""
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M:%S}Z"


def lived(record: Record) -> str:
    """How long the instance ran; '' where it never did, or Kubernetes does not tell."""
    started = seconds_of(record.termination.started_at)
    finished = seconds_of(record.termination.finished_at)
    if started is None or finished is None or started < _LONG_AGO:
        return ""
    return span(finished - started)
