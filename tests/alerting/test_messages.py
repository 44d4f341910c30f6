"""What a message may hold, whatever the labels hold: a real Alertmanager, and Slack's limits."""

import json
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from .alertmanager import EXTERNAL, LONG_AGO, Alert, wait_for
from .conftest import Started
from .incidents import GRAFANA, LOGS, RUNBOOKS, alert, of_container
from .rendering import ROOT
from .slack_stand_in import Message, Slack

SLACK = {"secret": {"name": "slack", "key": "webhook"}, "groupWait": "1s", "groupInterval": "2s"}
LINKS = {"grafanaUrl": GRAFANA, "runbookUrl": RUNBOOKS, "logsUrl": LOGS}

HOSTILE = [
    "<!channel>",
    "<https://evil.example|the dashboard>",
    "&lt;!here&gt;",
    "&" * 200,
    "<" * 5_000,
    "a`b*c_d~e",
    'quote" and \\back\\',
    "two\nlines\tand\x00more",
    "\u202eright to left",
    "ü" * 5_000,
    "{{ .Labels }}",
    "%s%d$1",
]


def only(slack: Slack) -> Message:
    return wait_for("a message", slack.workspace.messages)[0]


def addresses(message: Message) -> dict[str, str]:
    return {action["text"]: action["url"] for action in message.attachment["actions"]}


@pytest.mark.parametrize(("firing", "over"), [(1, 0), (3, 4), (8, 0), (30, 30)])
def test_hostile_values_stay_text_within_slack_s_limits(
    slack: Slack, alertmanager: Started, firing: int, over: int
) -> None:
    """Each value is a namespace of its own, and so a message; the fixture looks at all that came."""
    running = alertmanager(slack, {"slack": SLACK, **LINKS})
    alerts = [[hostile(value, number) for number in range(firing + over)] for value in HOSTILE]
    running.fire([alert for of_value in alerts for alert in of_value])
    wait_for("each value's message", lambda: len(slack.workspace.messages()) >= len(HOSTILE))
    running.resolve([alert for of_value in alerts for alert in of_value[firing:]])
    if over:
        wait_for("each value's second", lambda: len(slack.workspace.messages()) >= 2 * len(HOSTILE))
        assert any("Over: " in message.text for message in slack.workspace.messages())
    assert slack.workspace.refused == []


def hostile(value: str, number: int) -> Alert:
    """One whose labels and annotations all are that value."""
    labels = dict.fromkeys(("workload_kind", "workload", "container", "owner"), value) | {"number": str(number)}
    said = ("summary", "description", "exit_codes", "reasons", "pods", "dashboard_url", "logs_url", "runbook_url")
    return alert("KubevigilCrashLooping", value, labels, **dict.fromkeys(said, value))


def test_the_page_shows_what_slack_gets(slack: Slack, alertmanager: Started) -> None:
    page = (ROOT / "docs" / "slack.md").read_text(encoding="utf-8")
    shown = json.loads(page.partition("```json\n")[2].partition("```")[0])
    running = alertmanager(slack, {"slack": SLACK | {"channel": "#alerts"}, **LINKS})
    running.fire([replace(of_container("KubevigilCrashLooping"), began=LONG_AGO)])
    assert only(slack).payload == shown


def test_what_is_escaped_is_what_was_said(slack: Slack, alertmanager: Started) -> None:
    running = alertmanager(slack, {"slack": SLACK})
    running.fire([alert("KubevigilCrashLooping", labels={"workload": "a<b>&c"}, description="x < y & z > 'w'")])
    text = only(slack).text
    assert "`a&lt;b&gt;&amp;c`" in text
    assert "x &lt; y &amp; z &gt; 'w'" in text


def test_buttons_of_one_alert_lead_to_what_the_alert_says(slack: Slack, alertmanager: Started) -> None:
    alertmanager(slack, {"slack": SLACK, **LINKS}).fire([of_container("KubevigilCrashLooping")])
    buttons = addresses(only(slack))
    assert list(buttons) == ["Runbook", "Dashboard", "Logs", "Silence"]
    assert buttons["Runbook"] == f"{RUNBOOKS}/KubevigilCrashLooping.md"
    assert buttons["Dashboard"] == f"{GRAFANA}/d/kubevigil-crashes?var-namespace=shop&var-workload=checkout"
    assert buttons["Logs"] == f"{LOGS}/app/discover#/?_a=(query:'shop')"
    assert only(slack).attachment["title_link"] == buttons["Dashboard"]


def test_buttons_of_several_alerts_lead_to_what_they_share(slack: Slack, alertmanager: Started) -> None:
    running = alertmanager(slack, {"slack": SLACK, **LINKS})
    running.fire([of_container("KubevigilCrashLooping"), of_container("KubevigilContainerOOMKilled", "search")])
    buttons = addresses(only(slack))
    assert buttons["Runbook"] == RUNBOOKS
    assert buttons["Dashboard"] == f"{GRAFANA}/d/kubevigil-crashes?var-namespace=shop"


def test_a_button_whose_link_is_not_configured_is_not_there(slack: Slack, alertmanager: Started) -> None:
    alertmanager(slack, {"slack": SLACK, "grafanaUrl": GRAFANA}).fire([of_container("KubevigilCrashLooping")])
    assert list(addresses(only(slack))) == ["Dashboard", "Silence"]


def test_the_silence_button_has_the_incident_filled_in(slack: Slack, alertmanager: Started) -> None:
    alertmanager(slack, {"slack": SLACK}).fire([of_container("KubevigilCrashLooping")])
    address = addresses(only(slack))["Silence"]
    assert address.startswith(f"{EXTERNAL}/#/silences/new?filter=")
    assert filled(address) == (
        '{namespace="shop",workload_kind="Deployment",workload="checkout",container="app",'
        'alertname="KubevigilCrashLooping"}'
    )
    assert only(slack).attachment["title_link"].startswith(f"{EXTERNAL}/#/alerts?")


def test_the_silence_of_several_alerts_is_of_ours_alone(slack: Slack, alertmanager: Started) -> None:
    running = alertmanager(slack, {"slack": SLACK | {"externalUrl": "https://am.corp.example/"}})
    running.fire([of_container("KubevigilCrashLooping"), of_container("KubevigilContainerOOMKilled", 'x"\\ y+z')])
    address = addresses(only(slack))["Silence"]
    assert address.startswith("https://am.corp.example/#/silences/new?filter=")
    assert filled(address) == '{namespace="shop",workload_kind="Deployment",container="app",alertname=~"Kubevigil.+"}'


def test_a_silence_s_values_are_quoted(slack: Slack, alertmanager: Started) -> None:
    alertmanager(slack, {"slack": SLACK}).fire([of_container("KubevigilCrashLooping", 'x"\\ y+z')])
    assert 'workload="x\\"\\\\ y+z"' in filled(addresses(only(slack))["Silence"])


def filled(address: str) -> str:
    """The filter of a link to a new silence."""
    return parse_qs(urlsplit(urlsplit(address).fragment).query)["filter"][0]
