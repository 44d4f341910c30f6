"""AlertmanagerConfig objects: the routes that the mixin makes of the same list, and the mixin's message."""

import json
import re

import pytest
import yaml
from hypothesis import HealthCheck, example, given
from hypothesis import settings as profile
from hypothesis import strategies as st

from kubevigil.bundle.evaluation import evaluate

from .helm import CHART, NAMESPACE, ROOT, Helm, Object, Objects, Refused, Values, ci, joined

CASES = {path.stem: path for path in sorted((ROOT / "tests" / "rules" / "routes_cases").glob("*.json"))}
"""Lists and the objects that are to be made of them; the mixin's tests have the same."""

ONE: Values = {"mode": "cluster", "matcherStrategy": "None", "secret": {"name": "slack"}}
LINKS = {"runbookUrl": "https://books.test", "grafanaUrl": "https://grafana.test", "logsUrl": "https://logs.test"}


def configs(helm: Helm, slack: Values, rules: Values | None = None) -> Objects:
    return Objects(helm.objects({"slack": slack, "rules": rules or {}}).of("AlertmanagerConfig"))


def slack_configs(objects: Objects) -> list[Object]:
    receivers = [receiver for item in objects for receiver in item["spec"]["receivers"]]
    return [config for receiver in receivers for config in receiver.get("slackConfigs", [])]


def committed() -> Object:
    """The mixin's message, as rendered for the chart."""
    read = yaml.safe_load((CHART / "files" / "slack.yaml").read_text(encoding="utf-8"))
    assert isinstance(read, dict)
    return read


def specs(objects: list[Object]) -> dict[str, Object]:
    """By namespace."""
    return {item["metadata"]["namespace"]: item["spec"] for item in objects}


def test_the_values_and_their_defaults_are_the_mixins() -> None:
    ours = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))["slack"]
    theirs = evaluate("mixin._config.slack", {})
    del theirs["apiUrl"]  # an AlertmanagerConfig takes the address of a bot's API from a Secret
    assert ours == theirs


@pytest.mark.parametrize("name", CASES)
def test_a_list_gives_the_routes_that_it_gives_elsewhere(helm3: Helm, helm4: Helm, name: str) -> None:
    case = json.loads(CASES[name].read_text(encoding="utf-8"))
    assert case["namespace"] == NAMESPACE
    for helm in (helm3, helm4):
        found = [_without_the_message(item) for item in configs(helm, case["slack"])]
        for item in found:
            del item["spec"]["inhibitRules"]
            item["metadata"] = {"namespace": item["metadata"]["namespace"]}
        assert found == case["objects"]


def _without_the_message(item: Object) -> Object:
    for config in slack_configs(Objects([item])):
        for field in committed()["slackConfig"]:
            del config[field]
    return item


@pytest.mark.parametrize("links", [{}, {"runbookUrl": "https://books.test"}, LINKS], ids=["none", "one", "all"])
def test_the_object_is_the_mixins_to_the_last_word(helm: Helm, links: Values) -> None:
    expected = evaluate("mixin.alertmanager.configs", {"slack": ONE, "namespace": NAMESPACE, **links})
    assert specs(configs(helm, ONE, links)) == specs(expected)


_NAMES = st.text("ab-", min_size=1, max_size=5)
_GLOBS = st.lists(st.text("ab-.*?", min_size=1, max_size=5), max_size=3)
_TEXTS = st.text("ab |.*\\\"'()[]{}=~!&<>é", max_size=8)
_MATCHERS = st.builds(
    lambda name, space, kind, value: f"{name}{space}{kind}{space}{json.dumps(value, ensure_ascii=False)}",
    st.sampled_from(["team", "owner_2"]),
    st.sampled_from(["", " "]),
    st.sampled_from(["=", "!=", "=~", "!~"]),
    _TEXTS,
)
_SEVERITIES = st.sampled_from([["critical"], ["warning"], ["critical", "warning"], ["warning", "critical"]])
_MENTIONS = st.lists(st.sampled_from(["@here", "@channel", "@everyone", "S0A", "U0B", "W0C"]), max_size=3)
_ROUTES = st.lists(
    st.fixed_dictionaries(
        {"name": _NAMES},
        optional={
            "namespaces": _GLOBS,
            "matchers": st.lists(_MATCHERS, max_size=2),
            "severities": _SEVERITIES,
            "mentions": _MENTIONS,
            "channel": st.sampled_from(["#a", "C0B", ""]),
            "secret": st.fixed_dictionaries({}, optional={"name": _NAMES.map(lambda name: f"s{name}s"), "key": _NAMES}),
            "sendResolved": st.booleans(),
        },
    ),
    max_size=3,
    unique_by=lambda route: route["name"],
)
_LISTS = st.fixed_dictionaries(
    {
        "mode": st.sampled_from(["perNamespace", "cluster"]),
        "matcherStrategy": st.just("None"),
        "secret": st.just({"name": "slack"}),
        "tokenType": st.just("bot"),
        "channel": st.just("#all"),
        "routes": _ROUTES,
    },
    optional={
        "severities": _SEVERITIES,
        "mentions": _MENTIONS,
        "sendResolved": st.booleans(),
        "ownerRouting": st.booleans(),
        "ignore": st.fixed_dictionaries({"namespaces": _GLOBS, "containers": _GLOBS}),
    },
)


