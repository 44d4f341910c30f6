"""Durations as Go's time package documents and prints them."""

from contextlib import suppress
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubevigil.healthchecks.godurations import seconds_of

UNITS: dict[str, Fraction | int] = {
    "h": 3600,
    "m": 60,
    "s": 1,
    "ms": Fraction(1, 1000),
    "us": Fraction(1, 10**6),
    "ns": Fraction(1, 10**9),
}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("1h30m", 5400),
        ("1.5h", 5400),
        ("-1.5h", -5400),
        (".5s", Fraction(1, 2)),
        ("1.s", 1),
        ("0", 0),
        ("-0", 0),
        ("+5m", 300),
        ("100ms", Fraction(1, 10)),
        ("1us1µs1μs", Fraction(3, 10**6)),
        ("1m1m1m", 180),
    ],
)
def test_the_forms_that_go_documents_are_read(text: str, seconds: Fraction) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5",
        "s",
        ".s",
        ".",
        "-",
        "5x",
        "5 m",
        " 5m",
        "5m ",
        "--5m",
        "5M",
        "1e3s",
        "\uff11s",
        "9" * 20 + "h",
        "1s" * 30,
    ],
)
def test_what_is_no_duration_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="such as 90s"):
        seconds_of(text)


@given(st.lists(st.tuples(st.decimals(0, 999, places=3), st.sampled_from(sorted(UNITS))), min_size=1, max_size=3))
def test_a_duration_is_the_sum_of_its_pieces(pieces: list[tuple[Decimal, str]]) -> None:
    wanted = sum((Fraction(str(number)) * UNITS[unit] for number, unit in pieces), Fraction(0))
    text = "".join(f"{number}{unit}" for number, unit in pieces)
    assert seconds_of(text) == wanted
    assert seconds_of(f"-{text}") == -wanted


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(ValueError):
        seconds_of(text)
