"""Whether a Prometheus selects an object of ours, by the operator's rules, and what is said where it does not."""

from typing import Any

import msgspec
import pytest

from kubevigil.doctor import operator, selection
from kubevigil.doctor.answer import Answer, Status
from kubevigil.doctor.operator import Object, Selecting
from kubevigil.doctor.selectors import LabelSelector, Requirement

from .cluster import alertmanager, named, prometheus

OURS = {"release": "kubevigil", "app.kubernetes.io/name": "kubevigil"}


def answer(spec: dict[str, Any], labels: dict[str, str], namespaces: Any = None, home: str = "shop") -> Answer:
    by = [msgspec.convert(prometheus(**spec), Selecting)]
    item = msgspec.convert(named("kubevigil", home, labels), Object).metadata
    (found,) = selection.judge(operator.MONITORS, by, [item], namespaces or {})
    return found


def test_an_object_with_the_labels_that_are_wanted_is_selected() -> None:
    found = answer({}, {"release": "stack"})
    assert (found.status, found.fix) == (Status.OK, "")
    assert found.detail == "ServiceMonitor shop/kubevigil is selected by Prometheus monitoring/stack-prometheus"


def test_a_wrong_label_is_named_with_the_value_of_the_chart_that_mends_it() -> None:
    found = answer({}, OURS)
    assert found.status is Status.FAIL
    assert "its serviceMonitorSelector wants release=stack, not kubevigil" in found.detail
    assert found.fix == "helm upgrade the chart with --set serviceMonitor.labels.release=stack"


def test_a_key_with_dots_is_escaped_as_helm_wants_it() -> None:
    wanted = {"serviceMonitorSelector": {"matchLabels": {"app.kubernetes.io/part-of": "stack"}}}
    assert r"--set serviceMonitor.labels.app\.kubernetes\.io/part-of=stack" in answer(wanted, {}).fix


def test_no_selector_selects_nothing_and_an_empty_one_everything() -> None:
    nothing = answer({"serviceMonitorSelector": None}, {"release": "stack"})
    assert nothing.status is Status.FAIL
    assert "has no serviceMonitorSelector, and so selects none" in nothing.detail
    assert (
        """patch prometheus stack-prometheus --type merge -p '{"spec":{"serviceMonitorSelector":{}}}'""" in nothing.fix
    )
    assert answer({"serviceMonitorSelector": {}}, {}).status is Status.OK


def test_no_selector_of_namespaces_means_the_own_namespace() -> None:
    spec = {"serviceMonitorNamespaceSelector": None}
    assert answer(spec, {"release": "stack"}, home="monitoring").status is Status.OK
    elsewhere = answer(spec, {"release": "stack"})
    assert elsewhere.status is Status.FAIL
    assert "looks into monitoring alone" in elsewhere.detail
    assert '"serviceMonitorNamespaceSelector":{}' in elsewhere.fix


def test_a_selector_of_namespaces_goes_by_their_labels() -> None:
    spec = {"serviceMonitorNamespaceSelector": {"matchLabels": {"watched": "yes"}}}
    assert answer(spec, {"release": "stack"}, {"shop": {"watched": "yes"}}).status is Status.OK
    found = answer(spec, {"release": "stack"}, {"shop": {}})
    assert found.status is Status.FAIL
    assert "wants the namespace shop to have watched=yes" in found.detail
    assert "kubectl label namespace shop" in found.fix


def test_where_labels_of_namespaces_may_not_be_read_nothing_is_claimed() -> None:
    spec = {"serviceMonitorNamespaceSelector": {"matchLabels": {"watched": "yes"}}}
    found = answer(spec, {"release": "stack"}, {"shop": None})
    assert found.status is Status.WARN
    assert "nobody can tell" in found.detail


def test_one_of_several_is_enough() -> None:
    selectors: tuple[Any, ...] = (None, {})
    by = [msgspec.convert(prometheus(serviceMonitorSelector=one), Selecting) for one in selectors]
    item = msgspec.convert(named("kubevigil"), Object).metadata
    assert [a.status for a in selection.judge(operator.MONITORS, by, [item], {})] == [Status.OK]


def test_without_anybody_who_selects_the_question_is_skipped() -> None:
    assert [a.status for a in selection.judge(operator.MONITORS, [], [], {})] == [Status.SKIPPED]


def test_an_alertmanager_selects_by_selectors_of_its_own() -> None:
    by = [msgspec.convert(alertmanager(alertmanagerConfigSelector={"matchLabels": {"team": "x"}}), Selecting)]
    item = msgspec.convert(named("kubevigil"), Object).metadata
    (found,) = selection.judge(operator.ROUTES, by, [item], {})
    assert found.status is Status.FAIL
    assert "its alertmanagerConfigSelector wants team=x" in found.detail


@pytest.mark.parametrize(
    ("operator_", "values", "labels", "met"),
    [
        ("In", ("a", "b"), {"k": "b"}, True),
        ("In", ("a", "b"), {}, False),
        ("NotIn", ("a",), {"k": "b"}, True),
        ("NotIn", ("a",), {}, True),
        ("NotIn", ("a",), {"k": "a"}, False),
        ("Exists", (), {"k": ""}, True),
        ("Exists", (), {}, False),
        ("DoesNotExist", (), {}, True),
        ("DoesNotExist", (), {"k": "a"}, False),
        ("Near", ("a",), {"k": "a"}, False),
    ],
)
def test_expressions_are_met_as_kubernetes_has_them(
    operator_: str, values: tuple[str, ...], labels: dict[str, str], met: bool
) -> None:
    assert Requirement("k", operator_, values).met_by(labels) is met


def test_what_is_missing_meets_the_wishes_that_labels_can_meet() -> None:
    selector = LabelSelector({"a": "1"}, (Requirement("b", "In", ("x", "y")), Requirement("c", "Exists")))
    missing = selector.missing({"a": "2"})
    assert missing == {"a": "1", "b": "x", "c": "true"}
    assert list(selector.unmet({"a": "2"} | missing)) == []


@pytest.mark.parametrize(
    ("spec", "path"),
    [
        ({}, "http:prometheus-operated:web/proxy"),
        ({"web": {"tlsConfig": {"keySecret": {"name": "tls"}}}}, "https:prometheus-operated:web/proxy"),
        ({"routePrefix": "/prom/", "portName": "http"}, "http:prometheus-operated:http/proxy/prom"),
        ({"serviceName": "mine"}, "http:mine:web/proxy"),
    ],
    ids=["plain", "tls", "prefix", "service"],
)
def test_a_prometheus_is_asked_at_the_service_that_the_operator_makes(spec: dict[str, Any], path: str) -> None:
    found = operator.proxy_path("Prometheus", msgspec.convert(prometheus(**spec), Selecting))
    assert found == f"/api/v1/namespaces/monitoring/services/{path}"