_WITHOUT_THE_MESSAGE = """
[
  object { spec+: { receivers: [
    { name: receiver.name } + (if 'slackConfigs' in receiver then { slackConfigs: [
      { [key]: config[key] for key in std.objectFields(config) if !(key in mixin.alertmanager.chart.slackConfig) }
      for config in receiver.slackConfigs
    ] } else {})
    for receiver in super.receivers
  ] } }
  for object in mixin.alertmanager.configs
]
"""
"""jsonnet makes what is asked for only, and the message takes it seconds."""


@profile(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_LISTS)
@example(joined(ONE, {"tokenType": "bot", "channel": "#all", "routes": [{"name": "a", "matchers": ['team = "="']}]}))
def test_whatever_the_list_is_chart_and_mixin_agree(helm: Helm, slack: Object) -> None:
    expected = evaluate(_WITHOUT_THE_MESSAGE, {"slack": slack, "namespace": NAMESPACE})
    found = [_without_the_message(item) for item in configs(helm, slack)]
    assert specs(found) == specs(expected)


def test_nothing_is_made_before_a_secret_is_named(helm: Helm) -> None:
    assert helm.objects().of("AlertmanagerConfig", "Secret") == []
    assert configs(helm, {"mode": "cluster", "matcherStrategy": "None"}) == []


def test_mode_values_is_not_the_charts_to_make(helm: Helm) -> None:
    assert configs(helm, {"secret": {"name": "slack"}}) == []


def test_no_placeholder_is_left_and_no_template_is_touched(helm: Helm) -> None:
    for rules in ({}, LINKS):
        (found,) = slack_configs(configs(helm, ONE, rules))
        assert re.findall("@[A-Z]+@", str(found)) == []
        assert found["text"] == committed()["slackConfig"]["text"]


def test_a_button_is_there_only_if_it_leads_somewhere(helm: Helm) -> None:
    def buttons(rules: Values) -> list[str]:
        return [button["text"] for button in slack_configs(configs(helm, ONE, rules))[0]["actions"]]

    assert buttons({}) == ["Silence"]
    assert buttons({"runbookUrl": LINKS["runbookUrl"]}) == ["Runbook", "Silence"]
    assert buttons({"grafanaUrl": LINKS["grafanaUrl"]}) == ["Dashboard", "Silence"]
    assert buttons({"logsUrl": LINKS["logsUrl"]}) == ["Logs", "Silence"]


def test_links_to_alertmanager_are_its_own_unless_an_address_is_given(helm: Helm) -> None:
    (own,) = slack_configs(configs(helm, ONE))
    (given_,) = slack_configs(configs(helm, joined(ONE, {"externalUrl": "https://alerts.test/"})))
    assert own["actions"][-1]["url"].startswith("{{ .ExternalURL }}/#/silences")
    assert given_["actions"][-1]["url"].startswith("https://alerts.test/#/silences")


def test_an_end_is_not_told_where_the_route_says_so_though_all_others_are(helm: Helm) -> None:
    quiet = {"name": "quiet", "sendResolved": False}
    (route, rest) = slack_configs(configs(helm, joined(ONE, {"routes": [quiet]})))
    assert (route["sendResolved"], rest["sendResolved"]) == (False, True)


def test_inhibitions_are_the_mixins(helm: Helm) -> None:
    (item,) = configs(helm, ONE)
    assert item["spec"]["inhibitRules"] == committed()["inhibitRules"]


def test_a_bare_equals_sign_is_text_to_every_reader(helm: Helm) -> None:
    said = helm.run(["template", "vigil", str(CHART)], {"slack": joined(ONE, {"severities": ["critical"]})})
    assert 'matchType: "="' in said
    assert "matchType: =\n" not in said


def test_releases_do_not_clash_in_a_namespace_that_both_send_from(helm: Helm) -> None:
    slack = ci("slack-namespaces")["slack"]
    seen: list[tuple[str, str, str]] = []
    for release in ("one", "two"):
        for home in ("monitoring", "elsewhere"):
            objects = helm.objects({"slack": slack, "namespaceOverride": home}, release=release)
            seen += Objects(objects.of("AlertmanagerConfig")).identities()
    assert len(set(seen)) == len(seen) == 4 * 3


