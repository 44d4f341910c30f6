"""Every alert is tested, explained and well-formed, and reads nothing but series that exist."""

import re
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest

from . import expectations
from .expectations import Expectation, Item
from .expressions import metrics
from .known_metrics import KUBE_STATE_METRICS, recorded, unknown
from .promtool import read
from .rendering import ROOT, SOURCES, TESTS, Group, Rule

_ALERTS: Final = tuple(
    sorted(
        name
        for path in (ROOT / "rules" / "alerts").glob("*.libsonnet")
        for name in set(re.findall(r"'(Kubevigil\w+)'", path.read_text()))
    )
)
"""Taken from the text, so that tests are known by name before anything is rendered; compared with what is."""

_SEVERITIES: Final = frozenset({"critical", "warning", "none"})
_NOT_IDENTITY: Final = frozenset({"job", "instance", "uid", "endpoint", "service", "node"})
_NAMES_PODS: Final = frozenset({"KubevigilStockAlertInhibitor"})
"""It mutes a stock alert that is about pods."""


@cache
def _items() -> list[Item]:
    return expectations.items()


def _of(alert: str) -> list[Item]:
    """What each item expects of one alert, in the order of time; without those that expect nothing of it."""
    found = [sorted((e for e in item if e.alert == alert), key=lambda e: e.at) for item in _items()]
    return [item for item in found if item]


def _groups(rendered: Path, source: str) -> list[Group]:
    groups: list[Group] = read(rendered / f"{source}.yaml")["groups"]
    return groups


def _rules(rendered: Path, source: str) -> list[Rule]:
    return [rule for group in _groups(rendered, source) for rule in group["rules"]]


def _alerts(rendered: Path) -> list[Rule]:
    return [rule for source in SOURCES for rule in _rules(rendered, source) if "alert" in rule]


def _turns(item: Item, *, fires: bool) -> bool:
    """Whether the alert is expected to begin (or to end) between two moments of the item."""
    return any(before.fires is not fires and after.fires is fires for before, after in pairwise(item))


def _begins_from_one_evaluation_to_the_next(item: Item) -> bool:
    return any(
        not before.fires and after.fires and after.told and after.at - before.at <= after.every
        for before, after in pairwise(item)
    )


@pytest.mark.parametrize("source", SOURCES)
def test_every_source_has_every_alert_once(rendered: Path, source: str) -> None:
    assert sorted(rule["alert"] for rule in _rules(rendered, source) if "alert" in rule) == list(_ALERTS)


@pytest.mark.parametrize("alert", _ALERTS)
def test_a_unit_test_sees_the_alert_begin_at_its_evaluation_with_all_that_it_says(alert: str) -> None:
    assert any(_begins_from_one_evaluation_to_the_next(item) for item in _of(alert))


@pytest.mark.parametrize("alert", _ALERTS)
def test_a_unit_test_sees_the_alert_resolve(alert: str) -> None:
    assert any(_turns(item, fires=False) for item in _of(alert))


@pytest.mark.parametrize("alert", _ALERTS)
def test_a_unit_test_sees_the_alert_stay_silent_in_a_near_miss(alert: str) -> None:
    assert any(not any(expected.fires for expected in item) for item in _of(alert))


def test_no_unit_test_expects_anything_of_an_alert_that_is_not_there() -> None:
    assert {expected.alert for item in _items() for expected in item} <= {*_ALERTS, "KubePodCrashLooping"}


def test_no_values_of_a_unit_test_are_read_as_a_hexadecimal_number() -> None:
    series = [
        each for path in TESTS.glob("*.yaml") for item in read(path)["tests"] for each in item.get("input_series", ())
    ]
    assert [each for each in series if not isinstance(each["values"], str)] == [], "quote values such as '0x30'"


def test_no_alert_is_told_apart_by_what_a_restart_of_the_exporter_or_of_a_pod_would_change() -> None:
    for alert in _ALERTS:
        of_pods = set() if alert in _NAMES_PODS else {"pod"}
        told = [labels for item in _of(alert) for expected in item for labels, _ in expected.told]
        assert told, alert
        assert not (_NOT_IDENTITY | of_pods).intersection(*map(set, told)), alert


def test_an_alert_has_one_severity_whatever_the_source(rendered: Path) -> None:
    severities = {(rule["alert"], rule["labels"]["severity"]) for rule in _alerts(rendered)}
    assert len(severities) == len(_ALERTS)
    assert {severity for _, severity in severities} == _SEVERITIES


def test_an_alert_says_in_one_sentence_what_it_is_and_at_length_what_happened(rendered: Path) -> None:
    for rule in _alerts(rendered):
        summary, description = rule["annotations"]["summary"], rule["annotations"]["description"]
        assert re.fullmatch(r"[A-Z][^{}\n]*\.", summary), rule["alert"]
        assert len(description) > len(summary), rule["alert"]
        assert "\n" not in description, rule["alert"]


def test_an_alert_links_to_its_own_runbook(rendered: Path) -> None:
    for rule in _alerts(rendered):
        assert rule["annotations"]["runbook_url"] == f"https://runbooks.example/{rule['alert']}.md"


@pytest.mark.parametrize("source", SOURCES)
def test_rules_read_only_series_that_somebody_has(rendered: Path, source: str) -> None:
    rules = _rules(rendered, source)
    also = recorded(rules) | (frozenset() if source == "exporter" else KUBE_STATE_METRICS)
    reads = {rule.get("alert", rule.get("record")): unknown(metrics(rule["expr"]), also) for rule in rules}
    assert {name: names for name, names in reads.items() if names} == {}


@pytest.mark.parametrize("source", SOURCES)
def test_texts_ask_only_for_series_that_are_recorded(rendered: Path, source: str) -> None:
    rules = _rules(rendered, source)
    texts = [text for rule in rules for text in rule.get("annotations", {}).values()]
    asked = {name for text in texts for name in re.findall(r"\b\w+:kubevigil_\w+:\w+", text)}
    assert asked <= recorded(rules)


def test_a_metric_that_nobody_has_is_found() -> None:
    found = metrics('sum by (namespace, x) (rate(kubevigil_typo_total{reason="a{b}"}[5m] offset 1h)) > 3 unless up')
    assert found == {"kubevigil_typo_total", "up"}
    assert unknown(found, ()) == {"kubevigil_typo_total"}


def test_an_expectation_of_silence_is_not_taken_for_one_of_fire() -> None:
    silent, fires = Expectation("A", 0, fires=False), Expectation("A", 60, fires=True)
    assert _turns([silent, fires], fires=True)
    assert not _turns([silent, fires], fires=False)
    assert not _begins_from_one_evaluation_to_the_next([silent, fires])  # without labels and annotations
