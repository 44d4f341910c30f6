"""The metrics that checks told, in the text format, and how many there are. They go with their checks.

Each has the label `healthcheck_name`, as active-monitor's, and `namespace`, by which checks of one name differ.
"""

from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import Final, NamedTuple

from kubevigil.healthchecks.custom_series import Series
from kubevigil.metrics.text import Family, family_text, label_pairs, sample

_CHECK: Final = ("namespace", "healthcheck")
LABELS: Final = ("namespace", "healthcheck_name")
"""Of a metric that a check told."""

SHOWN: Final = Family(
    "kubevigil_healthcheck_custom_metrics", "gauge", "Metrics of the check's own that are shown.", _CHECK
)
REFUSED: Final = Family(
    "kubevigil_healthcheck_custom_metrics_refused_total",
    "counter",
    "Faults in what the check's runs told as metrics, since the exporter started; the check's Events say which.",
    _CHECK,
)
FAMILIES: Final = (SHOWN, REFUSED)


class CustomPortrait(NamedTuple):
    """What there is to show of one check that told metrics, or tried to."""

    namespace: str
    name: str
    series: tuple[Series, ...] = ()
    refused: int = 0


def render(portraits: Iterable[CustomPortrait]) -> bytes:
    """All in the text format; those without samples are left out.

    Series of one name have one type and one help, which `merge` sees to.
    """
    checks = sorted(portraits, key=lambda check: (check.namespace, check.name))
    shown = [((check.namespace, check.name), len(check.series)) for check in checks]
    refused = [((check.namespace, check.name), check.refused) for check in checks]
    families: dict[str, list[tuple[CustomPortrait, Series]]] = {}
    for check in checks:
        for series in check.series:
            families.setdefault(series.name, []).append((check, series))
    told = (_family(families[name]) for name in sorted(families))
    return b"".join((family_text(SHOWN, shown), family_text(REFUSED, refused), *told))


def _family(members: list[tuple[CustomPortrait, Series]]) -> bytes:
    first = members[0][1]
    header = Family(first.name, first.kind, first.help, LABELS).header()
    return header + "".join(line for check, series in members for line in _lines(check, series)).encode()


def _lines(check: CustomPortrait, series: Series) -> Iterator[str]:
    pairs = label_pairs(LABELS, (check.namespace, check.name))
    if series.kind != "histogram":
        yield sample(series.name, pairs, series.value)
        return
    edges = (*(_edge(bound) for bound in series.bounds), "+Inf")
    for edge, count in zip(edges, accumulate(series.counts), strict=True):
        yield sample(f"{series.name}_bucket", f'{pairs},le="{edge}"', count)
    yield sample(f"{series.name}_sum", pairs, series.value)
    yield sample(f"{series.name}_count", pairs, sum(series.counts))


def _edge(bound: float) -> str:
    """Exact, so that two bounds never look the same."""
    return repr(bound).removesuffix(".0")
