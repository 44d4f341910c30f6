"""What the chart has of the mixin, since Helm cannot run jsonnet: the rules for each source, the routes' fixed parts.

What an install decides is a placeholder here, which the chart's templates replace.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from kubevigil.app.rendering import header, yaml_of
from kubevigil.bundle.documents import render
from kubevigil.bundle.evaluation import evaluate

SOURCES: Final = ("exporter", "kube-state-metrics", "both")
"""What the value `rules.source` can be."""

PLACEHOLDERS: Final = {
    "namespace": "@NAMESPACE@",
    "runbookUrl": "@RUNBOOKS@",
    "grafanaUrl": "@GRAFANA@",
    "logsUrl": "@LOGS@",
}
"""What stands for values of the mixin's `_config` that are the install's."""

_CHART: Final = "mixin.alertmanager.chart"
_HEADER: Final = header("python -m charts.generate")


@cache
def files() -> Mapping[str, str]:
    """The files' text by name; made once, as it takes seconds."""
    rules = {f"files/rules-{source}.yaml": _page(_rules(source)) for source in SOURCES}
    return {**rules, "files/slack.yaml": _page([evaluate(_CHART, {})])}


def _rules(source: str) -> Sequence[Any]:
    (document,) = render("rules", "rules", {**PLACEHOLDERS, "source": source}).documents
    return document.objects


def _page(objects: Sequence[Any]) -> str:
    return _HEADER + yaml_of(objects)
