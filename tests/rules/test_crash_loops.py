"""How soon a crash loop is told: before the fourth death, whatever the container's life; and docs/crash-loops.md."""

import pytest

from .crash_loops import END, LIVES, MINUTE, PAGE, Told, ours, stock, table, told
from .promtool import Promtool
from .traces import START, Life, crashes, exporter_series, loop

_SOURCES = ("exporter", "kube-state-metrics")
_EACH_LIFE = pytest.mark.parametrize("lives", LIVES.values(), ids=[name.replace(" ", "") for name in LIVES])


@pytest.mark.parametrize("source", _SOURCES)
@_EACH_LIFE
def test_a_crash_loop_is_told_at_the_third_death_and_not_again(promtool: Promtool, lives: int, source: str) -> None:
    answer = ours(promtool, lives, source)
    assert answer.death == 3
    assert answer.pauses == 0


@pytest.mark.parametrize("lives", [30, 2 * MINUTE, 3 * MINUTE])
def test_a_fast_crash_loop_is_over_a_quarter_of_an_hour_after_the_container_stays_alive(
    promtool: Promtool, lives: int
) -> None:
    assert _over(ours(promtool, lives)) <= 15 * MINUTE


@_EACH_LIFE
def test_a_slow_crash_loop_is_over_when_the_container_outlived_its_own_period_and_no_later_than_half_an_hour(
    promtool: Promtool, lives: int
) -> None:
    assert lives < _over(ours(promtool, lives)) + START <= 30 * MINUTE


def test_three_deaths_in_a_minute_and_then_none_are_over_in_a_quarter_of_an_hour(promtool: Promtool) -> None:
    life = crashes(1200, 1220, 1240)
    answer = _told(promtool, life)
    assert answer.death == 3
    assert answer.moments[-1] <= 1240 + 15 * MINUTE


@pytest.mark.parametrize("apart", [14, 17, 23])
def test_crashes_without_any_wait_between_them_are_told_at_the_third_and_stay_told(
    promtool: Promtool, apart: int
) -> None:
    life = crashes(*range(1200, 1200 + 5 * apart * MINUTE, apart * MINUTE))
    answer = _told(promtool, life)
    assert answer.death == 3
    assert answer.pauses == 0


def test_two_crashes_close_together_with_a_wait_after_the_second_are_not_told(promtool: Promtool) -> None:
    assert not _told(promtool, Life(((0, 3600), (3600, 3640), (3650, float("inf"))))).moments


def test_our_own_absence_of_four_minutes_in_a_crash_loop_neither_resolves_nor_repeats(promtool: Promtool) -> None:
    life = loop(30, 100 * MINUTE)
    series = exporter_series(life, 110 * MINUTE, away=lambda t: 40 * MINUTE <= t < 44 * MINUTE)
    answer = told(promtool, "exporter", "KubevigilCrashLooping", life, series)
    assert answer.death == 3
    assert answer.pauses == 0


def test_the_stock_alert_is_as_late_as_the_page_says_and_the_page_says_all_of_it(promtool: Promtool) -> None:
    assert stock(promtool, LIVES["6 min"]).first is None
    assert table(promtool) in PAGE.read_text(), "run: python -m tests.rules.crash_loops"


def _over(answer: Told) -> float:
    assert answer.over_after is not None
    return answer.over_after


def _told(promtool: Promtool, life: Life) -> Told:
    return told(promtool, "exporter", "KubevigilCrashLooping", life, exporter_series(life, END))
