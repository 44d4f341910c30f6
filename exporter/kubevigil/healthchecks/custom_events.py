"""The Event about metrics that a run told and that are not shown."""

from collections.abc import Sequence
from typing import Final

from kubevigil.healthchecks.events import LONGEST, Event
from kubevigil.healthchecks.findings import Finding

REASON: Final = "MetricsRefused"

_NAMED: Final = 5
"""Faults in one Event; the others are counted."""


def event_of_faults(faults: Sequence[Finding]) -> Event | None:
    """The Event, in words that are the same for the same faults; None where there is none."""
    if not faults:
        return None
    named = "; ".join(str(fault) for fault in faults[:_NAMED])
    more = f"; and {len(faults) - _NAMED} more" if len(faults) > _NAMED else ""
    room = LONGEST - len(more)
    return Event("Warning", REASON, (named if len(named) <= room else named[: room - 3] + "...") + more)
