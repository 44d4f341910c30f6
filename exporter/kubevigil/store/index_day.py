"""The day under which a crash is filed at a sink that keeps an index a day. Pure.

It is found once and written down: a document that is sent again after midnight must meet the one that is there.
"""

from typing import Final

from kubevigil.model.clock import rfc3339, seconds_of
from kubevigil.model.record import Record

_LONG_AGO: Final = 946_684_800.0
"""The year 2000. Kubernetes says 1970 of what never was."""

_LONGEST_ABSENCE: Final = 7 * 86_400.0
"""Seconds. An exporter that was away longer is less likely than a node's clock that is wrong."""


def index_day(record: Record, now: float) -> str:
    """The UTC day, as 2026-01-31, on which it ended, or where that cannot be, on which it was observed.

    An end cannot be before its instance's start (a record does not have its pod's creation), a week before it was
    observed, or after it was observed. `now` (Unix time) stands in for an observation without a time.
    """
    end = record.termination
    observed = seconds_of(end.observed_at)
    observed = now if observed is None else observed
    finished = seconds_of(end.finished_at)
    started = seconds_of(end.started_at) or 0.0
    earliest = max(observed - _LONGEST_ABSENCE, _LONG_AGO, started)
    plausible = finished is not None and earliest <= finished <= observed
    return rfc3339(finished if plausible and finished is not None else observed)[:10]
