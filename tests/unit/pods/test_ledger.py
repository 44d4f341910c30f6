"""The ledger alone: statuses in, deaths out. How versions are compared is the intake's matter."""

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubevigil.model.pod import ContainerStatus
from kubevigil.pods.ledger import NOTHING, Death, Known, baseline, deaths_so_far, observe

from .statuses import EPOCH, UNKNOWN_END, container_id, crash_loop, ended, never_ran, running, terminated


def replay(statuses: Iterable[ContainerStatus], known: Known = NOTHING) -> tuple[Known, list[Death]]:
    deaths: list[Death] = []
    was_running = False
    for status in statuses:
        known, new = observe(known, status, was_running=was_running)
        deaths += new
        was_running = bool(status.state and status.state.running)
    return known, deaths


def ids(deaths: Iterable[Death]) -> list[str | None]:
    return [d.end.container_id if d.end else None for d in deaths]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (running(0), 0),
        (terminated(0), 1),
        (crash_loop(0), 1),
        (running(1, last=ended(0)), 1),
        (crash_loop(4), 5),
        (never_ran(), 0),
        (ContainerStatus(name="app", restart_count=-3), 0),
    ],
)
def test_the_number_of_deaths_is_the_restart_count_and_one_for_an_ended_newest_instance(
    status: ContainerStatus, expected: int
) -> None:
    assert deaths_so_far(status) == expected


def test_a_crash_loop_counts_each_instance_once_through_all_the_states_that_show_it() -> None:
    _, deaths = replay(
        [running(0), terminated(0), crash_loop(0), running(1, last=ended(0)), terminated(1, last=ended(0))]
    )
    assert ids(deaths) == [container_id(0), container_id(1)]


def test_a_start_error_is_a_death_though_it_shows_only_as_waiting() -> None:
    end = ended(0, exit_code=128, reason="StartError")
    _, deaths = replay([crash_loop(0, last=end, reason="RunContainerError")])
    assert deaths == [Death(0, 1, end)]


def test_a_container_that_never_ran_has_no_death_when_its_pod_is_deleted() -> None:
    _, deaths = replay([ContainerStatus(name="app"), never_ran()])
    assert deaths == []


def test_deaths_between_two_looks_are_counted_without_details() -> None:
    _, deaths = replay([running(0), terminated(7, last=ended(6))])
    assert [d.ordinal for d in deaths] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert ids(deaths) == [None] * 6 + [container_id(6), container_id(7)]


@pytest.mark.parametrize("deaths_between", range(2, 8))
def test_however_many_deaths_lie_between_two_looks_each_end_is_told_of_once(deaths_between: int) -> None:
    newest = deaths_between - 1
    _, deaths = replay([running(0), terminated(newest, last=ended(newest - 1))])
    assert ids(deaths) == [None] * (deaths_between - 2) + [container_id(newest - 1), container_id(newest)]


def test_a_detail_that_comes_later_completes_the_death_and_adds_none() -> None:
    known, deaths = replay([running(0), running(1)])
    assert [(d.ordinal, d.end) for d in deaths] == [(1, None)]
    _, later = replay([running(1, last=ended(0))], known)
    assert later == [Death(0, 1, ended(0), completes=True)]


def test_a_last_state_that_vanishes_and_comes_back_is_no_new_detail() -> None:
    _, deaths = replay([terminated(0), running(1), running(1, last=ended(0)), running(1)])
    assert ids(deaths) == [container_id(0)]


def test_a_last_state_that_goes_back_to_an_older_instance_gives_nothing_to_a_newer_death() -> None:
    _, deaths = replay([crash_loop(9), crash_loop(10, last=ended(10)), running(11, last=ended(9))])
    assert ids(deaths)[-1] == container_id(10)
    assert len(deaths) == 11


def test_an_older_instance_never_seen_before_does_not_pass_for_the_newest_death() -> None:
    known, _ = baseline(terminated(50), since=EPOCH + 10_000)
    _, deaths = replay([running(51, last=ended(50)), running(52, last=ended(3))], known)
    assert deaths == [Death(0, 52)]


def test_a_container_lost_behind_the_kubelets_back_is_one_lost_death_with_the_rise() -> None:
    lost = ContainerStatus(name="app", restart_count=1, last_state=never_ran().state)
    _, deaths = replay([running(0), lost, running(1)])
    assert deaths == [Death(0, 1, lost=True)]


def test_a_running_container_that_ends_without_a_trace_is_lost_once_and_its_later_rise_adds_none() -> None:
    gone = running(0)
    gone = ContainerStatus(name="app", restart_count=0, container_id=gone.container_id, state=never_ran().state)
    known, deaths = replay([running(0), gone, gone])
    assert deaths == [Death(0, 1, lost=True)]
    _, later = replay([running(1), terminated(1)], known)
    assert ids(later) == [container_id(1)]


def test_the_details_of_a_lost_death_that_turn_up_after_all_complete_it() -> None:
    gone = ContainerStatus(name="app", container_id=container_id(0), state=never_ran().state)
    known, _ = replay([running(0), gone])
    _, later = replay([terminated(0)], known)
    assert later == [Death(0, 1, ended(0), completes=True)]


