"""Cron expressions against the grammar that robfig/cron documents, and against a clock read minute by minute."""

from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubevigil.healthchecks.cron import Cron, first, last, parse

FROM = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp())
DAY = 86_400
YEARS_AGO = FROM - 40 * 366 * DAY


def cron(expression: str, zone: str = "UTC") -> Cron:
    return parse(expression.split(), ZoneInfo(zone) if zone != "UTC" else UTC)


def local(moment: int | None, zone: str) -> str:
    assert moment is not None
    return datetime.fromtimestamp(moment, ZoneInfo(zone)).strftime("%a %d %b %Y %H:%M")


def series(wanted: Cron, begin: int, end: int) -> list[int]:
    """All moments after `begin` and up to `end`, one by one."""
    found: list[int] = []
    moment = first(wanted, begin)
    while moment is not None and moment <= end:
        found.append(moment)
        moment = first(wanted, moment)
    return found


@pytest.mark.parametrize(
    ("expression", "following"),
    [
        ("* * * * *", "Wed 01 Jan 2025 00:01"),
        ("? ? ? ? ?", "Wed 01 Jan 2025 00:01"),
        ("*/7 * * * *", "Wed 01 Jan 2025 00:07"),
        ("5/15 * * * *", "Wed 01 Jan 2025 00:05"),
        ("10-20/4,58 0 * * *", "Wed 01 Jan 2025 00:10"),
        ("0 0 * * 7", "Sun 05 Jan 2025 00:00"),
        ("0 0 * * 0", "Sun 05 Jan 2025 00:00"),
        ("0 0 * * sun", "Sun 05 Jan 2025 00:00"),
        ("0 0 * * SAT-7", "Sat 04 Jan 2025 00:00"),
        ("0 0 * JUN-Aug *", "Sun 01 Jun 2025 00:00"),
        ("0 0 13 * 5", "Fri 03 Jan 2025 00:00"),  # one of the two will do
        ("0 0 13 * *", "Mon 13 Jan 2025 00:00"),
        ("0 0 */2 * 1", "Fri 03 Jan 2025 00:00"),  # a step over a star is no star
        ("0 0 */1 * 1", "Mon 06 Jan 2025 00:00"),  # but one by 1 is
        ("0 0 *,1 * 1", "Mon 06 Jan 2025 00:00"),
        ("0 0 1 * 1", "Mon 06 Jan 2025 00:00"),
        ("0 12 29 2 *", "Tue 29 Feb 2028 12:00"),
        ("0 12 29 2 ?", "Tue 29 Feb 2028 12:00"),
        ("+5 02 1,,2 * *", "Wed 01 Jan 2025 02:05"),
        ("0 0 1 */99 *", "Thu 01 Jan 2026 00:00"),
        ("*-9 0 1 1 *", "Wed 01 Jan 2025 00:01"),  # what follows a star is not looked at
        ("0 0 * * */5", "Fri 03 Jan 2025 00:00"),  # Sunday and Friday, as its own numbers are 0 to 6
    ],
)
def test_expressions_mean_what_they_do_for_robfig_cron(expression: str, following: str) -> None:
    assert local(first(cron(expression), FROM), "UTC") == following


