"""What Prometheus' own API tells of us: targets, rules, Alertmanagers, notifications, the series of the dashboards."""

import json
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubevigil.doctor import prometheus, scraping, series
from kubevigil.doctor.answer import Status
from kubevigil.doctor.prometheus import NotUnderstood, RuleGroup, Sample, Target

ROOT = Path(__file__).parents[3]


def sample(value: float = 1, **labels: str) -> Sample:
    return Sample(labels, (1772366400.0, f"{value:g}"))


def up(job: str = "kubevigil", value: float = 1) -> Sample:
    return sample(value, job=job, instance="monitoring/kubevigil")


def groups(**rules: str) -> list[RuleGroup]:
    told = [
        {"name": name, "type": "alerting", "health": health, "lastError": "many-to-many"}
        for name, health in rules.items()
    ]
    return [msgspec.convert({"name": "kubevigil", "rules": told}, RuleGroup)]


def test_a_target_that_is_up_is_fine() -> None:
    found = scraping.scrape([up(), up("kubevigil-ship")], [])
    assert (found.status, found.detail.startswith("2 targets up")) == (Status.OK, True)


def test_without_the_exporters_target_the_sidecars_is_not_enough() -> None:
    for there in ([], [up("kubevigil-ship")]):
        found = scraping.scrape(there, [])
        assert found.status is Status.FAIL
        assert "no target with the job kubevigil" in found.detail


@pytest.mark.parametrize(
    ("error", "fix"),
    [
        ("server returned HTTP status 401 Unauthorized", "serviceMonitor.basicAuth"),
        (
            'Get "https://10.0.0.3:8080/metrics": tls: failed to verify certificate: x509: unknown',
            "serviceMonitor.tlsConfig",
        ),
        ('Get "http://10.0.0.3:8080/metrics": context deadline exceeded', "network policy"),
        ('Get "http://10.0.0.3:8080/metrics": dial tcp: connect: connection refused', "does not listen"),
        ("something else", "kubectl logs"),
    ],
    ids=["password", "certificate", "silence", "refusal", "other"],
)
def test_a_target_that_is_down_is_told_with_prometheus_words_and_what_they_mean(error: str, fix: str) -> None:
    other = Target({"job": "node-exporter"}, health="down", last_error="not ours")
    found = scraping.scrape([up(value=0)], [other, Target({"job": "kubevigil"}, health="down", last_error=error)])
    assert found.status is Status.FAIL
    assert error in found.detail
    assert fix in found.fix


def test_alerts_that_are_loaded_and_evaluate_are_fine() -> None:
    assert scraping.loaded(groups(KubevigilA="ok"), {"KubevigilA"}).status is Status.OK
    assert scraping.loaded(groups(KubevigilA="unknown"), ()).status is Status.OK


def test_an_alert_of_our_object_that_prometheus_has_not_is_named() -> None:
    found = scraping.loaded(groups(KubevigilA="ok"), {"KubevigilA", "KubevigilB"})
    assert (found.status, found.detail) == (Status.FAIL, "not loaded: KubevigilB")


def test_none_of_our_alerts_is_a_failure_even_where_our_object_may_not_be_read() -> None:
    found = scraping.loaded(groups(Watchdog="ok"), ())
    assert (found.status, found.detail) == (Status.FAIL, "Prometheus has loaded none of our alerts")


def test_a_rule_that_cannot_be_evaluated_is_told_with_its_error() -> None:
    found = scraping.loaded(groups(KubevigilA="ok", KubevigilB="err"), ())
    assert found.status is Status.FAIL
    assert found.detail == "KubevigilB cannot be evaluated: many-to-many"
    recording = {
        "name": "kubevigil-x.rules",
        "rules": [{"name": "a:b", "type": "recording", "health": "err", "lastError": "e"}],
    }
    found = scraping.loaded([*groups(KubevigilA="ok"), msgspec.convert(recording, RuleGroup)], ())
    assert found.detail == "a:b cannot be evaluated: e"


def test_a_prometheus_without_an_alertmanager_is_told() -> None:
    assert scraping.handed_on([]).status is Status.FAIL
    assert scraping.handed_on(["http://10.0.0.7:9093/api/v2/alerts"]).status is Status.OK


def test_notifications_that_failed_are_told_by_integration() -> None:
    found = scraping.notified([sample(2.4, integration="slack")])
    assert (found.status, "2 by slack" in found.detail) == (Status.FAIL, True)
    assert scraping.notified([]).status is Status.OK


