"""Every query of every panel, asked of a real Prometheus: something comes back, with the labels that are shown."""

from collections.abc import Iterator, Mapping

import pytest

from tests.binary import Binary

from .boards import NAMES, Panel, board
from .made import CORES, ENDED, MEMORY, RECEIVED
from .promql import filled
from .served import Prometheus, Series, serving
from .shown import faults_of_legend, faults_of_table

_VALUES = {
    "namespace": "shop",
    "workload": ".*",
    "pod": "web-1",
    "healthcheck": ".*",
    "statefulset": "db",
    "node": ".*",
    "instance": ".*",
    "most": "10",
    "severity": ".*",
    "job": "shop",
    "metric": "orders_total",
}
_OF_BOARDS: Mapping[str, Mapping[str, str]] = {"network": {"pod": ".*"}, "alerts": {"namespace": ".*"}}

_FINE_IF_EMPTY = {("health-checks", "Every check", "G")}
"""What asks for a state that the made series are not in: none of the checks is paused."""

_NOT_WITHOUT_LABELS = {("pod", "Held back by the CPU limit", "A")}
"""What a container runtime without labels cannot tell."""


@pytest.fixture(scope="module")
def prometheus() -> Binary:
    return Binary.found("prometheus")


@pytest.fixture(scope="module", params=[True, False], ids=["labelled", "unlabelled"])
def cluster(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, promtool: Binary, prometheus: Binary
) -> Iterator[tuple[Prometheus, bool]]:
    """A Prometheus, and whether its container runtime labels containers."""
    folder = tmp_path_factory.mktemp("prometheus")
    with serving(folder, promtool, prometheus, labelled=request.param) as server:
        yield server, request.param


def answers(server: Prometheus, name: str, panel: Panel) -> list[list[Series]]:
    """What comes back, for each of the panel's queries."""
    values = {**_VALUES, **_OF_BOARDS.get(name, {})}
    return [
        (server.range if target.raw["range"] else server.instant)(filled(target.expr, values))
        for target in panel.targets
    ]


@pytest.mark.parametrize("name", NAMES)
def test_every_query_of_every_panel_returns_something(cluster: tuple[Prometheus, bool], name: str) -> None:
    server, labelled = cluster
    fine = _FINE_IF_EMPTY | (set() if labelled else _NOT_WITHOUT_LABELS)
    empty = [
        place
        for panel in board(name).panels
        for target, found in zip(panel.targets, answers(server, name, panel), strict=True)
        if not found and (place := (name, panel.title, target.raw["refId"])) not in fine
    ]
    assert empty == []


_MAY_LACK = {f"no {label}" for label in ("advice", "container", "healthcheck", "pod", "workload_kind")}
"""Labels that the made series lack where nothing is missing, paused or alone."""


@pytest.mark.parametrize("name", NAMES)
def test_what_is_shown_of_a_series_is_there_and_tells_it_from_the_others(
    cluster: tuple[Prometheus, bool], name: str
) -> None:
    server, _ = cluster
    for panel in (each for each in board(name).panels if each.type != "table"):
        for target, found in zip(panel.targets, answers(server, name, panel), strict=True):
            assert set(faults_of_legend(target, found)) <= _MAY_LACK, panel.title


@pytest.mark.parametrize("name", NAMES)
def test_a_table_has_its_columns_and_no_row_twice(cluster: tuple[Prometheus, bool], name: str) -> None:
    server, _ = cluster
    for panel in (each for each in board(name).panels if each.type == "table"):
        assert set(faults_of_table(panel, answers(server, name, panel))) <= _MAY_LACK, panel.title


def value(server: Prometheus, name: str, title: str, ref: int = 0, **labels: str) -> float:
    """That of the one series with these labels, of a panel's query."""
    (panel,) = (each for each in board(name).panels if each.title == title)
    (series,) = (each for each in answers(server, name, panel)[ref] if labels.items() <= each["metric"].items())
    return float(series["value"][1])


@pytest.mark.parametrize("pod", CORES)
def test_what_pods_use_is_right_and_counted_once_with_and_without_labels_of_containers(
    cluster: tuple[Prometheus, bool], pod: str
) -> None:
    server, _ = cluster
    for title in ("The most CPU", "The least CPU", "Every pod"):
        assert value(server, "cpu", title, pod=pod) == pytest.approx(CORES[pod], rel=0.01)
    assert value(server, "network", "Received the most", pod=pod) == pytest.approx(RECEIVED[pod], rel=0.01)
    assert value(server, "network", "Sent the most", pod=pod) == pytest.approx(2 * RECEIVED[pod], rel=0.01)


