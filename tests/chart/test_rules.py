"""The PrometheusRule: the rendered rules, with what the values say of them."""

import re
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from kubevigil.bundle.documents import defaults

from .binaries import Binaries
from .helm import CHART, Helm, Object, Refused, Values, ci, joined, nested

ON: Values = {"rules": {"enabled": True}}
API = ("--api-versions", "monitoring.coreos.com/v1")
SOURCES = ("exporter", "kube-state-metrics", "both")
LINKED = {
    "runbookUrl": "https://books.test/rules/",
    "grafanaUrl": "https://grafana.test",
    "logsUrl": "https://logs.test/discover",
}
PLACES = {
    "@RUNBOOKS@": "https://books.test/rules",
    "@GRAFANA@": "https://grafana.test",
    "@LOGS@": "https://logs.test/discover",
    "@LOGS_PATH@": defaults()["logsPath"],
    "@NAMESPACE@": "monitoring",
}
ALERT = "KubevigilContainerRestarted"


def committed(source: str) -> Object:
    """The rules as the mixin was rendered for the chart."""
    read = yaml.safe_load((CHART / "files" / f"rules-{source}.yaml").read_text(encoding="utf-8"))
    assert isinstance(read, dict)
    return read


def spec(helm: Helm, rules: Values, *flags: str) -> Object:
    """The PrometheusRule's, with these values of `rules`."""
    found = helm.objects({"rules": joined({"enabled": True}, rules)}, *flags).one("PrometheusRule")["spec"]
    assert isinstance(found, dict)
    return found


def alerts(groups: Object) -> dict[str, Object]:
    return {rule["alert"]: rule for group in groups["groups"] for rule in group["rules"] if "alert" in rule}


def recorded(groups: Object) -> list[Object]:
    return [rule for group in groups["groups"] for rule in group["rules"] if "record" in rule]


def placed(value: Any) -> Any:
    """What is expected of the template: every placeholder replaced, wherever it stands."""
    if isinstance(value, dict):
        return {key: placed(below) for key, below in value.items()}
    if isinstance(value, list):
        return [placed(below) for below in value]
    if isinstance(value, str):
        for placeholder, text in PLACES.items():
            value = value.replace(placeholder, text)
    return value


def test_there_are_rules_where_the_cluster_knows_what_they_are(helm: Helm) -> None:
    assert helm.objects({}, *API).of("PrometheusRule")
    assert helm.objects().of("PrometheusRule") == []


def test_they_can_be_forced_and_turned_off(helm: Helm) -> None:
    assert helm.objects(ON).of("PrometheusRule")
    assert helm.objects({"rules": {"enabled": False}}, *API).of("PrometheusRule") == []


@pytest.mark.parametrize("source", SOURCES)
def test_the_rules_are_the_rendered_ones_word_for_word(helm3: Helm, helm4: Helm, source: str) -> None:
    for helm in (helm3, helm4):
        assert spec(helm, {"source": source, **LINKED}) == placed(committed(source))


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("links", [{}, {"grafanaUrl": "https://g.test"}, LINKED], ids=["none", "one", "all"])
def test_no_placeholder_is_left(helm: Helm, source: str, links: Values) -> None:
    found = alerts(spec(helm, {"source": source, **links}))
    assert re.findall("@[A-Z_]+[@<]", str(found)) == []


def test_crash_logs_may_be_elsewhere(helm3: Helm, helm4: Helm) -> None:
    path = '/explore?$1={{ $labels.namespace }}&q={{ printf "%q" $labels.pod }}'
    for helm in (helm3, helm4):
        found = alerts(spec(helm, {"logsUrl": "https://logs.test/", "logsPath": path})).values()
        assert {alert["annotations"].get("logs_url") for alert in found} == {None, f"https://logs.test{path}"}


