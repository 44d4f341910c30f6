"""The table that a measurement prints."""

import pytest

from tests.perf.table import Row, aligned, megabytes, number, seconds, size, table


@pytest.mark.parametrize(
    ("value", "told"),
    [(2.5, "2.5 s"), (0.0423, "42.3 ms"), (0.0000617, "61.7 µs"), (1.0, "1 s")],
    ids=["seconds", "milliseconds", "microseconds", "one second"],
)
def test_a_time_is_told_in_the_unit_that_suits(value: float, told: str) -> None:
    assert seconds(value) == told


def test_a_ratio_above_what_is_wanted_says_no() -> None:
    lines = table([Row("good", 1, 4, number, 0.3), Row("bad", 2, 4, number, 0.3), Row("open", 1, 1, number)])
    assert [line.split()[-1] for line in lines[1:]] == ["yes", "no", "1.000"]


def test_nothing_on_their_side_is_no_fault() -> None:
    assert table([Row("idle", 0.5, 0.0, seconds)])[1].split() == ["idle", "500", "ms", "0", "µs", "inf"]


def test_columns_stand_below_each_other() -> None:
    lines = aligned([("", "a"), ("long name", "1"), ("x", "1,000")])
    assert lines == ["               a", "long name      1", "x          1,000"]


def test_sizes_are_in_units_of_a_million() -> None:
    assert (size(1_234_567), megabytes(1234.4)) == ("1.23 MB", "1,234 MB")
