"""The day of a crash's index: that of its end, unless its end cannot have been then."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kubevigil.model.clock import rfc3339
from kubevigil.model.record import Record
from kubevigil.store.index_day import index_day

from .making import NOW, record

DAY = 86_400.0
MIDNIGHT = 1_700_006_400.0
"""2023-11-15 00:00 UTC."""


def ended(finished: str | None, observed: str | None, started: str | None = None) -> Record:
    crash = record(1)
    times = {"finished_at": finished, "observed_at": observed or "", "started_at": started}
    return replace(crash, termination=replace(crash.termination, **times))


@pytest.mark.parametrize(
    ("finished", "observed", "started", "day"),
    [
        ("2023-11-14T23:59:59Z", "2023-11-15T00:00:01.500Z", "2023-11-14T23:00:00Z", "2023-11-14"),
        ("2023-11-15T00:00:00Z", "2023-11-15T00:00:00.900Z", None, "2023-11-15"),
        (None, "2023-11-15T00:00:01.500Z", None, "2023-11-15"),
        ("", "2023-11-15T00:00:01.500Z", None, "2023-11-15"),
        ("no time", "2023-11-15T00:00:01.500Z", None, "2023-11-15"),
        ("1970-01-01T00:00:00Z", "2023-11-15T00:00:01.500Z", "1970-01-01T00:00:00Z", "2023-11-15"),
        ("2023-11-16T00:00:00Z", "2023-11-15T23:59:59.500Z", None, "2023-11-15"),
        ("2023-11-14T10:00:00Z", "2023-11-15T00:00:01.500Z", "2023-11-14T10:00:01Z", "2023-11-15"),
        ("2023-11-14T10:00:00Z", "2023-11-15T00:00:01.500Z", "2023-11-14T10:00:00Z", "2023-11-14"),
        ("2023-11-08T00:00:01Z", "2023-11-15T00:00:00Z", None, "2023-11-08"),
        ("2023-11-07T23:59:59Z", "2023-11-15T00:00:00Z", None, "2023-11-15"),
        ("2023-11-15T01:30:00+02:00", "2023-11-15T00:00:00Z", None, "2023-11-14"),
        ("2023-11-13T10:00:00Z", None, None, "2023-11-13"),
        (None, None, None, "2023-11-14"),
    ],
    ids=[
        "ended before midnight and seen after it",
        "ended at midnight",
        "no end",
        "an empty end",
        "an end that is no time",
        "never started",
        "ended after it was observed",
        "ended before it started",
        "ended as it started",
        "ended less than a week before it was observed",
        "ended more than a week before it was observed",
        "another offset",
        "observed at no time",
        "no time at all",
    ],
)
def test_the_day_is_that_of_the_end_if_it_can_be_and_of_the_observation_if_not(
    finished: str | None, observed: str | None, started: str | None, day: str
) -> None:
    assert index_day(ended(finished, observed, started), NOW) == day


STAMPS = st.none() | st.text(max_size=30) | st.floats(-1e9, 4e9).map(rfc3339)


@given(STAMPS, STAMPS, STAMPS)
def test_whatever_the_api_tells_the_day_is_a_day_and_the_same_each_time(
    finished: str | None, observed: str | None, started: str | None
) -> None:
    crash = ended(finished, observed, started)
    day = index_day(crash, NOW)
    assert (len(day), day[4], day[7]) == (10, "-", "-")
    assert day == index_day(crash, NOW)


@given(st.floats(0, 6 * DAY), st.floats(0, 7 * DAY))
def test_no_day_is_later_than_the_observation_or_more_than_a_week_before(late: float, before: float) -> None:
    observed = MIDNIGHT + late
    day = index_day(ended(rfc3339(observed - before), rfc3339(observed)), NOW)
    assert rfc3339(observed - 7 * DAY)[:10] <= day <= rfc3339(observed)[:10]
