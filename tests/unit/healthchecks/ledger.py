"""What the API server was told of a check's remedies, in order, and whether that was as promised.

It counts by itself: nothing of it is read off the counts that the controller keeps in the status.
"""

from dataclasses import dataclass, field
from typing import Any

from kubevigil.healthchecks.manifest import CHECK, REMEDY
from kubevigil.healthchecks.reconcile import FRESH, GRACE, Check
from kubevigil.healthchecks.results import FAILURES, Outcome, Result
from kubevigil.healthchecks.spec import Spec
from kubevigil.healthchecks.status import Status

Outcomes = dict[tuple[str, int], list[Outcome]]
MENDS = {"failed", "error", "timeout"}
"""The results that a remedy is for."""


@dataclass(frozen=True)
class Entry:
    """One write of a status: the check before, the status after, and the moment."""

    check: Check
    after: Status
    now: float

    @property
    def run_ended(self) -> int | None:
        before = self.check.status
        return before.started_at if before.under_way and not self.after.under_way else None

    @property
    def remedy_began(self) -> int | None:
        at = self.after.remedy_triggered_at
        return at if at != self.check.status.remedy_triggered_at else None

    @property
    def remedy_ended(self) -> int | None:
        before = self.check.status
        return before.remedy_triggered_at if before.remedy_under_way and not self.after.remedy_under_way else None


@dataclass
class _Count:
    """The remedies since the count began anew."""

    began: int = 0
    failed: bool = False
    ended_at: int | None = None

    def allows(self, spec: Spec, at: int) -> str:
        """Why no remedy may begin at that second."""
        interval, limit = spec.remedy_reset_interval, spec.remedy_runs_limit
        if interval and self.ended_at is not None and at - self.ended_at >= interval:
            return ""
        if self.failed:
            return "the last one had failed"
        return f"{self.began} of {limit} had run" if limit and self.began >= limit else ""

    def begin(self, spec: Spec, at: int) -> None:
        interval = spec.remedy_reset_interval
        if interval and self.ended_at is not None and at - self.ended_at >= interval:
            self.began, self.failed = 0, False
        self.began += 1


@dataclass
class Ledger:
    """All writes of the status."""

    entries: list[Entry] = field(default_factory=list)

    def note(self, before: Check, after: Status, now: float) -> None:
        self.entries.append(Entry(before, after, now))

    def remedies(self) -> list[int]:
        """The seconds at which remedies began."""
        return [entry.remedy_began for entry in self.entries if entry.remedy_began is not None]

    def faults(self, outcomes: Outcomes, made: dict[tuple[str, int], Any], *, forgetful: bool) -> list[str]:
        """What was wrong. `forgetful`: Argo cleans up, so that a workflow may have been and be no more."""
        found: list[str] = []
        count = _Count()
        for entry in self.entries:
            found += _of_a_run(entry, outcomes, count)
            if (began := entry.remedy_began) is not None and entry.check.judged.spec:
                failed_at = min(began, entry.after.finished_at or began)
                if why := count.allows(entry.check.judged.spec, failed_at):
                    found.append(f"the remedy of {began} began though {why}")
                count.begin(entry.check.judged.spec, failed_at)
            if (run := entry.remedy_ended) is not None:
                outcome = outcomes[REMEDY, run][0] if outcomes[REMEDY, run] else None
                count.failed |= outcome is not None and outcome.result in FAILURES
                count.ended_at = entry.after.remedy_finished_at
                if not forgetful and (REMEDY, run) not in made and _in_time(entry, run):
                    found.append(f"the remedy of {run} was lost")
        seconds = self.remedies()
        if len(seconds) != len(set(seconds)):
            found.append("two remedies have one second")
        return found


def _of_a_run(entry: Entry, outcomes: Outcomes, count: _Count) -> list[str]:
    check, spec = entry.check, entry.check.judged.spec
    if entry.after.started_at != check.status.started_at and check.status.remedy_under_way:
        return [f"the run of {entry.after.started_at} began while a remedy went on"]
    if (run := entry.run_ended) is None or not outcomes[CHECK, run]:
        return []
    result = outcomes[CHECK, run][0].result
    if result is Result.SUCCEEDED and spec is not None and spec.remedy is not None:
        count.began, count.failed = 0, False
    wanted = result in MENDS and spec is not None and spec.remedy is not None and not check.paused
    if spec is None or not wanted:
        return [] if entry.remedy_began is None else [f"a remedy began for the run of {run}, which was {result}"]
    failed_at = entry.after.finished_at or 0
    may = not count.allows(spec, failed_at) and entry.now - failed_at <= FRESH
    return [f"the failure of {run} was not answered"] if may and entry.remedy_began is None else []


def _in_time(entry: Entry, run: int) -> bool:
    spec = entry.check.judged.spec
    ended = entry.after.remedy_finished_at or 0
    return spec is not None and spec.remedy is not None and ended < run + spec.remedy_timeout + GRACE
