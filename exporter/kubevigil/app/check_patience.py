"""How long to wait for a run of a HealthCheck that was asked for. Pure: the moments are passed in."""

from typing import Final

from kubevigil.healthchecks.reconcile import GRACE, Check
from kubevigil.healthchecks.spec import DEFAULT_TIMEOUT

BEGINNING: Final = 30.0
"""Seconds for a run to begin: an exporter that died without giving its lease back is followed by another after 15."""

AFTERWARDS: Final = 15.0
"""Seconds beyond a run's time until its end is in the status: a lease may change hands in between."""


class Patience:
    """Until when to wait, by a monotonic clock that says `now` at the start.

    `seconds` is for all of it; None for BEGINNING, behind a run or a remedy that is under way, and then as long as a
    run may take.
    """

    def __init__(self, check: Check, seconds: float | None, now: float) -> None:
        self.has_begun = False
        self._fixed = seconds is not None
        before = _before(check)
        self._end = now + (BEGINNING + before if seconds is None else seconds)

    def begun(self, check: Check, now: float) -> None:
        """The run that was asked for has begun."""
        self.has_begun = True
        if not self._fixed:
            self._end = now + _longest(check)

    def left(self, now: float) -> float:
        """Seconds that are left, 0 for none."""
        return max(0.0, self._end - now)


def _before(check: Check) -> float:
    """Seconds until a run can begin: after the one that goes on, and the remedy that it may call for."""
    status, spec = check.status, check.judged.spec
    run = _longest(check) if status.under_way else 0.0
    may_mend = spec is not None and spec.remedy is not None and (status.under_way or status.remedy_under_way)
    return run + (spec.remedy_timeout + GRACE + AFTERWARDS if spec and may_mend else 0.0)


def _longest(check: Check) -> float:
    """Seconds until the run of a check has an end in its status, whatever Argo does."""
    spec = check.judged.spec
    return (spec.timeout if spec else DEFAULT_TIMEOUT) + GRACE + AFTERWARDS
