"""Routes to Slack: one list, and the same way for an alert in all that is made of it."""

import itertools
import json
from pathlib import Path
from typing import Any

import _jsonnet
import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from tests.alerting.rendering import ROOT, Refused, rendered

from .rendering import rules

CASES = {path.stem: path for path in sorted((Path(__file__).parent / "routes_cases").glob("*.json"))}
SLACK: dict[str, Any] = {"secret": {"name": "slack"}, "channel": "#alerts"}


def routes(field: str, **slack: Any) -> Any:
    return rendered(field, {"namespace": "monitoring", "slack": SLACK | slack})


def mistakes(**slack: Any) -> list[str]:
    with pytest.raises(Refused) as refused:
        routes("configs", **slack)
    return str(refused.value).splitlines()


@pytest.mark.parametrize("name", CASES)
def test_a_list_gives_these_objects(name: str) -> None:
    case = json.loads(CASES[name].read_text(encoding="utf-8"))
    config = {"namespace": case["namespace"], "slack": case["slack"]}
    same = rendered("chart", {})
    objects = rendered("configs", config)
    for item in objects:
        assert item["metadata"].pop("name") == "kubevigil"
        del item["metadata"]["labels"]
        assert item["spec"].pop("inhibitRules") == same["inhibitRules"]
        for slack in itertools.chain(*(receiver.get("slackConfigs", []) for receiver in item["spec"]["receivers"])):
            for field in same["slackConfig"]:
                del slack[field]
    assert objects == case["objects"]
    assert rendered("warnings", config) == case["warnings"]


def test_without_a_secret_nothing_is_made() -> None:
    nothing = {"slack": {"channel": "#alerts"}}
    assert rendered("values", nothing) == {}
    assert rendered("configs", nothing) == []
    assert rendered("warnings", nothing) == ["slack.secret.name is not set: no route to Slack is made."]
    assert [receiver["name"] for receiver in rendered("config", nothing)["receivers"]] == ["null"]


def test_two_lines_are_enough_for_kube_prometheus_stack() -> None:
    values = rendered("values", {"slack": {"secret": {"name": "slack-webhook"}}})["alertmanager"]
    assert values["alertmanagerSpec"] == {"secrets": ["slack-webhook"]}
    (slack,) = values["config"]["receivers"][-1]["slack_configs"]
    assert slack["api_url_file"] == "/etc/alertmanager/secrets/slack-webhook/url"


def test_the_stack_s_own_lists_are_kept() -> None:
    """Helm puts a list of ours in the place of the stack's."""
    config = routes("values")["alertmanager"]["config"]
    assert config["receivers"][0] == {"name": "null"}
    assert config["route"]["routes"][0] == {"receiver": "null", "matchers": ['alertname = "Watchdog"']}
    assert [rule["target_matchers"] for rule in config["inhibit_rules"][:4]] == [
        ["severity =~ warning|info"],
        ["severity = info"],
        ["severity = info"],
        ["alertname = InfoInhibitor"],
    ]
    assert set(config) == {"receivers", "route", "inhibit_rules"}


def test_all_mistakes_are_told_at_once() -> None:
    found = mistakes(
        mode="cluter",
        chanel="#x",
        groupWait=30,
        severities=["info"],
        ignore={"namespaces": ["Kube"], "reasons": ["Tired"]},
        routes=[
            {"nme": "a"},
            {"name": "b", "matchers": ["team"], "mentions": ["@bob"], "namespaces": "pay"},
            {"name": "b", "channel": "{{ .Labels }}"},
        ],
    )
    assert [line.split(";")[0].split("; ")[0] for line in found if "reasons" not in line] == [
        "slack has no key chanel",
        "slack.mode is cluter",
        "slack.ignore.namespaces has Kube",
        "slack.groupWait is 30",
        "slack.severities has info",
        "slack.routes has no key nme",
        "slack.routes: a route needs a name of a-z, 0-9 and -.",
        "slack.routes.severities has info",
        "slack.routes[b].namespaces is a list of namespaces, or globs of them with * and ?.",
        "slack.routes[b].matchers has team",
        "slack.routes[b].severities has info",
        "slack.routes[b].mentions has @bob",
        "slack.routes[b].severities has info",
        "slack.routes[b].channel is {{ .Labels }}",
        "slack.routes has two routes of the name b.",
    ]


