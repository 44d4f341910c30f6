"""Grafana's dashboards as ConfigMaps, and the user's own apps for Prometheus."""

import json
import re
from typing import Any

import pytest
from charts.generate import mixin

from kubevigil.bundle.documents import defaults

from .helm import CHART, Helm, Object, Refused, Values, joined

ON: Values = {"dashboards": {"enabled": True}}
API = ("--api-versions", "monitoring.coreos.com/v1")
FILES = {path.stem: path for path in sorted((CHART / "files" / "dashboards").glob("*.json"))}
LINKED: Values = {"rules": {"runbookUrl": "https://books.test/rules/", "logsUrl": "https://logs.test"}}
PATH = str(defaults()["dashboards"]["logsPath"])
APP: Values = {"name": "shop", "namespace": "shop", "labels": {"app": "shop"}, "port": "metrics"}
_ANNOTATION_LIMIT = 262_144


def config_maps(helm: Helm, values: Values, *flags: str) -> list[Object]:
    """Those of dashboards."""
    found = helm.objects(values, *flags).of("ConfigMap")
    return [each for each in found if any(name.endswith(".json") for name in each["data"])]


def boards(helm: Helm, values: Values) -> dict[str, Any]:
    """The dashboards by the names of their files."""
    maps = config_maps(helm, joined(ON, values))
    return {name: json.loads(text) for each in maps for name, text in each["data"].items()}


def placed(name: str, path: str) -> Any:
    """What is expected of the template: the dashboard with the bases of LINKED, and the path behind that of logs."""

    def shown(found: re.Match[str]) -> str:
        return path.replace("@NAMESPACE_SHOWN@", found[1]).replace("@POD_SHOWN@", found[2])

    text = FILES[name.removesuffix(".json")].read_text(encoding="utf-8")
    text = re.sub("@LOGS_PATH<(.*?)><(.*?)>@", shown, text)
    return json.loads(text.replace("@RUNBOOKS@", "https://books.test/rules").replace("@LOGS@", "https://logs.test"))


def links(board: Any) -> list[str]:
    """Every address in it."""
    if isinstance(board, list):
        return [url for each in board for url in links(each)]
    if isinstance(board, dict):
        return [str(value) for key, value in board.items() if key == "url"] + links(list(board.values()))
    return []


def test_the_charts_dashboards_are_what_the_mixin_says() -> None:
    wanted = {name: text for name, text in mixin.files().items() if name.startswith("files/dashboards/")}
    assert {f"files/dashboards/{path.name}" for path in FILES.values()} == set(wanted)
    for name, text in wanted.items():
        assert (CHART / name).read_text(encoding="utf-8") == text, "run `python -m charts.generate`"


def test_there_is_a_configmap_for_each_where_the_stack_is(helm: Helm) -> None:
    assert len(config_maps(helm, {}, *API)) == len(FILES) == 12
    assert config_maps(helm, {}) == []
    assert config_maps(helm, {"dashboards": {"enabled": False}}, *API) == []


def test_the_stacks_sidecar_finds_them_in_any_namespace_by_their_label(helm: Helm) -> None:
    for each in config_maps(helm, ON):
        assert each["metadata"]["labels"]["grafana_dashboard"] == "1"
    elsewhere = {"labels": {"grafana_dashboard": "yes"}, "namespace": "grafana", "annotations": {"folder": "Pods"}}
    metadata = [each["metadata"] for each in config_maps(helm, {"dashboards": {"enabled": True, **elsewhere}})]
    assert {each["labels"]["grafana_dashboard"] for each in metadata} == {"yes"}
    assert {each["namespace"] for each in metadata} == {"grafana"}
    assert [each["annotations"] for each in metadata] == [{"folder": "Pods"}] * len(FILES)


def test_they_are_the_rendered_ones_with_the_links_that_were_given(helm3: Helm, helm4: Helm) -> None:
    for helm in (helm3, helm4):
        for name, board in boards(helm, LINKED).items():
            assert board == placed(name, PATH)


@pytest.mark.parametrize("path", ["/explore?ns=@NAMESPACE_SHOWN@&pod=@POD_SHOWN@&$1=${__from}", "/fixed"])
def test_crash_logs_may_be_elsewhere(helm3: Helm, helm4: Helm, path: str) -> None:
    for helm in (helm3, helm4):
        for name, board in boards(helm, joined(LINKED, {"dashboards": {"logsPath": path}})).items():
            assert board == placed(name, path)