def test_legacy_documents_are_looked_for_by_their_own_fields(helm: Helm) -> None:
    values = {"config": {"document": {"format": "legacy"}}, "rules": {"enabled": True, "logsUrl": "https://logs.test"}}
    found = alerts(helm.objects(values).one("PrometheusRule")["spec"]).values()
    urls = {alert["annotations"]["logs_url"] for alert in found if "logs_url" in alert["annotations"]}
    assert urls
    for url in urls:
        assert "index:'kubevigil-crash-legacy-documents'" in url
        assert re.findall(r"([a-z_.]+):%22", url) == ["namespace", "container_name"]


@pytest.mark.parametrize(
    ("base", "annotation"),
    [("runbookUrl", "runbook_url"), ("grafanaUrl", "dashboard_url"), ("logsUrl", "logs_url")],
    ids=["runbookUrl", "grafanaUrl", "logsUrl"],
)
def test_a_link_is_there_only_if_it_leads_somewhere(helm: Helm, base: str, annotation: str) -> None:
    without = alerts(spec(helm, {**LINKED, base: ""}))
    having = alerts(spec(helm, LINKED))
    assert [name for name, alert in without.items() if annotation in alert["annotations"]] == []
    linked = [alert["annotations"][annotation] for alert in having.values() if annotation in alert["annotations"]]
    assert linked
    assert all(link.startswith(LINKED[base].rstrip("/")) and "//" not in link[8:] for link in linked)


def test_every_alert_says_what_happened_without_any_link(helm: Helm) -> None:
    for name, alert in alerts(spec(helm, {})).items():
        assert alert["labels"]["severity"] == "none" or {"summary", "description"} <= set(alert["annotations"]), name


def test_templates_of_prometheus_stay_as_they_are(helm: Helm) -> None:
    told = '{{ $labels.namespace }} {{ printf "%q" $value }} {{ .Release.Name }}'
    changed = spec(helm, {"additionalRuleAnnotations": {"more": told}, "customRules": {ALERT: {"expr": told}}})
    assert {alert["annotations"]["more"] for alert in alerts(changed).values()} == {told}
    assert alerts(changed)[ALERT]["expr"] == told


class Override(NamedTuple):
    """Values of `rules`, and what they make of one alert."""

    rules: Values
    becomes: Object


OVERRIDES = {
    "for": Override({"customRules": {ALERT: {"for": "17m"}}}, {"for": "17m"}),
    "keep_firing_for": Override({"customRules": {ALERT: {"keep_firing_for": "18m"}}}, {"keep_firing_for": "18m"}),
    "expr": Override({"customRules": {ALERT: {"expr": "vector(1) > 0"}}}, {"expr": "vector(1) > 0"}),
    "severity": Override({"customRules": {ALERT: {"severity": "page"}}}, {"labels": {"severity": "page"}}),
    "labels": Override({"customRules": {ALERT: {"labels": {"team": "shop"}}}}, {"labels": {"team": "shop"}}),
    "annotations": Override(
        {"customRules": {ALERT: {"annotations": {"summary": "Again."}}}}, {"annotations": {"summary": "Again."}}
    ),
    "a text that is emptied": Override(
        {"customRules": {ALERT: {"annotations": {"summary": ""}}}}, {"annotations": {"summary": ""}}
    ),
    "additionalRuleLabels": Override({"additionalRuleLabels": {"team": "all"}}, {"labels": {"team": "all"}}),
    "additionalRuleAnnotations": Override(
        {"additionalRuleAnnotations": {"on_call": "all"}}, {"annotations": {"on_call": "all"}}
    ),
    "keepFiringFor": Override({"keepFiringFor": "19m"}, {"keep_firing_for": "19m"}),
    "one alert's label goes before all alerts'": Override(
        {"additionalRuleLabels": {"team": "all"}, "customRules": {ALERT: {"labels": {"team": "shop"}}}},
        {"labels": {"team": "shop"}},
    ),
    "one alert's annotation goes before all alerts'": Override(
        {"additionalRuleAnnotations": {"a": "all"}, "customRules": {ALERT: {"annotations": {"a": "own"}}}},
        {"annotations": {"a": "own"}},
    ),
    "one alert's time goes before all alerts'": Override(
        {"keepFiringFor": "19m", "customRules": {ALERT: {"keep_firing_for": "1h"}}}, {"keep_firing_for": "1h"}
    ),
}


