"""When checks are due: slots of periods and of cron expressions, over any sequence of looks."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubevigil.healthchecks.cron import Cron
from kubevigil.healthchecks.schedule import BadSchedule, Every, Never, following, interval, latest, schedule_of

CREATED = 1_742_900_000  # March 25, 2025

SCHEDULES = st.one_of(
    st.integers(1, 100_000).map(lambda seconds: schedule_of(seconds, "")),
    st.sampled_from(
        [
            "* * * * *",
            "*/5 * * * *",
            "@hourly",
            "@every 90s",
            "@daily",
            "CRON_TZ=Europe/Berlin 30 2 * * *",
            "TZ=America/New_York 15 1,2 * * *",
            "CRON_TZ=Australia/Lord_Howe */20 1-3 * * *",
        ]
    ).map(lambda text: schedule_of(0, text)),
)


@given(SCHEDULES, st.lists(st.floats(0, 40_000), min_size=1, max_size=60))
def test_whoever_looks_whenever_sees_each_slot_once_and_in_order(schedule: Every | Cron, steps: list[float]) -> None:
    now: float = CREATED
    seen: list[int] = []
    for step in steps:
        now += step
        slot, next_slot = latest(schedule, CREATED, now), following(schedule, CREATED, now)
        assert next_slot is not None
        assert next_slot > now
        if slot is not None:
            assert CREATED <= slot <= now
            assert following(schedule, CREATED, slot) == next_slot
            assert not seen or slot >= seen[-1]
            seen.append(slot)
    for sooner, later in pairwise(sorted(set(seen))):
        between = following(schedule, CREATED, sooner)
        assert between is not None
        assert between <= later


@given(SCHEDULES)
def test_whoever_wakes_at_each_following_slot_skips_none(schedule: Every | Cron) -> None:
    moment = following(schedule, CREATED, CREATED - 1)
    for _ in range(50):
        assert moment is not None
        assert latest(schedule, CREATED, moment) == moment
        assert latest(schedule, CREATED, moment + 0.5) == moment
        following_one = following(schedule, CREATED, moment)
        assert following_one is not None
        if following_one - moment > 1:
            assert latest(schedule, CREATED, following_one - 1) == moment
        moment = following_one


def test_a_period_lies_on_a_grid_from_the_creation_and_a_new_check_is_due_at_once() -> None:
    every = schedule_of(60, "")
    assert latest(every, CREATED, CREATED - 0.1) is None
    assert following(every, CREATED, CREATED - 0.1) == CREATED
    assert latest(every, CREATED, CREATED) == CREATED
    assert latest(every, CREATED, CREATED + 179.9) == CREATED + 120
    assert following(every, CREATED, CREATED + 120) == CREATED + 180


def test_a_cron_check_is_not_due_for_slots_before_its_creation() -> None:
    hourly = schedule_of(0, "@hourly")
    assert latest(hourly, CREATED, CREATED) is None
    slot = following(hourly, CREATED, 0)
    assert slot is not None
    assert slot > CREATED
    assert latest(hourly, slot, slot) == slot


def test_the_period_goes_before_the_expression_and_neither_is_never() -> None:
    assert schedule_of(30, "@hourly") == Every(30)
    for repeat in (0, -5):
        assert schedule_of(repeat, " ") == Never()
    assert (latest(Never(), CREATED, CREATED), following(Never(), CREATED, CREATED)) == (None, None)
    assert interval(Never(), CREATED, CREATED) == 0


@pytest.mark.parametrize(
    ("expression", "seconds"),
    [
        ("@every 90s", 90),
        ("@every 1h30m", 5400),
        ("@every 1.9s", 1),
        ("@every 10ms", 1),
        ("CRON_TZ=UTC @every 5m", 300),
        ("@hourly", 3600),
        ("@midnight", 86_400),
        ("@daily", 86_400),
        ("@weekly", 604_800),
        ("@monthly", 30 * 86_400),  # from April 1 to May 1
        ("@yearly", 365 * 86_400),
        ("@annually", 365 * 86_400),
        ("TZ= @hourly", 3600),
        ("TZ=Local */10 * * * *", 600),
        ("CRON_TZ=Asia/Tokyo 0 9 * * *", 86_400),
        ("  0   9\t* * * ", 86_400),
    ],
)
def test_the_forms_of_an_expression_and_the_seconds_between_their_slots(expression: str, seconds: int) -> None:
    assert interval(schedule_of(0, expression), CREATED, CREATED) == seconds


def test_an_expression_is_read_in_its_own_time_zone() -> None:
    nine_in_tokyo = following(schedule_of(0, "CRON_TZ=Asia/Tokyo 0 9 * * *"), CREATED, CREATED)
    assert nine_in_tokyo is not None
    assert nine_in_tokyo % 86_400 == 0


@pytest.mark.parametrize(
    ("expression", "complaint"),
    [
        ("x", "has 1 fields; wanted are minute, hour"),
        ("* * * *", "has 4 fields"),
        ("0 * * * * *", "has 6 fields"),
        ("@Hourly", "is no descriptor; there are @yearly"),
        ("@every", "is no descriptor"),
        ("@every ", "is no descriptor"),
        ("@every five", "is no duration such as 90s"),
        ("@every -5m", "is no time to wait"),
        ("@every 0s", "is no time to wait"),
        ("CRON_TZ=Mars/Olympus * * * * *", "time zone 'Mars/Olympus' is not known"),
        ("TZ=../../etc/passwd * * * * *", "is not known"),
        ("TZ=/etc/localtime * * * * *", "is not known"),
        ("TZ=UTC", "has 1 fields"),
        ("61 * * * *", "is no cron expression: the minute '61'"),
        ("* " * 600, "longer than 1000"),
    ],
)
def test_what_has_no_meaning_is_refused_in_words(expression: str, complaint: str) -> None:
    with pytest.raises(BadSchedule, match=complaint):
        schedule_of(0, expression)


@given(
    st.text(st.characters(codec=None, categories=None), max_size=60) | st.from_regex(r"(TZ=|@every |[-*/,0-9 ]){1,9}")
)
def test_any_text_is_a_schedule_or_refused(text: str) -> None:
    try:
        schedule = schedule_of(0, text)
    except BadSchedule:
        return
    assert isinstance(schedule, Never) is (not text.strip())
