"""Alertmanager's matchers and routes: who gets an alert. tests/rules compares the same with amtool."""

from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubevigil.doctor.matchers import BadMatcher, Matcher, all_match, parsed
from kubevigil.doctor.routes import Config, Route, landings


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('a="b"', ['a="b"']),
        ("a=b", ['a="b"']),
        (' a != "b c" ', ['a!="b c"']),
        ('a=~"x|y",b!~z', ['a=~"x|y"', 'b!~"z"']),
        ('{a="b", c="d,e"}', ['a="b"', 'c="d,e"']),
        (r'a="q\"uo\\te"', ['a="q"uo\\te"']),
        ('"dotted.name"="x"', ['dotted.name="x"']),
        ("", []),
        ("{}", []),
    ],
)
def test_a_matcher_is_read_in_each_of_its_forms(text: str, expected: list[str]) -> None:
    assert [str(one) for one in parsed([text])] == expected


@pytest.mark.parametrize("text", ["a", "=x", 'a="b" c="d"', "a=b}", 'a=~"'])
def test_what_is_no_matcher_is_refused(text: str) -> None:
    with pytest.raises(BadMatcher):
        list(parsed([text]))


@given(st.text(max_size=40))
def test_no_text_ends_the_reader_otherwise(text: str) -> None:
    with suppress(BadMatcher):
        all_match(list(parsed([text])), {"a": "b"})


@given(
    st.from_regex(r"[a-z_]{1,8}", fullmatch=True),
    st.sampled_from(["=", "!=", "=~", "!~"]),
    st.text(st.characters(exclude_characters="\n", codec="utf-8"), max_size=20),
)
def test_a_quoted_value_is_read_as_it_was_written(name: str, op: str, value: str) -> None:
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    assert list(parsed([f'{name}{op}"{quoted}"'])) == [Matcher(name, op, value)]


@pytest.mark.parametrize(
    ("matcher", "labels", "expected"),
    [
        (Matcher("a", "=", ""), {}, True),
        (Matcher("a", "!=", "x"), {}, True),
        (Matcher("a", "=~", "ab"), {"a": "abc"}, False),
        (Matcher("a", "=~", "bc"), {"a": "abc"}, False),
        (Matcher("a", "=~", "x|abc"), {"a": "abc"}, True),
        (Matcher("a", "!~", "a.*"), {"a": "abc"}, False),
        (Matcher("a", "=~", "(?i)ABC"), {"a": "abc"}, True),
    ],
    ids=str,
)
def test_patterns_are_of_whole_values_and_an_absent_label_is_empty(
    matcher: Matcher, labels: dict[str, str], expected: bool
) -> None:
    assert matcher.matches(labels) is expected


def test_a_pattern_that_python_does_not_know_is_refused_and_not_guessed() -> None:
    with pytest.raises(BadMatcher, match="not understood"):
        Matcher("a", "=~", r"\pN+").matches({"a": "1"})


def tree(**root: Any) -> Route:
    return msgspec.convert({"receiver": "root", **root}, Route)


def led(root: Route, **labels: str) -> list[str]:
    return [place.receiver for place in landings(root, labels)]


def test_the_first_route_that_matches_takes_the_alert() -> None:
    root = tree(
        routes=[
            {"receiver": "pay", "matchers": ['namespace="pay"']},
            {"receiver": "again", "matchers": ['namespace=~"pay|shop"']},
        ]
    )
    assert led(root, namespace="pay") == ["pay"]
    assert led(root, namespace="shop") == ["again"]
    assert led(root, namespace="other") == ["root"]


def test_continue_lets_later_routes_have_it_too() -> None:
    root = tree(
        routes=[
            {"receiver": "log", "continue": True},
            {"receiver": "pay", "match": {"namespace": "pay"}},
        ]
    )
    assert led(root, namespace="pay") == ["log", "pay"]
    assert led(root, namespace="shop") == ["log"]


def test_a_child_has_its_receiver_from_its_parent_and_the_way_is_told() -> None:
    root = tree(
        routes=[
            {"match_re": {"namespace": "pay.*"}, "receiver": "pay", "routes": [{"matchers": ["severity=critical"]}]}
        ]
    )
    (place,) = landings(root, {"namespace": "pay-eu", "severity": "critical"})
    assert (place.receiver, place.why) == ("pay", '[namespace=~"pay.*"] > [severity="critical"]')


def test_times_of_a_parent_are_not_those_of_its_child() -> None:
    root = tree(routes=[{"mute_time_intervals": ["night"], "routes": [{"matchers": ["a=b"]}]}])
    assert [place.muted_at for place in landings(root, {"a": "b"})] == [()]
    assert [place.muted_at for place in landings(root, {})] == [("night",)]


def test_a_receiver_tells_by_the_lists_that_it_has() -> None:
    config = Config(receivers=({"name": "x", "slack_configs": [{}], "email_configs": []}, {"name": "null"}))
    assert [config.integrations(name) for name in ("x", "null", "nobody")] == [["slack"], [], []]