@pytest.mark.parametrize(
    ("slack", "told"),
    [
        ({"ownerRouting": True}, "slack.ownerRouting needs slack.tokenType bot"),
        ({"updateMessage": True}, "slack.updateMessage needs slack.tokenType bot"),
        ({"tokenType": "bot", "channel": ""}, "slack.channel is not set"),
        ({"routes": [{"name": "a", "channel": "#other"}]}, "slack.routes[a].channel needs slack.tokenType bot"),
    ],
    ids=["owner", "update", "channel", "route"],
)
def test_what_a_webhook_cannot_do_is_refused(slack: dict[str, Any], told: str) -> None:
    (line,) = mistakes(**slack)
    assert line.startswith(told)


@pytest.mark.parametrize(
    ("strategy", "namespace", "told"),
    [
        ("", "", "Mode cluster needs to know the matcher strategy"),
        ("OnNamespace", "", "Under the matcher strategy OnNamespace, the default"),
        ("OnNamespace", "alerting", "Under the matcher strategy OnNamespace, the default"),
        ("OnNamespaceExceptForAlertmanagerNamespace", "", "Under the matcher strategy OnNamespaceExcept"),
        ("Nonsense", "", "slack.matcherStrategy is Nonsense"),
    ],
    ids=["unknown", "default", "default-there", "except-elsewhere", "nonsense"],
)
def test_one_object_for_all_is_refused_where_it_would_not_see_all(strategy: str, namespace: str, told: str) -> None:
    (line,) = mistakes(mode="cluster", matcherStrategy=strategy, alertmanagerNamespace=namespace)
    assert line.startswith(told)


@pytest.mark.parametrize(
    ("strategy", "namespace"),
    [("None", ""), ("None", "alerting"), ("OnNamespaceExceptForAlertmanagerNamespace", "alerting")],
    ids=["none", "none-there", "except-there"],
)
def test_one_object_for_all_is_made_where_it_sees_all(strategy: str, namespace: str) -> None:
    (made,) = routes("configs", mode="cluster", matcherStrategy=strategy, alertmanagerNamespace=namespace)
    assert made["metadata"]["namespace"] == (namespace or "monitoring")


@profile(max_examples=20)
@given(st.lists(st.text("ab=!~\"\\', .*|1_é\n", max_size=12), max_size=50))
def test_a_matcher_is_read_back_as_it_is_written_or_refused(texts: list[str]) -> None:
    code = (
        "local m = import 'rules/alertmanager/matchers.libsonnet';"
        "local read = std.filter(function(x) x != null, std.map(m.parsed, std.extVar('texts')));"
        "{ read: read, again: [m.parsed(m.written(x)) for x in read] }"
    )
    said = json.loads(
        _jsonnet.evaluate_snippet("test", code, ext_codes={"texts": json.dumps(texts)}, jpathdir=[str(ROOT)])
    )
    assert said["read"] == said["again"]
    assert all(set(matcher) == {"name", "matchType", "value"} for matcher in said["read"])


def names(matchers: list[dict[str, str]]) -> set[str]:
    (matcher,) = matchers
    return set(matcher["value"].split("|"))


def test_nothing_is_muted_only_by_what_is_muted_itself() -> None:
    """Where A mutes B and B mutes C, A mutes C; and no alert is on both sides of one rule."""
    muting = [
        (names(rule["sourceMatch"]), names(rule["targetMatch"]), set(rule["equal"]))
        for rule in rendered("chart", {})["inhibitRules"]
    ]
    pairs = {(source, target) for sources, targets, _ in muting for source in sources for target in targets}
    assert all(not sources & targets for sources, targets, _ in muting)
    for (first, second), (third, fourth) in itertools.product(pairs, pairs):
        assert second != third or (first, fourth) in pairs, (first, second, fourth)


def test_inhibitions_and_ignored_reasons_name_alerts_that_are_there() -> None:
    ours = {rule["alert"] for rule in rules({}) if "alert" in rule}
    chart = rendered("chart", {})
    told = {
        name for rule in chart["inhibitRules"] for side in ("sourceMatch", "targetMatch") for name in names(rule[side])
    }
    assert told - ours == {"KubePodCrashLooping"}
    assert {name for alerts in chart["alertsOfReasons"].values() for name in alerts} <= ours


def test_every_title_has_room_for_every_summary() -> None:
    assert max(len(rule["annotations"]["summary"]) for rule in rules({}) if "alert" in rule) <= 74
    assert "TEXT(74)" in (ROOT / "rules/alertmanager/slack/title.tmpl").read_text(encoding="utf-8")
