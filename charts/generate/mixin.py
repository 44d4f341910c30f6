"""What the chart has of the mixin, since Helm cannot run jsonnet: rules, boards, the routes' fixed parts.

What an install decides is a placeholder here, which the chart's templates replace.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from kubevigil.app.rendering import header, yaml_of
from kubevigil.bundle.documents import defaults, render
from kubevigil.bundle.evaluation import evaluate

SOURCES: Final = ("exporter", "kube-state-metrics", "both")
"""What the value `rules.source` can be."""

BOARDS: Final = ("ecs", "legacy")
"""What the setting `document.format` can be; Kibana has a board for each."""

PLACEHOLDERS: Final[Mapping[str, Any]] = {
    "namespace": "@NAMESPACE@",
    "runbookUrl": "@RUNBOOKS@",
    "grafanaUrl": "@GRAFANA@",
    "logsUrl": "@LOGS@",
    "logsPath": "@LOGS_PATH@",
    "dashboards": {"logsPath": "@LOGS_PATH<@NAMESPACE_SHOWN@><@POD_SHOWN@>@"},
    "kibana": {"indexPattern": "@INDICES@"},
}
"""What stands for values of the mixin's `_config` that are the install's."""

_LEGACY: Final = {
    "kubevigil-crash-documents": "kubevigil-crash-legacy-documents",
    "kubernetes.container.name": "container_name",
    "kubernetes.pod.name": "pod_name",
    "kubernetes.namespace": "namespace",
}
"""What a link to crash logs has of documents in ECS, and of those in the legacy format."""

_CHART: Final = "mixin.alertmanager.chart"
_HEADER: Final = header("python -m charts.generate")


@cache
def files() -> Mapping[str, str]:
    """The files' text by name; made once, as it takes seconds."""
    rules = {f"files/rules-{source}.yaml": _page(_rules(source)) for source in SOURCES}
    pages = {"files/logs.yaml": _page([_logs()]), "files/slack.yaml": _page([evaluate(_CHART, {})])}
    return {**rules, **_dashboards(), **_boards(), **pages}


def _rules(source: str) -> Sequence[Any]:
    (document,) = render("rules", "rules", {**PLACEHOLDERS, "source": source}).documents
    return document.objects


def _dashboards() -> Mapping[str, str]:
    """On one line each: as part of the chart they are stored with every release."""
    documents = render("dashboards", "json", PLACEHOLDERS).documents
    return {f"files/dashboards/{name}": _line(json.loads(text)) for name, _, text in documents}


def _logs() -> Mapping[str, Any]:
    """Where crash logs are behind `logsUrl`, by who leads there and by the format of documents."""
    mixin = defaults()
    paths = {"rules": mixin["logsPath"], "dashboards": mixin["dashboards"]["logsPath"]}
    return {where: {"ecs": path, "legacy": _as_legacy(path)} for where, path in paths.items()}


def _as_legacy(path: str) -> str:
    for ecs, legacy in _LEGACY.items():
        path = path.replace(ecs, legacy)
    return path


def _boards() -> Mapping[str, str]:
    rendered = (render("kibana", name, PLACEHOLDERS).documents for name in BOARDS)
    return {f"files/{document.name}": document.text for documents in rendered for document in documents}


def _line(board: Any) -> str:
    return json.dumps(board, separators=(",", ":"), sort_keys=True, ensure_ascii=False) + "\n"


def _page(objects: Sequence[Any]) -> str:
    return _HEADER + yaml_of(objects)
