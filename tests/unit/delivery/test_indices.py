"""Names of indices."""

import pytest

from kubevigil.delivery.indices import DEFAULT_PREFIX, BadPrefix, checked_prefix, index_of


def test_an_index_is_named_for_its_day() -> None:
    assert index_of(checked_prefix(DEFAULT_PREFIX), "2026-01-31") == "k8s-crash-monitor-2026.01.31"


@pytest.mark.parametrize("prefix", ["a", "crashes", "0-crashes_", "a.b-", "x" * 245])
def test_a_prefix_that_elasticsearch_takes_is_taken(prefix: str) -> None:
    assert checked_prefix(prefix) == prefix


@pytest.mark.parametrize(
    "prefix",
    [
        "",
        "-a",
        "_a",
        "+a",
        ".a",
        "A",
        "aB",
        "a b",
        "a/",
        "a\\",
        "a*",
        "a?",
        'a"',
        "a<",
        "a|",
        "a,",
        "a#",
        "a:",
        "ä",
        "a\n",
    ],
)
def test_one_that_elasticsearch_refuses_is_refused_with_what_is_allowed(prefix: str) -> None:
    with pytest.raises(BadPrefix, match="lower-case letters"):
        checked_prefix(prefix)


def test_one_that_is_too_long_with_its_day_is_refused() -> None:
    with pytest.raises(BadPrefix, match="at most 245"):
        checked_prefix("x" * 246)


@pytest.mark.parametrize("prefix", ["logs-crash-", "metrics-", "synthetics-x", "profiling-", "security_solution-"])
def test_one_that_would_become_a_data_stream_is_refused(prefix: str) -> None:
    with pytest.raises(BadPrefix, match="data streams"):
        checked_prefix(prefix)


@pytest.mark.parametrize("day", ["", "2026.01.31", "26-01-31", "2026-01-31\n", "x2026-01-31", "٢٠٢٦-01-31"])
def test_what_is_no_day_is_refused(day: str) -> None:
    with pytest.raises(ValueError, match="no day"):
        index_of("x-", day)
