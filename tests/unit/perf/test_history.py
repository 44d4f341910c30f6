"""What happens in the measured cluster: the mix, and what is true at its end."""

from collections import Counter

from tests.perf.history import History
from tests.perf.pods import Condition


def test_the_mix_is_the_one_that_is_said() -> None:
    events = list(History(2_000).mixed(10_000))
    types = Counter(event.type for event in events)
    assert abs(types["ADDED"] / 10_000 - 0.1) < 0.02
    assert abs(types["DELETED"] / 10_000 - 0.1) < 0.02
    assert abs(types["MODIFIED"] / 10_000 - 0.8) < 0.02


def test_the_pods_at_the_end_are_those_that_the_events_leave() -> None:
    history = History(500)
    pods = {state.uid: state for state in history.first}
    for event in history.mixed(3_000):
        if event.type == "DELETED":
            del pods[event.state.uid]
        else:
            assert (event.type == "ADDED") == (event.state.uid not in pods)
            pods[event.state.uid] = event.state
    assert pods == {state.uid: state for state in history.present}
    assert history.restarts == sum(state.restarts for state in pods.values())


def test_the_first_pods_stay_as_they_were() -> None:
    history = History(100)
    first = tuple(history.present)
    list(history.mixed(500))
    assert history.first == first
    assert history.first != tuple(history.present)


def test_each_relevant_change_is_of_another_pod_and_a_crash_is_a_death() -> None:
    history = History(1_000)
    assert len({event.state.uid for event in history.relevant(0.1)}) == 100
    before = history.deaths
    crashes = history.crashes(0.05)
    assert history.deaths - before == len(crashes)
    assert all(event.state.condition is Condition.CRASH_LOOP for event in crashes)


def test_a_pod_that_was_well_ends_with_a_death_for_each_container_and_one_that_was_not_with_none() -> None:
    history = History(300)
    deaths = history.deaths
    for event in history.mixed(2_000):
        if event.type == "DELETED":
            died = history.deaths - deaths
            assert (event.state.condition is Condition.ENDED) == (died > 0)
        deaths = history.deaths
