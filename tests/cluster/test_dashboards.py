"""Every query of every dashboard, asked of a Prometheus that scrapes the real parts while containers crash.

Series that were made up (tests/dashboards) have the labels that their author thought of; these have those that the
exporter, kube-state-metrics, the kubelet and node-exporter give.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from tests.conftest import Tell
from tests.dashboards.boards import NAMES, Board, Panel, Target, board, label_values
from tests.dashboards.promql import filled
from tests.dashboards.shown import Series, faults_of_legend, faults_of_table

from .cluster import Kubectl
from .dashboard_stage import SHOP, Asked, looked_at, until_told

pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]

Place = tuple[str, str, str]
"""Dashboard, title of the panel, letter of the query."""

_WAITS = "whether a container in a crash loop waits just now changes every few seconds"
_NO_FAULT = "only where something is wrong with the exporter"
_EMPTY: Mapping[Place, str] = {
    ("crashes", "Containers by restarts", "C"): _WAITS,
    ("exporter", "Objects that could not be read", "A"): _NO_FAULT,
    ("exporter", "Threads started again, requests that failed", "A"): _NO_FAULT,
    ("exporter", "Threads started again, requests that failed", "B"): _NO_FAULT,
    ("exporter", "Watches opened again", "A"): "the API server ends a watch after five minutes at the earliest",
    ("network", "Packets dropped", "A"): "the sandbox's network loses nothing",
    ("network", "Errors", "A"): "the sandbox's network loses nothing",
}
"""What may return nothing here, with the reason."""

_WITHOUT: Mapping[tuple[str, str, str], str] = {
    ("alerts", "Firing", "pod"): "our own alerts tell of workloads, others of pods",
    ("crashes", "Containers by restarts", "state"): _WAITS,
}
"""Dashboard, title of the panel, label: maybe none of the series has it here, with the reason."""

_ADVICE = ("Which series are there", "no advice")
"""Of dashboards of which no series is missing."""

_VALUES: Mapping[str, str] = {
    "namespace": SHOP,
    "workload": ".*",
    "healthcheck": ".*",
    "statefulset": "database",
    "node": ".*",
    "instance": ".*",
    "most": "10",
    "severity": ".*",
    "job": "shop/web",
    "metric": "orders_total",
    "datasource": "prometheus",
}
_OF_BOARDS: Mapping[str, Mapping[str, str]] = {
    "alerts": {"namespace": ".*"},
    "crashes": {"namespace": ".*"},
    "health-checks": {"namespace": ".*"},
    "network": {"pod": ".*"},
}


@pytest.fixture(scope="module")
def prometheus(kubectl: Kubectl, kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    with looked_at(kubectl, kubeconfig, tmp_path_factory.mktemp("dashboards")) as prometheus:
        until_told(prometheus)
        yield prometheus


@pytest.fixture(scope="module")
def values(prometheus: Asked) -> Mapping[str, str]:
    """Of the variables; the pod is one that crashes and goes on."""
    (pod,) = prometheus.query('kube_pod_info{namespace="shop",created_by_kind="ReplicaSet",pod=~"checkout.*"}')
    return {**_VALUES, "pod": pod["metric"]["pod"]}


def of_board(name: str, values: Mapping[str, str]) -> Mapping[str, str]:
    return {**values, **_OF_BOARDS.get(name, {})}


def answer(prometheus: Asked, target: Target, values: Mapping[str, str]) -> Sequence[Series]:
    """What comes back, over the last ten minutes where it is asked over time. A query that is refused fails."""
    expression = filled(target.expr, values)
    return prometheus.matrix(expression) if target.raw["range"] else prometheus.shown(expression)


def asked(of: Board) -> Iterator[tuple[Panel, Target]]:
    return ((panel, target) for panel in of.panels for target in panel.targets)


@pytest.mark.parametrize("name", NAMES)
def test_every_query_of_every_panel_returns_something_but_those_that_cannot_here(
    prometheus: Asked, values: Mapping[str, str], name: str, tell: Tell
) -> None:
    own = of_board(name, values)
    found = {
        (name, panel.title, str(target.raw["refId"])): len(answer(prometheus, target, own))
        for panel, target in asked(board(name))
    }
    tell(queries=len(found), series=sum(found.values()))
    assert {place for place, series in found.items() if not series} <= {place for place in _EMPTY if place[0] == name}


@pytest.mark.parametrize("name", NAMES)
def test_series_have_the_labels_that_are_shown_and_none_is_there_twice(
    prometheus: Asked, values: Mapping[str, str], name: str
) -> None:
    own = of_board(name, values)
    wrong = []
    for panel in board(name).panels:
        answers = [answer(prometheus, target, own) for target in panel.targets]
        if panel.type == "table":
            wrong += [(panel.title, fault) for fault in faults_of_table(panel, answers)]
        else:
            for target, found in zip(panel.targets, answers, strict=True):
                wrong += [(panel.title, fault) for fault in faults_of_legend(target, found)]
    fine = {(title, f"no {label}") for of, title, label in _WITHOUT if of == name}
    assert set(wrong) <= {*fine, _ADVICE}


@pytest.mark.parametrize("name", NAMES)
def test_every_variable_has_values_and_annotations_can_be_asked(
    prometheus: Asked, values: Mapping[str, str], name: str
) -> None:
    own = of_board(name, values)
    of = board(name)
    for variable, raw in of.variables.items():
        if raw["type"] == "query":
            selector, label = label_values(raw["query"])
            offered = prometheus.label_values(filled(selector, own), label)
            assert offered, variable
            assert own[variable] in {*offered, ".*"}, variable
    for annotation in of.raw["annotations"]["list"]:
        assert prometheus.query(filled(annotation["expr"], own)), annotation["name"]


def test_what_is_missing_is_told_and_nothing_else(prometheus: Asked, values: Mapping[str, str]) -> None:
    """The last row of each dashboard, on a cluster that has all."""
    missing = set()
    for name in NAMES:
        (panel,) = (each for each in board(name).panels if each.title == "Which series are there")
        (found,) = (answer(prometheus, target, of_board(name, values)) for target in panel.targets)
        missing |= {each["metric"]["series"] for each in found if each["value"][1] == "0"}
    assert missing == set()
