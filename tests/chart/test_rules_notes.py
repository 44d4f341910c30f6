"""What an installation tells of the rules."""

import pytest

from .helm import Helm, Values
from .test_rules import ALERT, LINKED, ON, alerts, recorded, spec


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({}, "rules        no PrometheusRule: the cluster has no monitoring.coreos.com/v1"),
        ({}, "kubevigil render rules --format rules"),
        ({"rules": {"enabled": False}}, "rules        no PrometheusRule: rules.enabled is false"),
        (ON, "in a PrometheusRule with the labels release=kube-prometheus-stack\n"),
        (ON, "--set rules.labels.release=NAME"),
        (ON, "without links for want of rules.runbookUrl, rules.grafanaUrl, rules.logsUrl\n"),
        ({"rules": {"enabled": True, **LINKED, "logsUrl": ""}}, "without links for want of rules.logsUrl\n"),
        ({"rules": {"enabled": True, "labels": {"a": "b"}}}, "from rules.labels\n"),
        ({"rules": {"enabled": True}, "serviceMonitor": {"labels": {"a": "b"}}}, "from serviceMonitor.labels\n"),
        ({"rules": {"enabled": True, "disabled": {ALERT: True}}}, f"for the source exporter, without {ALERT}\n"),
    ],
)
def test_the_notes_tell_which_rules_there_are_and_who_finds_them(helm4: Helm, values: Values, line: str) -> None:
    assert line in helm4.notes(values)


def test_the_notes_count_the_rules(helm4: Helm) -> None:
    found = spec(helm4, {})
    line = (
        f"rules        {len(alerts(found))} alerts and {len(recorded(found))} recorded series for the source exporter\n"
    )
    assert line in helm4.notes(ON)
