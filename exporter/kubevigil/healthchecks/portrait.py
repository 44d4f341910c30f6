"""A check as its metrics show it: its status, and what a status does not tell, kept by who saw the runs end.

What is counted in the status is read there, so that it survives a restart and is the same for all who look. A Tally
holds the rest: which kind of failure it was, how long runs took, when the last success was if a failure came after.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from kubevigil.healthchecks.durations import Durations
from kubevigil.healthchecks.reconcile import Check
from kubevigil.healthchecks.remedy import is_exhausted
from kubevigil.healthchecks.results import FAILURES, Outcome, Result
from kubevigil.healthchecks.schedule import Never, following, interval
from kubevigil.healthchecks.spec import Spec
from kubevigil.healthchecks.status import FAILED, SUCCEEDED, Status

_IN_STATUS: Final = frozenset({Result.SUCCEEDED, Result.FAILED})


@dataclass(frozen=True, slots=True)
class Run:
    """The latest run that ended: Unix seconds, and the seconds it took of the latest that succeeded, if known."""

    started_at: int
    finished_at: int
    runtime: float | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """Of one check. `others` are the runs that ended neither well nor as plain failures.

    Of remedies all ends are here: a success of the check takes their counts out of its status.
    """

    others: Mapping[Result, int] = field(default_factory=dict)
    remedies: Mapping[Result, int] = field(default_factory=dict)
    durations: Durations = field(default_factory=Durations)
    last_success: int | None = None
    last_run: Run | None = None
    last_remedy: Run | None = None

    def after(self, outcome: Outcome, started_at: int) -> "Tally":
        """With one more run, which began at a Unix second."""
        run = _run_after(self.last_run, outcome, started_at)
        succeeded = outcome.result is Result.SUCCEEDED
        after = replace(self, last_run=run)
        if outcome.runtime is not None:
            after = replace(after, durations=self.durations.plus(outcome.runtime))
        if outcome.result in _IN_STATUS:
            return replace(after, last_success=run.finished_at) if succeeded else after
        return replace(after, others=_counted(self.others, outcome.result))

    def after_remedy(self, outcome: Outcome, started_at: int) -> "Tally":
        """With one more remedy, which began at a Unix second."""
        run = _run_after(self.last_remedy, outcome, started_at)
        return replace(self, remedies=_counted(self.remedies, outcome.result), last_remedy=run)


@dataclass(frozen=True, slots=True)
class Portrait:
    """What there is to show of one check. Moments are Unix seconds, 0 for none; `up` is None before the first run."""

    namespace: str
    name: str
    runs: Mapping[Result, int]
    durations: Durations = field(default_factory=Durations)
    up: bool | None = None
    paused: bool = False
    interval: float = 0
    next_run: int = 0
    last_success: int = 0
    last_run: Run | None = None
    remedy: "RemedyPortrait | None" = None


@dataclass(frozen=True, slots=True)
class RemedyPortrait:
    """What there is to show of a check's remedy."""

    runs: Mapping[Result, int]
    exhausted: bool = False
    last_run: Run | None = None


def portrait_of(check: Check, tally: Tally, now: float, shown_success: int | None = None) -> Portrait:
    """The check as it is shown now. `shown_success` is when its last successful workflow ended, if that is there."""
    status, spec = check.status, check.judged.spec
    others = sum(count for result, count in tally.others.items() if result in FAILURES)
    runs = dict.fromkeys(Result, 0) | dict(tally.others)
    runs[Result.SUCCEEDED] = status.success_count
    runs[Result.FAILED] = max(0, status.failed_count - others)
    plan = spec.schedule if spec and not check.paused else Never()
    since = check.created - 1 if status.started_at is None else min(status.started_at, int(now))
    return Portrait(
        namespace=check.meta.namespace,
        name=check.meta.name,
        runs=runs,
        durations=tally.durations,
        up={SUCCEEDED: True, FAILED: False}.get(status.status),
        paused=check.paused or (spec is not None and isinstance(plan, Never)),
        interval=interval(plan, check.created, since),
        next_run=following(plan, check.created, since) or 0,
        last_success=max(_last_success(status, tally), shown_success or 0),
        last_run=tally.last_run or _last_run(status),
        remedy=_remedy(spec, status, tally, now) if spec and spec.remedy else None,
    )


def _last_success(status: Status, tally: Tally) -> int:
    known = tally.last_success or 0
    if status.status == SUCCEEDED and not status.error_message and status.finished_at and not status.under_way:
        return max(known, status.finished_at)
    return known


def _last_run(status: Status) -> Run | None:
    if status.under_way or status.started_at is None or status.finished_at is None or not status.total_runs:
        return None
    succeeded = status.status == SUCCEEDED and not status.error_message
    runtime = float(status.finished_at - status.started_at) if succeeded else None
    return Run(status.started_at, status.finished_at, runtime)


def _remedy(spec: Spec, status: Status, tally: Tally, now: float) -> RemedyPortrait:
    began, ended = status.remedy_triggered_at, status.remedy_finished_at
    known = Run(began, ended) if began is not None and ended is not None and began <= ended else None
    runs = dict.fromkeys(Result, 0) | dict(tally.remedies)
    return RemedyPortrait(runs, is_exhausted(spec, status, now), tally.last_remedy or known)


def _run_after(before: Run | None, outcome: Outcome, started_at: int) -> Run:
    """The run that ended so; how long the one before took, if this did not succeed or nobody knows."""
    known = before.runtime if before else None
    timed = outcome.result is Result.SUCCEEDED and outcome.runtime is not None
    return Run(started_at, max(started_at, outcome.finished_at), outcome.runtime if timed else known)


def _counted(counts: Mapping[Result, int], result: Result) -> dict[Result, int]:
    return {**counts, result: counts.get(result, 0) + 1}