def test_legacy_documents_are_looked_for_by_their_own_fields(helm: Helm) -> None:
    legacy = joined(LINKED, {"config": {"document": {"format": "legacy"}}})
    found = {url for url in links(boards(helm, legacy)) if url and url.startswith("https://logs.test/")}
    assert found
    for url in found:
        assert "index:'kubevigil-crash-legacy-documents'" in url
        assert re.findall(r"([a-z_.]+):%22", url) == ["namespace", "pod_name"]


def test_without_a_base_there_is_no_link_and_all_else_is_the_same(helm: Helm) -> None:
    bare, linked = boards(helm, {}), boards(helm, LINKED)
    assert {url for url in links(bare) if url and not url.startswith("/d/")} == set()
    assert [url for url in links(linked) if url.startswith("https://logs.test/app/discover")]
    assert [url for url in links(linked) if url.startswith("https://books.test/rules/")]
    for name, board in bare.items():
        assert [each["title"] for each in board["panels"]] == [each["title"] for each in linked[name]["panels"]]


@pytest.mark.parametrize("values", [{}, LINKED], ids=["bare", "linked"])
def test_no_placeholder_is_left_and_each_is_small_enough_to_be_applied(helm: Helm, values: Values) -> None:
    for each in config_maps(helm, joined(ON, values)):
        (text,) = each["data"].values()
        assert re.findall("@[A-Z_]+[@<]", text) == []
        assert len(json.dumps(each).encode()) < _ANNOTATION_LIMIT


def test_one_can_be_left_out_and_a_wrong_name_is_refused_with_the_nearest(helm: Helm) -> None:
    left = boards(helm, {"dashboards": {"disabled": {"kubevigil-network": True, "kubevigil-pod": False}}})
    assert set(FILES) - {name.removesuffix(".json") for name in left} == {"kubevigil-network"}
    with pytest.raises(Refused, match='no dashboard is called "kubevigil-pods"; did you mean "kubevigil-pod"'):
        helm.objects({"dashboards": {"disabled": {"kubevigil-pods": True}}})


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({}, "dashboards   none: the cluster has no monitoring.coreos.com/v1"),
        ({"dashboards": {"enabled": False}}, "dashboards   none: dashboards.enabled is false"),
        (ON, "dashboards   12 for Grafana, as ConfigMaps with the label grafana_dashboard=1\n"),
        ({"dashboards": {"enabled": True, "disabled": {"kubevigil-pod": True}}}, "dashboards   11 for Grafana"),
        (joined(ON, {"rules": {"grafanaUrl": "https://g.test/"}}), "begin with https://g.test/d/kubevigil-\n"),
    ],
    ids=["auto", "off", "on", "without one", "grafana"],
)
def test_the_notes_tell_of_them(helm4: Helm, values: Values, line: str) -> None:
    assert line in helm4.notes(values)


def test_an_app_of_ones_own_is_found_as_the_exporter_is(helm: Helm) -> None:
    (found,) = helm.objects({"apps": [APP], "serviceMonitor": {"labels": {"team": "a"}}}).of("PodMonitor")
    assert found["metadata"]["labels"]["team"] == "a"
    assert helm.objects({"apps": [APP]}).one("PodMonitor")["metadata"]["labels"]["release"] == "kube-prometheus-stack"
    assert found["spec"] == {
        "namespaceSelector": {"matchNames": ["shop"]},
        "selector": {"matchLabels": {"app": "shop"}},
        "podMetricsEndpoints": [{"port": "metrics", "path": "/metrics"}],
    }


def test_an_app_can_be_found_by_its_service(helm: Helm) -> None:
    app = {**APP, "kind": "ServiceMonitor", "path": "/stats", "interval": "15s"}
    monitors = helm.objects({"apps": [APP, app]}).of("ServiceMonitor")
    assert [each["spec"]["endpoints"] for each in monitors] == [
        [{"port": "metrics", "path": "/stats", "interval": "15s"}]
    ]


@pytest.mark.parametrize("key", ["name", "namespace", "labels", "port"])
def test_an_app_without_what_finds_it_is_refused(helm: Helm, key: str) -> None:
    with pytest.raises(Refused, match=key):
        helm.objects({"apps": [{name: value for name, value in APP.items() if name != key}]})
