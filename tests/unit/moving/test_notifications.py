"""Channels become routes, ignored containers an ignore list that never silences another namespace unseen."""

from kubevigil.moving.notifications import ignored, routes
from kubevigil.moving.remarks import Verdict
from kubevigil.moving.rows import Channel, Ignored


def test_each_namespace_has_a_route_of_its_own() -> None:
    step = routes([Channel("shop", "b"), Channel("pay", "#a")])
    assert step.values == {
        "slack.routes": [
            {"name": "pay", "namespaces": ["pay"], "channel": "#a"},
            {"name": "shop", "namespaces": ["shop"], "channel": "#b"},
        ]
    }
    assert [(one.verdict, one.ours) for one in step.remarks] == [
        (Verdict.TAKEN, "slack.routes[0]"),
        (Verdict.CHANGED, "slack.routes[1]"),
    ]


def test_a_channel_that_is_none_is_left() -> None:
    step = routes([Channel("shop", "")])
    assert (step.values, [one.verdict for one in step.remarks]) == ({}, [Verdict.LEFT])


def test_names_that_kubernetes_has_not_are_left() -> None:
    assert [one.verdict for one in routes([Channel("a.b", "x"), Channel("A", "x"), Channel("", "x")]).remarks] == [
        Verdict.LEFT
    ] * 3
    step = ignored([Ignored("*", "app"), Ignored("dev", "a*")], [])
    assert (step.values, [one.verdict for one in step.remarks]) == ({}, [Verdict.LEFT] * 2)


def test_a_container_of_one_namespace_is_ignored_by_its_name() -> None:
    step = ignored([Ignored("shop", "proxy")], [("shop", "proxy"), ("pay", "app")])
    assert step.values == {"slack.ignore.containers": ["proxy"]}
    assert [one.verdict for one in step.remarks] == [Verdict.CHANGED]


def test_a_name_that_another_namespace_has_is_not_silenced_there() -> None:
    step = ignored([Ignored("dev", "app")], [("dev", "app"), ("pay", "app")])
    assert step.values == {}
    assert [(one.verdict, "pay" in one.why) for one in step.remarks] == [(Verdict.LEFT, True)]


def test_a_name_that_is_ignored_wherever_it_is_is_ignored_once() -> None:
    step = ignored([Ignored("dev", "app"), Ignored("pay", "app")], [("dev", "app"), ("pay", "app")])
    assert step.values == {"slack.ignore.containers": ["app"]}
    assert len(step.remarks) == 2
