"""How Prometheus finds the exporter, and what becomes of the labels."""

from typing import Any

import pytest

from .helm import Helm, Object, ci, joined

FORCED = {"serviceMonitor": {"enabled": True}}
API = ("--api-versions", "monitoring.coreos.com/v1")


def endpoint(helm: Helm, values: Any = FORCED) -> Object:
    endpoints = helm.objects(values).one("ServiceMonitor")["spec"]["endpoints"]
    (found,) = [item for item in endpoints if item["port"] == "metrics"]
    assert isinstance(found, dict)
    return found


def test_there_is_a_service_monitor_where_the_cluster_knows_what_it_is(helm: Helm) -> None:
    assert helm.objects({}, *API).of("ServiceMonitor")
    assert helm.objects().of("ServiceMonitor") == []


def test_it_can_be_forced_and_turned_off(helm: Helm) -> None:
    assert helm.objects(FORCED).of("ServiceMonitor")
    assert helm.objects({"serviceMonitor": {"enabled": False}}, *API).of("ServiceMonitor") == []


def test_the_labels_of_what_crashed_stay(helm: Helm) -> None:
    assert endpoint(helm)["honorLabels"] is True


def test_no_label_of_the_exporters_own_pod_remains(helm: Helm) -> None:
    assert endpoint(helm)["relabelings"] == [
        {"action": "labeldrop", "regex": "pod|container|service|endpoint|node"},
        {"action": "replace", "targetLabel": "instance", "replacement": "monitoring/vigil-kubevigil"},
        {"action": "replace", "targetLabel": "job", "replacement": "kubevigil"},
    ]


def test_releases_that_share_a_prometheus_are_told_apart(helm: Helm) -> None:
    instances = {
        helm.objects(joined(FORCED, {"namespaceOverride": namespace}), release=release).one("ServiceMonitor")["spec"][
            "endpoints"
        ][0]["relabelings"][1]["replacement"]
        for namespace in ("one", "two")
        for release in ("a", "b")
    }
    assert len(instances) == 4


def test_it_selects_the_service_and_a_port_that_there_is(helm: Helm) -> None:
    objects = helm.objects(FORCED)
    service, monitor = objects.one("Service"), objects.one("ServiceMonitor")
    assert monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    assert monitor["metadata"]["namespace"] == service["metadata"]["namespace"]
    assert [port["name"] for port in service["spec"]["ports"]] == [endpoint(helm)["port"]]


def test_without_a_cluster_the_label_is_the_stacks(helm: Helm) -> None:
    assert helm.objects(FORCED).one("ServiceMonitor")["metadata"]["labels"]["release"] == "kube-prometheus-stack"


def test_labels_that_are_given_win_and_may_be_templates(helm: Helm) -> None:
    labels = helm.objects(ci("monitoring")).one("ServiceMonitor")["metadata"]["labels"]
    assert labels["release"] == "vigil-stack"
    given = {"serviceMonitor": {"enabled": True, "labels": {"prometheus": "main"}}}
    assert "release" not in helm.objects(given).one("ServiceMonitor")["metadata"]["labels"]


def test_a_label_of_ours_by_which_a_prometheus_selects_can_be_changed(helm: Helm) -> None:
    given = {"serviceMonitor": {"enabled": True, "labels": {"app.kubernetes.io/version": "any"}}}
    assert helm.objects(given).one("ServiceMonitor")["metadata"]["labels"]["app.kubernetes.io/version"] == "any"


def test_intervals_are_prometheus_own_unless_given(helm: Helm) -> None:
    assert {"interval", "scrapeTimeout"} & set(endpoint(helm)) == set()
    assert endpoint(helm, ci("monitoring"))["interval"] == "30s"
    assert endpoint(helm, ci("monitoring"))["scrapeTimeout"] == "10s"


def test_plain_http_has_no_scheme_and_no_tls(helm: Helm) -> None:
    assert {"scheme", "tlsConfig", "basicAuth"} & set(endpoint(helm)) == set()


def test_with_tls_prometheus_verifies_the_services_name(helm: Helm) -> None:
    values = {**FORCED, "web": {"existingSecret": "web", "tls": True}}
    assert endpoint(helm, values)["scheme"] == "https"
    assert endpoint(helm, values)["tlsConfig"] == {"serverName": "vigil-kubevigil.monitoring.svc"}


def test_tls_and_passwords_are_taken_from_secrets_by_name_and_key(helm: Helm) -> None:
    found, given = endpoint(helm, ci("tls-auth")), ci("tls-auth")["serviceMonitor"]
    assert found["tlsConfig"]["ca"] == given["tlsConfig"]["ca"]
    assert found["basicAuth"] == given["basicAuth"]


def test_another_name_to_verify_can_be_given(helm: Helm) -> None:
    assert endpoint(helm, ci("everything"))["tlsConfig"]["serverName"] == "kubevigil.test"


@pytest.mark.parametrize("values", [{}, ci("networkpolicy")])
def test_an_exporter_that_is_not_ready_is_still_scraped(helm: Helm, values: Object) -> None:
    assert helm.objects(values).one("Service")["spec"]["publishNotReadyAddresses"] is True
