"""The predecessor's five metrics, byte for byte: their names, their types, and their help, which is wrong for three.

They know no namespace: the counts of checks of one name are summed, and the gauges are those of the latest run.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from kubevigil.healthchecks.manifest import CHECK, REMEDY
from kubevigil.healthchecks.portrait import Portrait, Run
from kubevigil.healthchecks.results import FAILURES, Result
from kubevigil.metrics.text import Family, family_text

_LABELS: Final = ("healthcheck_name", "workflow")
_SIC: Final = "Time taken for the workflow to complete."

SUCCESSES: Final = Family(
    "healthcheck_success_count", "counter", "The total number of successful healthcheck resources", _LABELS
)
ERRORS: Final = Family(
    "healthcheck_error_count", "counter", "The total number of errored healthcheck resources", _LABELS
)
RUNTIME: Final = Family("healthcheck_runtime_seconds", "gauge", _SIC, _LABELS)
STARTED: Final = Family("healthcheck_starttime", "gauge", _SIC, _LABELS)
FINISHED: Final = Family("healthcheck_finishedtime", "gauge", _SIC, _LABELS)
FAMILIES: Final = (SUCCESSES, ERRORS, RUNTIME, STARTED, FINISHED)

_Key = tuple[str, str]


def render(portraits: Iterable[Portrait]) -> bytes:
    """The five families; those without samples are left out."""
    successes: dict[_Key, int] = {}
    errors: dict[_Key, int] = {}
    runs: dict[_Key, Run] = {}
    runtimes: dict[_Key, Run] = {}
    for portrait in portraits:
        for kind, counts, run in _parts(portrait):
            key = (portrait.name, kind)
            successes[key] = successes.get(key, 0) + counts[Result.SUCCEEDED]
            errors[key] = errors.get(key, 0) + sum(counts[result] for result in FAILURES)
            _keep_latest(runs, key, run)
            _keep_latest(runtimes, key, run if run and run.runtime is not None else None)
    gauges = (
        family_text(RUNTIME, _samples({key: run.runtime or 0 for key, run in runtimes.items()})),
        family_text(STARTED, _samples({key: run.started_at for key, run in runs.items()})),
        family_text(FINISHED, _samples({key: run.finished_at for key, run in runs.items()})),
    )
    counters = (family_text(SUCCESSES, _samples(successes)), family_text(ERRORS, _samples(errors)))
    return b"".join((*counters, *gauges))


def _parts(portrait: Portrait) -> Iterable[tuple[str, Mapping[Result, int], Run | None]]:
    yield CHECK, portrait.runs, portrait.last_run
    if remedy := portrait.remedy:
        yield REMEDY, remedy.runs, remedy.last_run


def _keep_latest(runs: dict[_Key, Run], key: _Key, run: Run | None) -> None:
    if run and (key not in runs or run.finished_at > runs[key].finished_at):
        runs[key] = run


def _samples(values: Mapping[_Key, float]) -> Iterable[tuple[Sequence[str], float]]:
    return sorted(values.items())
