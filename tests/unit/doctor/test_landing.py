"""What is said of the way of an alert: who hears of it, why, and what mutes it now."""

from typing import Any

import msgspec

from kubevigil.app.doctor_monitoring import config_of
from kubevigil.doctor import landing
from kubevigil.doctor.answer import Answer, Status
from kubevigil.doctor.landing import Firing, Silence

from .cluster import CONFIG

LABELS = {"alertname": "KubevigilCrashLooping", "namespace": "shop", "severity": "warning"}
INHIBIT = """
inhibit_rules:
- source_matchers: ['alertname="KubevigilWorkloadRestartStorm"']
  target_matchers: ['alertname=~"KubevigilCrashLooping|KubevigilContainerRestarted"']
  equal: [namespace]
"""


def answer(text: str = CONFIG, labels: dict[str, str] | None = None, silences: Any = (), firing: Any = ()) -> Answer:
    return landing.judge(
        config_of(text),
        labels or LABELS,
        msgspec.convert(silences, list[Silence]),
        msgspec.convert(firing, list[Firing]),
    )


def test_an_alert_that_somebody_hears_of_is_fine_and_the_reason_is_told() -> None:
    found = answer()
    assert found.status is Status.OK
    assert found.detail == (
        'KubevigilCrashLooping (namespace="shop", severity="warning") goes to slack-all (slack) by '
        '[alertname=~"Kubevigil.+", severity!="none"]'
    )


def test_an_alert_that_nobody_hears_of_is_told_with_what_to_do() -> None:
    found = answer(labels=LABELS | {"severity": "none"})
    assert found.status is Status.WARN
    assert "goes to null (tells nobody) by no route matches" in found.detail
    assert "nobody is told" in found.detail
    assert "slack.secret.name" in found.fix


def test_a_silence_that_is_active_is_named() -> None:
    matcher = {"name": "namespace", "value": "sh.p", "isRegex": True, "isEqual": True}
    silence = {"id": "4711", "matchers": [matcher], "status": {"state": "active"}, "createdBy": "ann", "endsAt": "2026"}
    found = answer(silences=[silence])
    assert found.status is Status.WARN
    assert 'muted now: silence 4711 by ann until 2026 (namespace=~"sh.p")' in found.detail
    assert answer(silences=[silence | {"status": {"state": "expired"}}]).status is Status.OK
    other = silence | {"matchers": [matcher | {"isEqual": False}]}
    assert answer(silences=[other]).status is Status.OK
    exact = silence | {"matchers": [matcher | {"isRegex": False}]}
    assert answer(silences=[exact]).status is Status.OK
    unequal = silence | {"matchers": [matcher | {"isRegex": False, "isEqual": False}]}
    assert answer(silences=[unequal]).status is Status.WARN


def test_an_alert_that_mutes_ours_now_is_named() -> None:
    text = CONFIG.replace("inhibit_rules: []\n", INHIBIT)
    storm = {"labels": {"alertname": "KubevigilWorkloadRestartStorm", "namespace": "shop"}}
    assert "KubevigilWorkloadRestartStorm" in answer(text, firing=[storm]).detail
    elsewhere = {"labels": storm["labels"] | {"namespace": "pay"}}
    assert answer(text, firing=[elsewhere]).status is Status.OK
    assert answer(text).status is Status.OK


def test_an_alert_of_both_sides_of_a_rule_is_not_muted_by_its_like() -> None:
    both = INHIBIT.replace('alertname="KubevigilWorkloadRestartStorm"', 'alertname=~"Kubevigil.+"')
    text = CONFIG.replace("inhibit_rules: []\n", both)
    same = {"labels": LABELS | {"pod": "x"}}
    assert answer(text, firing=[same]).status is Status.OK
    source = {"labels": {"alertname": "KubevigilExporterAbsent", "namespace": "shop"}}
    assert answer(text, firing=[source]).status is Status.WARN


def test_of_severity_info_the_stacks_own_inhibition_is_told() -> None:
    assert "mutes severity info" in answer(labels=LABELS | {"severity": "info"}).detail


def test_a_pattern_that_is_not_understood_is_left_to_alertmanagers_own_tool() -> None:
    found = answer(CONFIG.replace('"Kubevigil.+"', r'"\\pL+"'))
    assert found.status is Status.WARN
    assert found.fix.endswith(
        "amtool config routes test alertname=KubevigilCrashLooping namespace=shop severity=warning"
    )
