"""Every query can be parsed, and reads nothing but series that somebody has."""

import pytest

from tests.binary import Binary
from tests.rules.expressions import metrics
from tests.rules.known_metrics import declared, recorded, unknown
from tests.rules.rendering import ROOT, SOURCES, rules

from .boards import NAMES, board, boards
from .known import (
    ALERTMANAGER,
    CADVISOR,
    KUBELET,
    NODE_EXPORTER,
    PROCESS,
    PROMETHEUS,
    STATE_METRICS,
    THROWN_AWAY,
)
from .promql import calls, counters, filled, selectors

_VALUES = {
    "namespace": "shop",
    "workload": "web",
    "pod": "web-1",
    "healthcheck": "login",
    "statefulset": "db",
    "node": "n1",
    "instance": "10.0.0.1:10250",
    "most": "10",
    "severity": "warning",
    "job": "shop",
    "metric": "orders_total",
    "datasource": "prometheus",
}


def asked(name: str) -> dict[str, str]:
    """A dashboard's queries by place, as Prometheus gets them."""
    return {place: filled(expr, _VALUES) for place, expr in board(name).queries()}


@pytest.mark.parametrize("name", NAMES)
def test_every_query_can_be_parsed(promtool: Binary, name: str) -> None:
    wrong = {
        place: said
        for place, expr in asked(name).items()
        if (said := promtool.wrong("--experimental", "promql", "format", expr))
    }
    assert wrong == {}


def test_a_query_that_cannot_be_parsed_is_found(promtool: Binary) -> None:
    assert "parse error" in promtool.wrong("--experimental", "promql", "format", "sum(up")


@pytest.mark.parametrize("name", NAMES)
def test_a_dashboard_reads_only_series_that_somebody_has(name: str) -> None:
    also = {
        *(STATE_METRICS | CADVISOR | KUBELET | NODE_EXPORTER | ALERTMANAGER | PROMETHEUS | PROCESS),
        *recorded(rules({})),
    }
    strange = {place: unknown(metrics(expr), also) for place, expr in asked(name).items()}
    assert {place: names for place, names in strange.items() if names} == {}


@pytest.mark.parametrize("source", SOURCES)
def test_what_is_recorded_for_a_source_is_all_that_dashboards_read_of_recorded_series(source: str) -> None:
    read = {each for name in NAMES for expr in asked(name).values() for each in metrics(expr) if ":kubevigil_" in each}
    assert read
    assert read <= recorded(rules({"source": source}))


def test_dashboards_are_the_same_whatever_the_source() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "dashboards").glob("**/*.libsonnet")]
    assert len(sources) > len(NAMES)
    assert [text for text in sources if "config.source" in text] == []


def test_restarts_are_recorded_for_dashboards_although_no_alert_asks_for_them() -> None:
    none = {each["alert"]: None for each in rules({}) if "alert" in each}
    left = recorded(rules({"alerts": none}))
    assert {"namespace_pod_container:kubevigil_restarts:sum5m", "cluster:kubevigil_pods:count"} <= left


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_read_that_kube_prometheus_stack_throws_away(name: str) -> None:
    read = {each for expr in asked(name).values() for each in metrics(expr)}
    assert {each for each in read if THROWN_AWAY.fullmatch(each)} == set()


def test_each_source_is_asked_by_the_selector_that_the_config_says() -> None:
    config = {
        "exporterSelector": 'job="a"',
        "kubeStateMetricsSelector": 'job="b"',
        "dashboards": {
            "cadvisorSelector": 'job="c"',
            "kubeletSelector": 'job="d"',
            "nodeExporterSelector": 'job="e"',
            "sidecarSelector": 'job="f"',
        },
    }
    own = declared() | {f"{name}_{part}" for name in declared() for part in ("bucket", "sum", "count")}
    families = {"b": STATE_METRICS, "c": CADVISOR, "d": KUBELET, "e": NODE_EXPORTER}
    wanted = {name: {job} for job, names in families.items() for name in names}
    wanted |= {name: {"a", "f"} for name in own | PROCESS}
    for each in boards(config).values():
        panels = (target.expr for panel in each.panels for target in panel.targets)
        for name, matchers in (found for expr in panels for found in selectors(expr)):
            if name in wanted:
                assert any(f'job="{job}"' in matchers for job in wanted[name]), (each.uid, name, matchers)


def test_the_pieces_of_a_query_are_told_apart() -> None:
    expr = 'rate(a_total{x="}[1m]"}[$__rate_interval]) / sum_over_time(b{y="1"}[1h:5m]) > increase(c_total[5m]) or d'
    assert [(call.function, call.name, call.range) for call in calls(expr)] == [
        ("rate", "a_total", "$__rate_interval"),
        ("increase", "c_total", "5m"),
    ]
    assert counters(expr) == ["a_total", "c_total"]
    assert list(selectors(expr)) == [("a_total", '{x="}[1m]"}'), ("b", '{y="1"}')]
    assert filled("x[$__range] y[${__range_s}s]", {}) == "x[1h] y[3600s]"