@pytest.mark.parametrize("release", ["r" * 53, "a"])
def test_names_are_valid_however_long_they_are(helm: Helm, release: str) -> None:
    values = {"slack": ci("slack-namespaces")["slack"], "namespaceOverride": "n" * 63, "nameOverride": "m" * 63}
    for _, _, name in Objects(helm.objects(values, release=release).of("AlertmanagerConfig")).identities():
        assert re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*", name)
        assert len(name) <= 253


ROUTE = {"name": "a"}
NOT_SLACK: dict[str, tuple[Values, str]] = {
    "a misspelt value": ({"chanel": "#a"}, "'chanel' not allowed"),
    "a misspelt value of a route": ({"routes": [{"name": "a", "chanel": "#a"}]}, "'chanel' not allowed"),
    "a webhook's address": ({"secret": {"url": "https://hooks.test/secret"}}, "'url' not allowed"),
    "an unknown mode": ({"mode": "everywhere"}, "/slack/mode"),
    "an unknown strategy": ({"matcherStrategy": "Some"}, "/slack/matcherStrategy"),
    "a route without a name": ({"routes": [{"channel": "#a"}]}, "/slack/routes/0"),
    "a route in capitals": ({"routes": [{"name": "A"}]}, "/slack/routes/0/name"),
    "two routes of a name": ({"routes": [ROUTE, ROUTE]}, "two routes of the name a"),
    "an unknown severity": ({"severities": ["info"]}, "/slack/severities/0"),
    "no severity": ({"severities": []}, "/slack/severities"),
    "a mention without a sign": ({"mentions": ["here"]}, "/slack/mentions/0"),
    "a mention of a name": ({"mentions": ["@alice"]}, "/slack/mentions/0"),
    "a mention that is markup": ({"mentions": ["<!here>"]}, "/slack/mentions/0"),
    "a channel that is a template": ({"channel": "{{ .x }}"}, "/slack/channel"),
    "a namespace in capitals": ({"ignore": {"namespaces": ["Dev"]}}, "/slack/ignore/namespaces/0"),
    "a namespace as a regular expression": ({"ignore": {"namespaces": ["a|b"]}}, "/slack/ignore/namespaces/0"),
    "a matcher without a sign": ({"routes": [{**ROUTE, "matchers": ["team"]}]}, "/slack/routes/0/matchers/0"),
    "a matcher with an open quote": ({"routes": [{**ROUTE, "matchers": ['a="b']}]}, "/slack/routes/0/matchers/0"),
    "a matcher with a quote too many": ({"routes": [{**ROUTE, "matchers": ['a="b"c"']}]}, "/slack/routes/0/matchers/0"),
    "two matchers in one": ({"routes": [{**ROUTE, "matchers": ['a="b",c="d"']}]}, "/slack/routes/0/matchers/0"),
    "a time without a unit": ({"groupWait": "30"}, "/slack/groupWait"),
    "an unknown reason": ({"ignore": {"reasons": ["OOMKiled"]}}, '"OOMKiled"; there are: CrashLoopBackOff, '),
    "owners' channels by a webhook": ({"ownerRouting": True}, "slack.ownerRouting needs slack.tokenType bot"),
    "edited messages by a webhook": ({"updateMessage": True}, "slack.updateMessage needs slack.tokenType bot"),
    "a bot without a channel": ({"tokenType": "bot", "secret": {"name": "s"}}, "slack.channel is not set"),
    "another channel of the same webhook": ({"routes": [{**ROUTE, "channel": "#a"}]}, "channel of a needs"),
    "an address that is a template": ({"externalUrl": "https://{{ .x }}"}, "/slack/externalUrl"),
    "the strategy that hides": (
        joined(ONE, {"matcherStrategy": "OnNamespace"}),
        "alertmanagerConfigMatcherStrategy.type=None",
    ),
    "a strategy that is not known": (joined(ONE, {"matcherStrategy": ""}), "set slack.matcherStrategy"),
    "the third strategy without the namespace": (
        joined(ONE, {"matcherStrategy": "OnNamespaceExceptForAlertmanagerNamespace"}),
        "set slack.alertmanagerNamespace",
    ),
}


@pytest.mark.parametrize("title", NOT_SLACK)
def test_what_cannot_be_is_refused_with_what_to_do(helm3: Helm, helm4: Helm, title: str) -> None:
    slack, said = NOT_SLACK[title]
    for helm in (helm3, helm4):
        with pytest.raises(Refused) as refused:
            helm.objects({"slack": slack})
        assert said in str(refused.value)


def test_all_that_is_wrong_is_told_at_once(helm: Helm) -> None:
    with pytest.raises(Refused) as refused:
        configs(helm, {"ownerRouting": True, "updateMessage": True, "routes": [ROUTE, ROUTE]})
    for word in ("ownerRouting", "updateMessage", "two routes"):
        assert word in str(refused.value)
