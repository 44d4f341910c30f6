import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubevigil.app.durations import seconds_in, shown


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("10m", 600),
        ("7d", 604_800),
        ("1h30m", 5_400),
        ("0s", 0),
        ("0.25s", 0.25),
        ("1d1h1m1.5s", 90_061.5),
    ],
)
def test_days_hours_minutes_and_seconds_add_up(text: str, seconds: float) -> None:
    assert seconds_in(text) == seconds


@pytest.mark.parametrize("text", ["", "10", "m", "-1s", "1m1h", "1m1m", "1.5m", " 1s", "1 s", "1w", "1S", "1.s", "٣s"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a duration such as 90s"):
        seconds_in(text)


@given(st.integers(0, 10**12))
def test_a_duration_that_is_shown_reads_as_the_same_milliseconds(milliseconds: int) -> None:
    assert round(seconds_in(shown(milliseconds / 1000)) * 1000) == milliseconds


@pytest.mark.parametrize(
    ("seconds", "text"), [(600.0, "10m"), (0.0, "0s"), (5_400, "1h30m"), (86_401, "1d1s"), (0.5, "0.5s")]
)
def test_a_duration_is_shown_in_its_largest_units(seconds: float, text: str) -> None:
    assert shown(seconds) == text


@given(st.text(max_size=12))
def test_any_text_is_a_duration_or_refused(text: str) -> None:
    try:
        seconds = seconds_in(text)
    except ValueError:
        return
    assert seconds >= 0
    assert text[-1] in "dhms"