@pytest.mark.parametrize("title", OVERRIDES)
def test_an_override_changes_what_it_names_and_nothing_else(helm3: Helm, helm4: Helm, title: str) -> None:
    override = OVERRIDES[title]
    for helm in (helm3, helm4):
        before, after = spec(helm, {}), spec(helm, override.rules)
        assert alerts(after)[ALERT] == joined(alerts(before)[ALERT], override.becomes)
        others = [name for name in alerts(before) if alerts(before)[name] != alerts(after)[name] and name != ALERT]
        assert bool(others) is (set(override.rules) != {"customRules"})
        assert recorded(after) == recorded(before)


def test_an_alert_that_is_disabled_is_gone_and_the_others_stay(helm: Helm) -> None:
    before, after = spec(helm, {}), spec(helm, {"disabled": {ALERT: True, "KubevigilExporterAbsent": False}})
    expected = alerts(before)
    del expected[ALERT]
    assert alerts(after) == expected
    assert recorded(after) == recorded(before)


def test_a_group_without_a_rule_is_gone_too(helm: Helm) -> None:
    before = spec(helm, {})
    after = spec(helm, {"disabled": dict.fromkeys(alerts(before), True)})
    assert all(group["rules"] for group in after["groups"])
    assert recorded(after) == recorded(before)
    assert alerts(after) == {}


def test_an_interval_is_every_groups(helm: Helm) -> None:
    assert {group["interval"] for group in spec(helm, {"interval": "45s"})["groups"]} == {"45s"}
    without = [group.get("interval") for group in spec(helm, {})["groups"]]
    assert without == [group.get("interval") for group in committed("exporter")["groups"]]


NOT_RULES: dict[str, tuple[Values, str]] = {
    "a misspelt alert that is disabled": (
        {"disabled": {"KubevigilContanerRestarted": True}},
        'called "KubevigilContanerRestarted"; did you mean "KubevigilContainerRestarted"?',
    ),
    "a misspelt alert that is not disabled": ({"disabled": {"KubevigilX": False}}, 'called "KubevigilX"'),
    "an alert in small letters": (
        {"customRules": {"kubevigilexporterabsent": {"for": "1h"}}},
        'called "kubevigilexporterabsent"; did you mean "KubevigilExporterAbsent"?',
    ),
    "an alert of somebody else": (
        {"disabled": {"KubePodCrashLooping": True}},
        "rules.disabled: no alert of the source",
    ),
    "an alert by a short name": ({"disabled": {"": True}}, 'called ""; did you mean'),
    "a misspelt field of an alert": ({"customRules": {ALERT: {"sevrity": "page"}}}, "'sevrity' not allowed"),
    "a time without a unit": ({"customRules": {ALERT: {"for": "10"}}}, f"/rules/customRules/{ALERT}/for"),
    "no time": ({"customRules": {ALERT: {"for": ""}}}, f"/rules/customRules/{ALERT}/for"),
    "a time as a number": ({"customRules": {ALERT: {"for": 10}}}, f"/rules/customRules/{ALERT}/for"),
    "an empty query": ({"customRules": {ALERT: {"expr": ""}}}, f"/rules/customRules/{ALERT}/expr"),
    "a label that Prometheus does not know": (
        {"customRules": {ALERT: {"labels": {"on-call": "me"}}}},
        "'on-call' not allowed",
    ),
    "a label for all that Prometheus does not know": ({"additionalRuleLabels": {"on-call": "me"}}, "'on-call' not"),
    "a label that is a number": ({"additionalRuleLabels": {"tier": 1}}, "/rules/additionalRuleLabels/tier"),
    "a severity for all": ({"additionalRuleLabels": {"severity": "page"}}, "customRules.<Alert>.severity"),
    "a namespace for all": ({"additionalRuleLabels": {"namespace": "a"}}, '"namespace" differs from alert to alert'),
    "another workload": ({"customRules": {ALERT: {"labels": {"workload": "a"}}}}, '"workload" says what the alert'),
    "another name": ({"customRules": {ALERT: {"labels": {"alertname": "A"}}}}, '"alertname" says what the alert'),
    "another severity of the inhibitor": (
        {"customRules": {"KubevigilStockAlertInhibitor": {"severity": "warning"}}},
        "is never sent",
    ),
    "another severity of the inhibitor, as a label": (
        {"customRules": {"KubevigilStockAlertInhibitor": {"labels": {"severity": "warning"}}}},
        "is never sent",
    ),
    "disabled as a word": ({"disabled": {ALERT: "yes"}}, f"/rules/disabled/{ALERT}"),
    "a source that there is not": ({"source": "cadvisor"}, "/rules/source"),
    "an address without a scheme": ({"grafanaUrl": "grafana.test"}, "/rules/grafanaUrl"),
    "an address that is a script": ({"runbookUrl": "javascript:alert(1)"}, "/rules/runbookUrl"),
    "a misspelt value": ({"runbookURL": "https://a.test"}, "'runbookURL' not allowed"),
}