def test_alerts_about_ourselves_that_fire_lead_to_their_runbook() -> None:
    found = scraping.own_alerts([sample(alertname="KubevigilNotSynced"), sample(alertname="KubevigilNotSynced")])
    assert (found.status, found.detail) == (Status.WARN, "KubevigilNotSynced fires")
    assert "rules/runbooks/KubevigilNotSynced.md" in found.fix
    assert scraping.own_alerts([]).status is Status.OK


def test_the_alerts_about_ourselves_are_among_the_rendered_ones() -> None:
    rendered = (ROOT / "charts/kubevigil/files/rules-exporter.yaml").read_text(encoding="utf-8")
    assert set(scraping.OWN_ALERTS) <= set(re.findall(r"- alert: (\w+)", rendered))


def test_each_dashboard_asks_which_series_are_there_without_a_variable_of_grafanas() -> None:
    folder = ROOT / "charts/kubevigil/files/dashboards"
    boards = {file.name: file.read_text(encoding="utf-8") for file in folder.glob("*.json")}
    asked = series.questions(boards)
    assert len(asked) == len(boards) > 5
    assert [title for title, expression in asked.items() if "$" in expression] == []


def test_a_series_that_is_missing_is_told_once_with_the_boards_that_need_it_and_their_advice() -> None:
    lack = {"series": "kube_pod_info", "from": "kube-state-metrics", "advice": "it is not scraped"}
    found = series.judge({"Pods": [sample(0, **lack), sample(3, series="up")], "CPU": [sample(0, **lack)]})
    assert [(one.status, one.detail, one.fix) for one in found] == [
        (Status.WARN, "kube_pod_info (from kube-state-metrics) is missing, for Pods, CPU", "it is not scraped")
    ]
    base = {"series": "cluster:kubevigil_pods:count", "from": "rules", "advice": "load the rules"}
    assert [one.status for one in series.judge({"Pods": [sample(0, **base)]})] == [Status.FAIL]
    assert [one.status for one in series.judge({"Pods": [sample(3, series="up")]})] == [Status.OK]


def test_an_error_of_prometheus_is_told_in_its_words() -> None:
    body = json.dumps({"status": "error", "errorType": "execution", "error": "query timed out"}).encode()
    with pytest.raises(NotUnderstood, match="query timed out"):
        prometheus.vector(body)


_VALUES = st.recursive(
    st.none() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["status", "data", "result"]), inner),
    max_leaves=6,
)


@given(st.binary(max_size=60) | _VALUES.map(lambda value: json.dumps(value).encode()))
def test_another_programs_answer_is_not_understood_and_nothing_worse(body: bytes) -> None:
    readers: list[Any] = [prometheus.vector, prometheus.targets, prometheus.rules, prometheus.alertmanagers]
    for read in readers:
        with suppress(NotUnderstood):
            read(body)


def lacking(*names: str, there: str = "") -> dict[str, Status]:
    """How each is judged that is missing, beside one series of a source that is there."""
    sources = {"kubevigil_sink_records_total": "kubevigil ship", "namespace_healthcheck:up": "rules"}
    samples = [sample(0, series=name, **{"from": sources.get(name, "kubevigil"), "advice": "x"}) for name in names]
    if there:
        samples.append(sample(1, series="there", **{"from": there}))
    found = series.judge({"Board": samples})
    return {one.detail.split(" ")[0]: one.status for one in found}


def test_what_is_missing_for_one_reason_is_told_in_one_answer() -> None:
    lacks = [{"series": name, "from": "kube-state-metrics", "advice": "scrape it"} for name in "ab"]
    lacks.append({"series": "c", "from": "kube-state-metrics", "advice": "make a claim"})
    found = series.judge({"Pods": [sample(0, **lacks[1])], "CPU": [sample(0, **each) for each in lacks]})
    assert [(one.detail, one.fix) for one in found] == [
        ("a, b (from kube-state-metrics) are missing, for CPU, Pods", "scrape it"),
        ("c (from kube-state-metrics) is missing, for CPU", "make a claim"),
    ]


def test_what_is_not_used_is_no_fault_of_a_source_that_is_there() -> None:
    checks = "kubevigil_healthcheck_runs_total"
    assert lacking(checks) == {checks: Status.WARN}
    assert lacking(checks, there="kubevigil") == {checks: Status.SKIPPED}
    assert lacking("namespace_healthcheck:up", there="rules") == {"namespace_healthcheck:up": Status.SKIPPED}
    sidecar, outbox = "kubevigil_sink_records_total", "kubevigil_outbox_records"
    assert lacking(sidecar, outbox, there="kubevigil")[sidecar] is Status.SKIPPED
    assert lacking(sidecar, there="kubevigil") == {sidecar: Status.WARN}
    assert lacking(sidecar, outbox)[sidecar] is Status.WARN
