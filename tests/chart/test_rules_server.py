"""The rules on a real API server: it takes them, and their labels are those that its Prometheus objects select by."""

import base64
import json
from collections.abc import Iterator

import pytest

from . import apiserver
from .apiserver import ApiServer
from .binaries import Binaries
from .helm import CHART, NAMESPACE, Helm, Object, Values
from .installing import Tried, of_operator, on, taken, there, tried

pytestmark = [pytest.mark.timeout(300)]

SOURCES = ("exporter", "kube-state-metrics", "both")
ANYWHERE: Values = {"ruleNamespaceSelector": {}, "serviceMonitorNamespaceSelector": {}}
BY_RELEASE: Values = {"matchLabels": {"release": "acme"}}
APPLY_LIMIT = 262_144
"""Bytes of the annotation in which `kubectl apply` keeps the last object; a larger object cannot be applied."""

RELEASE_LIMIT = 1_048_576
"""Bytes of a Secret, which is where Helm keeps a release."""


@pytest.fixture(scope="module")
def server(binaries: Binaries, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    with apiserver.running(binaries, tmp_path_factory.mktemp("rules")) as server:
        server.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
        server.knows("servicemonitors", "prometheuses", "prometheusrules")
        yield server


def labels(found: Tried) -> Object:
    """The PrometheusRule's, without those that all objects have."""
    own = found.objects.one("PrometheusRule")["metadata"]["labels"]
    return {key: value for key, value in own.items() if "/" not in key}


def rules_lines(found: Tried) -> str:
    """What the notes tell of the rules."""
    return found.notes.partition("\n  rules ")[2].partition("\n  slack ")[0]


@pytest.mark.parametrize("source", SOURCES)
def test_the_server_takes_the_rules_of_each_source(helm: Helm, server: ApiServer, source: str) -> None:
    rule = helm.objects({"rules": {"enabled": True, "source": source}}).one("PrometheusRule")
    taken(server, [rule])
    assert len(json.dumps(rule)) < APPLY_LIMIT


def test_the_labels_are_what_the_clusters_prometheus_selects_rules_by(
    helm3: Helm, helm4: Helm, server: ApiServer
) -> None:
    spec = {"ruleSelector": BY_RELEASE, "serviceMonitorSelector": {"matchLabels": {"other": "one"}}, **ANYWHERE}
    with there(server, of_operator("Prometheus", "main", spec)):
        for helm in (helm3, helm4):
            found = tried(helm, server)
            assert labels(found) == {"release": "acme"}
            assert "labels release=acme\n" in rules_lines(found)
            assert "from the cluster's Prometheus objects\n" in rules_lines(found)
            assert "selected by default/main\n" in rules_lines(found)


def test_one_that_takes_no_rules_decides_nothing(helm: Helm, server: ApiServer) -> None:
    with there(server, of_operator("Prometheus", "main", {"serviceMonitorSelector": BY_RELEASE, **ANYWHERE})):
        found = tried(helm, server)
        assert labels(found) == {}
        assert "not selected by default/main" in rules_lines(found)


def test_one_that_looks_for_rules_in_its_own_namespace_only_decides_nothing_elsewhere(
    helm: Helm, server: ApiServer
) -> None:
    with there(server, of_operator("Prometheus", "main", {"ruleSelector": BY_RELEASE})):
        assert labels(tried(helm, server)) == {}
    with there(server, of_operator("Prometheus", "main", {"ruleSelector": BY_RELEASE}, NAMESPACE)):
        assert labels(tried(helm, server)) == {"release": "acme"}


@pytest.mark.parametrize("place", ["rules", "serviceMonitor"])
def test_labels_that_are_given_are_not_asked_for(helm: Helm, server: ApiServer, place: str) -> None:
    with there(server, of_operator("Prometheus", "main", {"ruleSelector": BY_RELEASE, **ANYWHERE})):
        found = tried(helm, server, {place: {"labels": {"release": "given"}}})
        assert labels(found) == {"release": "given"}
        assert f"from {place}.labels" in rules_lines(found)


def test_both_helms_install_change_and_remove_the_rules(helm3: Helm, helm4: Helm, server: ApiServer) -> None:
    for number, helm in enumerate((helm3, helm4)):
        release = f"release-{number}"
        admin, name = on(helm, server), f"prometheusrule/{release}-kubevigil"
        admin.run(["install", release, str(CHART)])
        assert "KubevigilExporterAbsent" in _got(server, name)
        off = {"rules": {"disabled": {"KubevigilExporterAbsent": True}}}
        admin.run(["upgrade", release, str(CHART), "--reset-then-reuse-values"], off)
        assert "KubevigilExporterAbsent" not in _got(server, name)
        assert _release_bytes(server, release) < RELEASE_LIMIT / 2
        admin.run(["uninstall", release])
        assert name not in server.kubectl("get", "prometheusrules", f"--namespace={NAMESPACE}", "--output=name")


def _got(server: ApiServer, name: str) -> str:
    return server.kubectl("get", name, f"--namespace={NAMESPACE}", "--output=json")


def _release_bytes(server: ApiServer, release: str) -> int:
    """Of the largest revision that Helm keeps, as it is kept."""
    selected = f"--selector=owner=helm,name={release}"
    kept = json.loads(server.kubectl("get", "secrets", selected, f"--namespace={NAMESPACE}", "--output=json"))
    return max(len(base64.b64decode(secret["data"]["release"])) for secret in kept["items"])