def test_a_statefulset_is_the_sum_of_its_own_pods(cluster: tuple[Prometheus, bool]) -> None:
    server, _ = cluster
    assert value(server, "statefulset", "CPU") == pytest.approx(CORES["db-0"], rel=0.01)
    assert value(server, "statefulset", "Memory") == MEMORY["db-0"]
    assert value(server, "statefulset", "Memory of its limit") == MEMORY["db-0"] / 512e6


def test_the_most_come_first_and_the_least_come_first_of_those_that_are_still_there(
    cluster: tuple[Prometheus, bool],
) -> None:
    server, _ = cluster
    most, least = ["web-1", "db-0", "web-2", ENDED], ["web-2", "db-0", "web-1"]
    for title, order in (("The most CPU", most), ("The least CPU", least)):
        (panel,) = (each for each in board("cpu").panels if each.title == title)
        assert [series["metric"]["pod"] for series in answers(server, "cpu", panel)[0]] == order


def test_node_memory_is_the_same_in_percent_and_in_bytes(cluster: tuple[Prometheus, bool]) -> None:
    server, _ = cluster
    assert value(server, "node-memory", "Used, in %", nodename="n1") == 0.75
    assert value(server, "node-memory", "Used, in MiB", nodename="n1") == 6e9 / 2**20


def test_restarts_are_added_up_over_the_time_shown(cluster: tuple[Prometheus, bool]) -> None:
    server, _ = cluster
    each_five_minutes, containers = 12, 3
    found = value(server, "crashes", "Restarts")
    assert found == pytest.approx(2 * containers * each_five_minutes, abs=2 * containers)


def test_alerts_that_fire_on_purpose_do_not_count(cluster: tuple[Prometheus, bool]) -> None:
    server, _ = cluster
    assert [value(server, "alerts", title) for title in ("Critical", "Warning", "Info", "Firing in all")] == [
        1,
        1,
        0,
        2,
    ]


def test_a_source_that_is_missing_is_named_with_its_cause(cluster: tuple[Prometheus, bool]) -> None:
    server, labelled = cluster
    (panel,) = (each for each in board("cpu").panels if each.title == "Which series are there")
    (found,) = answers(server, "cpu", panel)
    told = {each["metric"]["series"]: (float(each["value"][1]) > 0, "advice" in each["metric"]) for each in found}
    assert told["container_cpu_usage_seconds_total, by container"] == (labelled, not labelled)
    assert told["container_cpu_usage_seconds_total, by pod"] == (True, False)


def test_of_metrics_that_checks_tell_buckets_and_the_five_of_every_check_are_not_shown(
    cluster: tuple[Prometheus, bool],
) -> None:
    server, _ = cluster
    (panel,) = (each for each in board("custom-metrics").panels if each.title == "Latest values")
    (found,) = answers(server, "custom-metrics", panel)
    assert {each["metric"]["__name__"] for each in found} == {"login_latency"}


def test_metrics_that_were_refused_are_told_of_each_check(cluster: tuple[Prometheus, bool]) -> None:
    server, _ = cluster
    title = "Checks that tell metrics"
    assert value(server, "custom-metrics", title, 0, healthcheck="dns") == 2
    assert value(server, "custom-metrics", title, 1, healthcheck="dns") == pytest.approx(36)
    (panel,) = (each for each in board("custom-metrics").panels if each.title == "Refused")
    (found,) = answers(server, "custom-metrics", panel)
    assert {each["metric"]["healthcheck"] for each in found} == {"dns", "login"}


def test_a_check_whose_remedy_is_not_run_again_is_told_from_the_others(cluster: tuple[Prometheus, bool]) -> None:
    server, _ = cluster
    for check, exhausted in (("login", 0), ("dns", 1)):
        assert value(server, "health-checks", "Checks with a remedy", healthcheck=check) == exhausted
    assert value(server, "health-checks", "Remedies exhausted") == 1


def test_a_strip_of_an_alert_has_the_colour_of_its_severity(cluster: tuple[Prometheus, bool]) -> None:
    server, _ = cluster
    (panel,) = (each for each in board("alerts").panels if each.title == "When they fired")
    (found,) = answers(server, "alerts", panel)
    told = {each["metric"]["alertname"]: {value for _, value in each["values"]} for each in found}
    assert told == {"NodeDown": {"3"}, "KubevigilCrashLooping": {"2"}}