@pytest.mark.parametrize(
    ("expression", "complaint"),
    [
        ("60 * * * *", "the minute '60' is not within 0 to 59"),
        ("* 24 * * *", "the hour '24'"),
        ("* * 0 * *", "the day of month '0'"),
        ("* * 32 * *", "the day of month '32'"),
        ("* * * 0 *", "the month '0'"),
        ("* * * 13 *", "the month '13'"),
        ("* * * * 8", "the day of week '8'"),
        ("* * * * MONDAY", "the day of week has 'MONDAY'"),
        ("* * * MAI *", "the month has 'MAI'"),
        ("MON * * * *", "the minute has 'MON'"),
        ("9-5 * * * *", "in order"),
        ("* * * * sun-8", "the day of week"),
        ("*/0 * * * *", "steps of 1"),
        ("*/-1 * * * *", "the step has '-1'"),
        ("*/x * * * *", "the step has 'x'"),
        ("*/ * * * *", "the step has ''"),
        ("1/2/3 * * * *", "no number, range or step"),
        ("1-2-3 * * * *", "no number, range or step"),
        ("-5 * * * *", "the minute has ''"),
        ("5- * * * *", "the minute has ''"),
        (", * * * *", "the minute is empty"),
        ("0x1 * * * *", "the minute has '0x1'"),
        ("1_0 * * * *", "the minute has '1_0'"),
        ("٣ * * * *", "the minute has"),
        ("* * L * *", "the day of month has 'L'"),
        ("* * * * 5#2", "the day of week has '5#2'"),
        ("99999999999999999999 * * * *", "the minute has"),
        ("0 0 31 2,4 *", "no month of those wanted has a day 31"),
        ("0 0 30 FEB *", "no month of those wanted has a day 30"),
    ],
)
def test_what_the_grammar_does_not_have_is_refused_by_the_field(expression: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        cron(expression)


def test_an_open_step_over_the_days_of_the_week_ends_with_saturday() -> None:
    assert cron("0 0 * * 5/2").weekdays == {5}
    assert cron("0 0 * * 1/2").weekdays == {1, 3, 5}
    assert cron("0 0 * * 7/2").weekdays == {0}
    assert cron("0 0 * * */1").weekdays == {0, 1, 2, 3, 4, 5, 6}


def test_a_date_that_a_zone_left_out_comes_with_the_next_one_shown() -> None:
    zone = "Pacific/Apia"  # went over the date line: December 29 was followed by December 31, 2011
    begin = int(datetime(2011, 12, 29, 12, tzinfo=ZoneInfo(zone)).timestamp())
    thirtieth = cron("30 2 30 * *", zone)
    assert local(first(thirtieth, begin), zone) == "Sat 31 Dec 2011 00:00"
    assert local(last(thirtieth, begin + DAY, begin), zone) == "Sat 31 Dec 2011 00:00"


def test_a_day_that_never_comes_does_no_harm_beside_a_day_of_the_week() -> None:
    assert local(first(cron("0 0 31 2 1"), FROM), "UTC") == "Mon 03 Feb 2025 00:00"


def test_the_rarest_day_is_found_and_what_lies_before_the_creation_is_not() -> None:
    rare = cron("0 0 29 2 */6")
    found = first(rare, FROM)
    assert found is not None
    assert last(rare, found - 1, found - 1) is None
    assert last(rare, found, found) == found
    assert last(rare, found, found + 1) is None


@pytest.mark.parametrize("now", [-1e18, 1e18, 3e11, float(-(2**62))])
def test_a_clock_of_another_age_gives_no_moment(now: float) -> None:
    assert first(cron("* * * * *"), now) is None
    assert last(cron("* * * * *"), now, 0) is None


NUMBER = {0: (0, 59), 1: (0, 23), 2: (1, 28), 3: (1, 12), 4: (0, 7)}


@st.composite
def fields(draw: st.DrawFn, index: int) -> str:
    low, high = NUMBER[index]
    kind = draw(st.sampled_from(["*", "*/n", "n", "a-b", "a-b/n", "a/n", "list"]))
    one, two = sorted(draw(st.tuples(st.integers(low, high), st.integers(low, high))))
    step = draw(st.integers(1, 20))
    return {
        "*": "*",
        "*/n": f"*/{step}",
        "n": str(one),
        "a-b": f"{one}-{two}",
        "a-b/n": f"{one}-{two}/{step}",
        "a/n": f"{one}/{step}",
        "list": f"{two},{one}",
    }[kind]


EXPRESSIONS = st.tuples(*(fields(index) for index in range(5))).map(" ".join)
ZONES = st.sampled_from(
    [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",  # by half an hour
        "America/St_Johns",  # until 2011 a minute after midnight, back into the day before
        "Africa/Cairo",  # at midnight
        "Atlantic/Azores",
        "Asia/Kathmandu",
        "Pacific/Apia",  # left out the whole of December 30, 2011
        "America/Havana",
    ]
)
TURNS = st.sampled_from(
    ["2009-11-01", "2011-12-30", "2010-04-02", "2025-03-30", "2025-10-26", "2025-03-09", "2025-11-02", "2025-04-06"]
).map(lambda day: int(datetime.fromisoformat(day + "T00:00:00+00:00").timestamp()))
MOMENTS = st.one_of(st.integers(FROM, FROM + 3650 * DAY), TURNS).map(lambda moment: moment // 60 * 60)


def matches(wanted: Cron, wall: datetime) -> bool:
    return wall.hour * 60 + wall.minute in wanted.times and wanted.on(wall.date())


@cache
def read_by_minute(wanted: Cron, begin: int, end: int) -> list[int]:
    """The truth: a person who reads the clock each minute, and knows which times of day have been."""
    found, shown = [], set()
    before = datetime.fromtimestamp(begin - 2 * DAY, wanted.zone).replace(tzinfo=None)
    for moment in range(begin - 2 * DAY + 60, end + 60, 60):
        wall = datetime.fromtimestamp(moment, wanted.zone).replace(tzinfo=None)
        left_out = []
        while not wanted.every_hour and before + timedelta(minutes=1) < wall:
            before += timedelta(minutes=1)
            left_out.append(before)
        again = wall in shown and not wanted.every_hour
        if (matches(wanted, wall) and not again) or any(matches(wanted, missing) for missing in left_out):
            found.append(moment)
        shown.add(wall)
        before = wall
    return [moment for moment in found if moment > begin]


@given(EXPRESSIONS, ZONES, MOMENTS)
@settings(max_examples=60)
def test_first_and_last_are_what_a_clock_read_by_the_minute_shows(expression: str, zone: str, begin: int) -> None:
    wanted = cron(expression, zone)
    end = begin + 2 * DAY
    truth = read_by_minute(wanted, begin, end)
    assert series(wanted, begin, end) == truth
    for now in range(begin, end, 4 * 3600 + 17):
        seen = [moment for moment in truth if moment <= now]
        assert last(wanted, now, begin + 1) == (seen[-1] if seen else None)


@given(EXPRESSIONS, ZONES, MOMENTS, st.floats(0, 60))
@settings(max_examples=300)
def test_now_lies_between_last_and_first_and_they_agree(expression: str, zone: str, moment: int, part: float) -> None:
    wanted = cron(expression, zone)
    now = moment + part
    following = first(wanted, now)
    assert following is not None
    assert following > now
    assert last(wanted, following, YEARS_AGO) == following
    before = last(wanted, now, YEARS_AGO)
    if before is not None:
        assert before <= now
        assert first(wanted, before) == following
        assert last(wanted, following - 1, YEARS_AGO) == before


@pytest.mark.parametrize(
    ("expression", "times"),
    [
        ("30 2 * * *", ["Sun 30 Mar 2025 03:00", "Mon 31 Mar 2025 02:30"]),
        ("*/20 2 * * *", ["Sun 30 Mar 2025 03:00", "Mon 31 Mar 2025 02:00"]),
        ("*/30 2,3 * * *", ["Sun 30 Mar 2025 03:00", "Sun 30 Mar 2025 03:30", "Mon 31 Mar 2025 02:00"]),
        ("30 * * * *", ["Sun 30 Mar 2025 01:30", "Sun 30 Mar 2025 03:30"]),
    ],
)
def test_a_time_that_the_clock_leaves_out_comes_once_after_the_gap(expression: str, times: list[str]) -> None:
    zone = "Europe/Berlin"
    begin = int(datetime(2025, 3, 30, 0, 59, tzinfo=ZoneInfo(zone)).timestamp())
    found = series(cron(expression, zone), begin, begin + 3 * DAY)
    assert [local(moment, zone) for moment in found[: len(times)]] == times


def test_a_time_that_the_clock_shows_twice_comes_once_but_hourly_ones_go_on() -> None:
    zone = "Europe/Berlin"
    begin = int(datetime(2025, 10, 26, tzinfo=ZoneInfo(zone)).timestamp())
    assert len(series(cron("30 2 * * *", zone), begin, begin + 20 * 3600)) == 1
    hourly = series(cron("30 * * * *", zone), begin, begin + 20 * 3600)
    assert {later - sooner for sooner, later in pairwise(hourly)} == {3600}
