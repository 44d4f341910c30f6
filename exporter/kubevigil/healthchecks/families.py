"""The metrics of health checks: Kubevigil's own families, and the predecessor's beside them.

Every result has its series before the first run, so that its first increase is seen; a check that is gone has none.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from typing import Final

from kubevigil.healthchecks import legacy
from kubevigil.healthchecks.durations import BOUNDS, Durations
from kubevigil.healthchecks.portrait import Portrait
from kubevigil.metrics.text import Family, family_text, label_pairs, sample

_CHECK: Final = ("namespace", "healthcheck")
_RESULT: Final = (*_CHECK, "result")

UP: Final = Family(
    "kubevigil_healthcheck_up",
    "gauge",
    "1 if the check's latest run succeeded, 0 if it failed or the check cannot work; not there before.",
    _CHECK,
)
PAUSED: Final = Family(
    "kubevigil_healthcheck_paused", "gauge", "1 while the check is paused or has no schedule, else 0.", _CHECK
)
INTERVAL: Final = Family(
    "kubevigil_healthcheck_interval_seconds",
    "gauge",
    "Seconds from the check's next run to the one after; not there while it is paused.",
    _CHECK,
)
LAST_SUCCESS: Final = Family(
    "kubevigil_healthcheck_last_success_timestamp_seconds",
    "gauge",
    "Unix time at which the check last succeeded; 0 where that was never, or is not known.",
    _CHECK,
)
NEXT_RUN: Final = Family(
    "kubevigil_healthcheck_next_run_timestamp_seconds",
    "gauge",
    "Unix time of the first slot after the latest start, in the past while a run is due or takes longer than its "
    "period; not there while the check is paused.",
    _CHECK,
)
DURATION: Final = Family(
    "kubevigil_healthcheck_duration_seconds",
    "histogram",
    "Seconds that runs took by Argo's times, since the exporter started.",
    _CHECK,
)
RUNS: Final = Family(
    "kubevigil_healthcheck_runs_total",
    "counter",
    "Runs that ended, by result; success and all failures together are those of the check's status.",
    _RESULT,
)
REMEDY_RUNS: Final = Family(
    "kubevigil_healthcheck_remedy_runs_total",
    "counter",
    "Remedies that ended, by result, since the exporter started.",
    _RESULT,
)
REMEDY_EXHAUSTED: Final = Family(
    "kubevigil_healthcheck_remedy_exhausted",
    "gauge",
    "1 while the check fails and no further remedy is run: its limit is reached, or the last one failed; else 0.",
    _CHECK,
)
FAMILIES: Final = (
    UP,
    PAUSED,
    INTERVAL,
    LAST_SUCCESS,
    NEXT_RUN,
    DURATION,
    RUNS,
    REMEDY_RUNS,
    REMEDY_EXHAUSTED,
    *legacy.FAMILIES,
)

_Value = Callable[[Portrait], float | None]
_GAUGES: Final[Sequence[tuple[Family, _Value]]] = (
    (UP, lambda check: None if check.up is None else int(check.up)),
    (PAUSED, lambda check: int(check.paused)),
    (INTERVAL, lambda check: check.interval or None),
    (LAST_SUCCESS, lambda check: check.last_success),
    (NEXT_RUN, lambda check: check.next_run or None),
    (REMEDY_EXHAUSTED, lambda check: int(check.remedy.exhausted) if check.remedy else None),
)


def render(portraits: Iterable[Portrait]) -> bytes:
    """All families in the text format; those without samples are left out."""
    checks = sorted(portraits, key=lambda check: (check.namespace, check.name))
    texts = [family_text(family, _gauge(checks, value)) for family, value in _GAUGES]
    runs = [((*_key(check), result), count) for check in checks for result, count in check.runs.items()]
    remedies = [
        ((*_key(check), result), count)
        for check in checks
        if check.remedy
        for result, count in check.remedy.runs.items()
    ]
    texts += [family_text(RUNS, runs), family_text(REMEDY_RUNS, remedies)]
    return b"".join((*texts, _histograms(checks), legacy.render(checks)))


def _key(check: Portrait) -> tuple[str, str]:
    return check.namespace, check.name


def _gauge(checks: Iterable[Portrait], value: _Value) -> list[tuple[Sequence[str], float]]:
    return [(_key(check), number) for check in checks if (number := value(check)) is not None]


def _histograms(checks: Sequence[Portrait]) -> bytes:
    body = "".join(_histogram(label_pairs(_CHECK, _key(check)), check.durations) for check in checks)
    return DURATION.header() + body.encode() if body else b""


def _histogram(pairs: str, durations: Durations) -> str:
    edges = (*(f"{bound:g}" for bound in BOUNDS), "+Inf")
    cumulated = list(accumulate(durations.counts))
    buckets = [
        sample(f"{DURATION.name}_bucket", f'{pairs},le="{edge}"', count)
        for edge, count in zip(edges, cumulated, strict=True)
    ]
    ends = (("_sum", durations.total), ("_count", cumulated[-1]))
    return "".join((*buckets, *(sample(DURATION.name + suffix, pairs, value) for suffix, value in ends)))
