"""Whether what a query found can be shown as its panel shows it, and when it is to be asked. Pure."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .boards import Panel, Target

_RECORDED = re.compile(r":5m\]")

Series = Mapping[str, Any]
"""`metric` (labels) and `value` or `values`."""


def moment_for(expression: str, now: float) -> float:
    """Unix time at which to ask: now, or, of what is read at full five minutes only, the next of these.

    A subquery has its steps at multiples of them, and Prometheus finds at the next the latest that there is.
    """
    return -(-now // 300) * 300 if _RECORDED.search(expression) else now


def labels_of(target: Target) -> set[str]:
    """Those that its legend names."""
    return set(re.findall(r"\{\{(\w+)\}\}", target.legend))


def faults_of_legend(target: Target, found: Sequence[Series]) -> Iterator[str]:
    """Labels that no series has, and series that would be called the same."""
    wanted = sorted(labels_of(target))
    there = {label for series in found for label in series["metric"]}
    if found:
        yield from (f"no {label}" for label in wanted if label not in there)
    if target.legend != "__auto":
        shown = Counter(tuple(series["metric"].get(label, "") for label in wanted) for series in found)
        yield from (f"{count} are called {name}" for name, count in shown.items() if count > 1)


def faults_of_table(panel: Panel, answers: Sequence[Sequence[Series]]) -> Iterator[str]:
    """Columns that no series has, and rows that are there twice; of one answer for each of its queries."""
    labels = {column for column in panel.columns if not column.startswith("Value")}
    there = {label for found in answers for series in found for label in series["metric"]}
    if any(answers):
        yield from (f"no {label}" for label in sorted(labels - there))
    for found in answers:
        rows = Counter(tuple(sorted((k, v) for k, v in each["metric"].items() if k in labels)) for each in found)
        yield from (f"{count} rows {row}" for row, count in rows.items() if count > 1)