def test_a_number_that_falls_begins_an_epoch_and_counts_only_details_nobody_has_seen() -> None:
    known, _ = replay([crash_loop(7)])
    known, none = replay([running(0)], known)
    assert (none, known.epoch, known.number) == ([], 1, 0)
    end = ended(100)
    _, deaths = replay([terminated(0, end=end)], Known(number=8, ids=known.ids))
    assert deaths == []
    fresh = terminated(100)
    fallen = ContainerStatus(
        name="app", restart_count=0, container_id=fresh.container_id, state=fresh.state, last_state=None
    )
    _, deaths = replay([fallen], Known(number=8, ids=(container_id(7),)))
    assert deaths == [Death(1, 1, ended(100))]


def test_at_the_baseline_old_deaths_are_known_and_recent_ones_reported() -> None:
    status = terminated(5, end=ended(5, at=1000), last=ended(4, at=300))
    known, deaths = baseline(status, since=EPOCH + 600)
    assert deaths == [Death(0, 6, ended(5, at=1000))]
    assert replay([status], known)[1] == []


def test_what_is_remembered_stays_small_over_ten_thousand_deaths() -> None:
    known, deaths = replay(s for i in range(10_000) for s in (running(i), terminated(i)))
    assert len(deaths) == 10_000
    assert len(known.ids) <= 16
    assert known.unseen == ()


WAYS = ("running", "running without lastState", "terminated", "crash loop")


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[int, ContainerStatus]]:
    """All that the API showed of one container, with versions: each instance runs, ends, waits."""
    statuses: list[ContainerStatus] = []
    for index in range(draw(st.integers(1, 12))):
        before = ended(index - 1) if index else None
        ways = {
            "running": running(index, last=before),
            "running without lastState": running(index),
            "terminated": terminated(index, last=draw(st.sampled_from([before, None]))),
            "crash loop": crash_loop(index),
        }
        shown = draw(st.sets(st.sampled_from(WAYS), min_size=1))
        statuses += [ways[way] for way in WAYS if way in shown]
    return list(enumerate(statuses, start=1))


def take_all(events: Iterable[tuple[int, ContainerStatus]]) -> list[Death]:
    """As the intake does: an event that is not newer than the last one taken in is dropped."""
    known, newest, was_running, deaths = NOTHING, 0, False, []
    for version, status in events:
        if version <= newest:
            continue
        newest = version
        known, new = observe(known, status, was_running=was_running)
        was_running = bool(status.state and status.state.running)
        deaths += new
    return deaths


def identities(deaths: Iterable[Death]) -> list[object]:
    return [
        (d.end.container_id if d.end and not d.completes else (d.epoch, d.ordinal)) for d in deaths if not d.completes
    ]


@given(histories(), st.data())
@settings(max_examples=400)
def test_duplicates_and_replays_change_nothing(history: list[tuple[int, ContainerStatus]], data: st.DataObject) -> None:
    disturbed: list[tuple[int, ContainerStatus]] = []
    for event in history:
        disturbed += [event] * data.draw(st.integers(1, 3))
        if data.draw(st.booleans()):
            start = data.draw(st.integers(0, len(disturbed) - 1))
            disturbed += disturbed[start:]
    assert take_all(disturbed) == take_all(history)


@given(histories(), st.data())
@settings(max_examples=400)
def test_gaps_reorders_and_relists_never_change_the_number_nor_double_an_identity(
    history: list[tuple[int, ContainerStatus]], data: st.DataObject
) -> None:
    seen = [e for e in history if data.draw(st.booleans())]
    shuffled = data.draw(st.permutations(seen)) if len(seen) < 8 else seen
    deaths = take_all([*shuffled, history[-1]])
    counted = identities(deaths)
    assert len(counted) == deaths_so_far(history[-1][1])
    assert len(set(counted)) == len(counted)
    assert all(d.end is None or d.end in [ended(i) for i in range(12)] for d in deaths)
    told = [i for i in ids(deaths) if i]
    assert len(set(told)) == len(told)


@given(histories())
def test_forgetting_everything_and_looking_once_more_gives_the_same_number(
    history: list[tuple[int, ContainerStatus]],
) -> None:
    assert len(identities(take_all(history))) == len(identities(take_all([history[-1]])))


def test_the_kubelets_made_up_end_is_what_these_tests_take_it_for() -> None:
    assert UNKNOWN_END.container_id is None


def test_a_count_that_leaps_beyond_belief_is_taken_as_it_is_and_only_ends_with_details_are_told() -> None:
    wild = ContainerStatus(
        name="app", restart_count=2**31 - 1, state=running(0).state, last_state=crash_loop(0).last_state
    )
    known, deaths = observe(NOTHING, wild, was_running=True)
    assert (known.number, [d.end for d in deaths]) == (2**31 - 1, [ended(0)])
    known, deaths = observe(known, running(1, last=ended(0)), was_running=True)
    assert (known.number, deaths) == (1, [])


def test_as_many_deaths_as_hours_of_our_own_absence_can_hold_are_all_counted() -> None:
    _, deaths = observe(NOTHING, running(20_000, last=ended(19_999)), was_running=False)
    assert [d.ordinal for d in deaths] == list(range(1, 20_001))
