"""What the runs of a check told, put together: the latest value, a sum, or a histogram. Pure.

A run is put in once, however often its end is seen: the moments of the latest runs are kept with what they told. What a
check told stays until the check goes; only where there is no room, a new metric takes the place of one that none of
these runs told.
"""

from bisect import bisect_left
from collections.abc import Sequence
from math import isfinite
from typing import Final, NamedTuple

import msgspec

from kubevigil.healthchecks.custom_claims import Claims, Family, overlap
from kubevigil.healthchecks.custom_naming import metric_name, quoted, refusal
from kubevigil.healthchecks.custom_parse import MOST, Metric
from kubevigil.healthchecks.custom_series import Kept, Series
from kubevigil.healthchecks.findings import Finding

MOST_IN_ALL: Final = 1000
"""Metrics of all checks together."""

RUNS_KEPT: Final = 16
"""Of each check: an end that is seen again is that of the latest run, or of one shortly before."""


class Owner(NamedTuple):
    """A check, whose name its metrics' begin with."""

    uid: str
    name: str


def merge(check: Owner, kept: Kept, run: int, metrics: Sequence[Metric], claims: Claims) -> tuple[Kept, list[Finding]]:
    """With one more run of the check, and what of it could not be taken; unchanged if it is in there.

    A metric whose name it cannot have any more gives up what it had: otherwise two checks that share a name and both
    change its help would keep each other from it for ever. `claims` are as they were, to be changed by the caller.
    """
    if run in kept.runs:
        return kept, []
    work = _Work(check, kept, run, claims)
    for metric in metrics:
        work.take(metric)
    series = tuple(sorted(work.series.values(), key=lambda series: series.name))
    return Kept(series, (*kept.runs, run)[-RUNS_KEPT:]), work.faults


class _Work:
    """One run that is being put in."""

    def __init__(self, check: Owner, kept: Kept, run: int, claims: Claims) -> None:
        self.series = {series.name: series for series in kept.series}
        self.faults: list[Finding] = []
        self._check = check
        self._runs = frozenset((*kept.runs, run))
        self._run = run
        self._claims = claims
        self._told: set[str] = set()

    def take(self, metric: Metric) -> None:
        name = metric_name(self._check.name, metric.name)
        if name in self._told:
            self._refuse(metric, "is told more than once by one run: the first is taken")
            return
        self._told.add(name)
        before = self.series.pop(name, None)
        after = _after(name, before, metric, self._run)
        if why := self._why_not(name, metric):
            self._refuse(metric, why)
        elif after is None:
            self._refuse(metric, "would become too large a number")
            self.series |= {name: before} if before else {}
        elif self._room():
            self.series[name] = after
        else:
            self._refuse(metric, self._full())

    def _why_not(self, name: str, metric: Metric) -> str:
        family = Family(metric.kind, metric.help)
        if why := refusal(name, metric.kind) or self._claims.refusal(self._check.uid, name, family):
            return why
        taken = overlap(name, metric.kind, lambda other: self.series[other].kind if other in self.series else "")
        return taken and f"would be called {name}, which is taken by {taken}: rename one of them"

    def _room(self) -> bool:
        """Whether one more may be shown, if need be in the place of one that none of the latest runs told."""
        if not self._is_full():
            return True
        old = [series for series in self.series.values() if series.run not in self._runs]
        if old:
            del self.series[min(old, key=lambda series: (series.run, series.name)).name]
        return not self._is_full()

    def _is_full(self) -> bool:
        return len(self.series) >= MOST or len(self.series) + self._claims.besides(self._check.uid) >= MOST_IN_ALL

    def _full(self) -> str:
        most = f"{MOST} of one check" if len(self.series) >= MOST else f"{MOST_IN_ALL:,} of all checks"
        return f"is one too many: {most} are shown"

    def _refuse(self, metric: Metric, why: str) -> None:
        self.faults.append(Finding(quoted(metric.name), why))


def _after(name: str, before: Series | None, metric: Metric, run: int) -> Series | None:
    """The series with one more value; it begins anew if it is not what it was. None where no number can say it."""
    if before is None or (before.kind, before.bounds) != (metric.kind, metric.bounds):
        counts = (0,) * (len(metric.bounds) + 1) if metric.kind == "histogram" else ()
        before = Series(name, metric.kind, metric.help, run, 0.0, metric.bounds, counts)
    value = metric.value if metric.kind == "gauge" else before.value + metric.value
    if not isfinite(value):
        return None
    counts = _counted(before.counts, metric) if metric.kind == "histogram" else ()
    return msgspec.structs.replace(before, help=metric.help, run=run, value=value, counts=counts)


def _counted(counts: tuple[int, ...], metric: Metric) -> tuple[int, ...]:
    place = bisect_left(metric.bounds, metric.value)
    return (*counts[:place], counts[place] + 1, *counts[place + 1 :])
