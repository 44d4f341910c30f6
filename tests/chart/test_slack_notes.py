"""What an installation tells of Slack."""

import pytest

from .helm import Helm, Values, ci, joined
from .test_slack import ONE, ROUTE

BOT: Values = joined(ONE, {"tokenType": "bot", "channel": "#all"})


@pytest.mark.parametrize(
    ("slack", "line"),
    [
        ({}, "slack        off: slack.secret.name names no Secret"),
        ({"secret": {"name": "s"}}, "slack        by the values of kube-prometheus-stack"),
        ({"secret": {"name": "s"}}, "kubevigil render alertmanager --format helm-values"),
        (ONE, "slack        an AlertmanagerConfig in monitoring, for the rest\n"),
        (ONE, "for all namespaces: the matcher strategy is None, from slack.matcherStrategy\n"),
        (joined(ONE, {"alertmanagerNamespace": "alerts"}), "an AlertmanagerConfig in alerts, for the rest\n"),
        (joined(BOT, {"ownerRouting": True, "routes": [ROUTE]}), "for the owners' channels, a, the rest\n"),
        (
            ci("slack-namespaces")["slack"],
            "an AlertmanagerConfig in default, for the owners' channels, shop, shop-team-a\n",
        ),
        (
            joined(ONE, {"mode": "perNamespace", "routes": [ROUTE]}),
            "left out: route a, which has no secret of its own\n",
        ),
        (
            joined(ONE, {"mode": "perNamespace", "routes": [{**ROUTE, "secret": {"name": "a"}}]}),
            "left out: route a, which names no namespace\n",
        ),
        (
            joined(ONE, {"mode": "perNamespace", "routes": [{**ROUTE, "namespaces": ["x*"], "secret": {"name": "a"}}]}),
            "left out: x* of route a, since only namespaces by name get an AlertmanagerConfig\n",
        ),
    ],
)
def test_the_notes_tell_who_is_told_and_what_is_missing(helm4: Helm, slack: Values, line: str) -> None:
    assert line in helm4.notes({"slack": slack})
