"""A value that the mixin does not know, or of another type, is named with what was meant."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubevigil.bundle.configuration import mistakes

DEFAULTS: dict[str, Any] = {
    "source": "exporter",
    "podsNamed": 5,
    "ownerRouting": True,
    "ratio": 0.5,
    "anything": None,
    "labels": {},
    "routes": [],
    "alerts": {"KubevigilOutboxBacklog": {"severity": "warning", "minutes": 15}},
    "slack": {"secret": {"name": ""}},
}


@pytest.mark.parametrize(
    ("given", "path", "advice"),
    [
        ({"podNamed": 5}, "podNamed", "unknown; did you mean podsNamed?"),
        ({"slack": {"secret": {"nam": "x"}}}, "slack.secret.nam", "unknown; did you mean slack.secret.name?"),
        ({"alerts": {"Zzz": {}}}, "alerts.Zzz", "unknown; there are: KubevigilOutboxBacklog"),
        ({"podsNamed": "5"}, "podsNamed", "text, where a number is expected, such as 5"),
        ({"podsNamed": True}, "podsNamed", "true or false, where a number is expected, such as 5"),
        ({"ownerRouting": 1}, "ownerRouting", "a number, where true or false is expected, such as true"),
        ({"source": False}, "source", "true or false, where text is expected; put it in quotes"),
        ({"source": ["both"]}, "source", "a list, where text is expected"),
        ({"slack": "on"}, "slack", "text, where a map is expected"),
        ({"routes": {}}, "routes", "a map, where a list is expected"),
        ({"slack": None}, "slack", "nothing, where a map is expected; leave the key out for the default"),
        ({"podsNamed": None}, "podsNamed", "nothing, where a number is expected, such as 5"),
    ],
)
def test_a_mistake_says_where_what_and_what_is_expected(given: dict[str, Any], path: str, advice: str) -> None:
    assert [(".".join(found.path), found.advice) for found in mistakes(given, DEFAULTS)] == [(path, advice)]


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"podsNamed": 2.5},
        {"anything": {"x": [1]}},
        {"labels": {"release": "stack"}},
        {"routes": [{"name": "x"}]},
        {"alerts": {"KubevigilOutboxBacklog": None}},
    ],
)
def test_what_fits_the_defaults_is_no_mistake(given: dict[str, Any]) -> None:
    assert list(mistakes(given, DEFAULTS)) == []


def test_all_mistakes_are_told_in_the_order_of_the_file() -> None:
    found = mistakes({"x": 1, "alerts": {"KubevigilOutboxBacklog": {"minutes": "x", "y": 1}}, "routes": 1}, DEFAULTS)
    assert [mistake.path[-1] for mistake in found] == ["x", "minutes", "y", "routes"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)


@given(st.dictionaries(st.sampled_from([*DEFAULTS, "other"]), JSON))
def test_any_values_are_judged_and_each_mistake_is_at_a_key_that_was_given(values: dict[str, Any]) -> None:
    for mistake in mistakes(values, DEFAULTS):
        below: Any = values
        for key in mistake.path:
            below = below[key]


@given(st.sampled_from(sorted(DEFAULTS)))
def test_the_defaults_themselves_are_no_mistake(key: str) -> None:
    assert list(mistakes({key: DEFAULTS[key]}, DEFAULTS)) == []