@pytest.mark.parametrize("title", NOT_RULES)
@pytest.mark.parametrize("enabled", [True, False], ids=["rules", "no rules"])
def test_what_cannot_be_is_refused_with_what_to_do(helm3: Helm, helm4: Helm, title: str, enabled: bool) -> None:
    rules, said = NOT_RULES[title]
    for helm in (helm3, helm4):
        with pytest.raises(Refused) as refused:
            helm.objects({"rules": joined({"enabled": enabled}, rules)})
        assert said in str(refused.value)


def test_without_a_cluster_the_label_is_the_stacks(helm: Helm) -> None:
    assert helm.objects(ON).one("PrometheusRule")["metadata"]["labels"]["release"] == "kube-prometheus-stack"


def test_labels_that_are_given_win_and_may_be_templates(helm: Helm) -> None:
    labels = helm.objects(ci("monitoring")).one("PrometheusRule")["metadata"]["labels"]
    assert labels["release"] == "vigil-stack"
    given = joined(ci("monitoring"), nested("rules.labels", {"role": "{{ .Release.Name }}-rules"}))
    labels = helm.objects(given).one("PrometheusRule")["metadata"]["labels"]
    assert (labels["role"], "release" in labels) == ("vigil-rules", False)


def test_annotations_are_the_objects(helm: Helm) -> None:
    rule = helm.objects(joined(ON, nested("rules.annotations", {"a.test/b": "c"}))).one("PrometheusRule")
    assert rule["metadata"]["annotations"] == {"a.test/b": "c"}


CHANGED: Values = {
    **LINKED,
    "interval": "45s",
    "keepFiringFor": "10m",
    "additionalRuleLabels": {"team": "platform"},
    "additionalRuleAnnotations": {"more": "{{ $labels.namespace }}"},
    "customRules": {ALERT: {"for": "1m", "severity": "page", "labels": {"tier": "1"}}},
}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("rules", [{}, CHANGED], ids=["default", "changed"])
def test_prometheus_takes_the_rules(helm: Helm, binaries: Binaries, tmp_path: Path, source: str, rules: Values) -> None:
    file = tmp_path / "rules.yaml"
    found = spec(helm, {"source": source, **rules})
    file.write_text(yaml.safe_dump(found), encoding="utf-8")
    command = [binaries["promtool"], "check", "rules", "--lint=all", "--lint-fatal", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(alerts(found)) + len(recorded(found))} rules found" in done.stdout
