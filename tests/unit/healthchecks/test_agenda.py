"""The queue gives each key to one worker at a time, in its time, and forgets none."""

from threading import Condition

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubevigil.healthchecks.agenda import Agenda


class Waiting:
    """A clock that a wait moves; a wait for ever ends the test."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.waits: list[float] = []

    def clock(self) -> float:
        return self.now

    def wait(self, _condition: Condition, seconds: float | None) -> None:
        assert seconds is not None, "it would wait for ever"
        self.waits.append(seconds)
        self.now += max(seconds, 0.001)


@pytest.fixture
def waiting() -> Waiting:
    return Waiting()


@pytest.fixture
def agenda(waiting: Waiting) -> Agenda:
    return Agenda(waiting.clock, wait=waiting.wait)


def test_keys_come_in_their_order_and_each_once(agenda: Agenda) -> None:
    for key in ("a", "b", "a", "c", "b"):
        agenda.add(key)
    assert [agenda.take() for _ in range(3)] == ["a", "b", "c"]


def test_a_key_that_changes_while_a_worker_has_it_comes_once_more_and_to_nobody_else_before(agenda: Agenda) -> None:
    agenda.add("a")
    assert agenda.take() == "a"
    agenda.add("a")
    agenda.add("a")
    agenda.add("b")
    assert agenda.take() == "b"
    agenda.done("a")
    assert agenda.take() == "a"
    agenda.done("a")
    agenda.add("c")
    assert agenda.take() == "c"


def test_who_is_due_goes_before_who_has_changed_and_comes_once(agenda: Agenda) -> None:
    for key in ("a", "b", "c"):
        agenda.add(key)
    agenda.at("c", 999)
    agenda.at("d", 1000)
    assert [agenda.take() for _ in range(4)] == ["c", "d", "a", "b"]
    for key in "abcd":
        agenda.done(key)
    agenda.add("c")
    agenda.add("e")
    assert [agenda.take() for _ in range(2)] == ["c", "e"]


def test_a_moment_is_waited_for_in_steps_of_a_second(agenda: Agenda, waiting: Waiting) -> None:
    agenda.at("a", 1002.5)
    assert agenda.take() == "a"
    assert waiting.now == pytest.approx(1002.5, abs=0.01)
    assert waiting.waits == [1.0, 1.0, pytest.approx(0.5)]


def test_a_sooner_moment_takes_the_place_of_a_later_one_and_no_other_way_round(
    agenda: Agenda, waiting: Waiting
) -> None:
    agenda.at("a", 1005)
    agenda.at("a", 1002)
    agenda.at("a", 1009)
    assert agenda.take() == "a"
    assert waiting.now == pytest.approx(1002, abs=0.01)
    agenda.done("a")
    agenda.at("b", 1020)
    assert agenda.take() == "b", "of the later moments nothing is left"


def test_a_clock_that_jumps_ahead_is_seen_within_a_second(waiting: Waiting) -> None:
    waits = iter([0.0, 4000.0])
    plain = waiting.wait

    def jump(condition: Condition, seconds: float | None) -> None:
        plain(condition, seconds)
        waiting.now += next(waits)

    agenda = Agenda(waiting.clock, wait=jump)
    agenda.at("a", 5000)
    assert agenda.take() == "a"
    assert len(waiting.waits) == 2


def test_what_is_forgotten_does_not_come(agenda: Agenda) -> None:
    agenda.at("a", 1001)
    agenda.forget("a")
    agenda.at("b", 1002)
    assert agenda.take() == "b"


def test_workers_go_home_when_it_is_closed(agenda: Agenda) -> None:
    agenda.add("a")
    agenda.close()
    assert (agenda.take(), agenda.closed) == (None, True)


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 30)), max_size=30))
def test_each_key_comes_at_its_soonest_moment(moments: list[tuple[str, int]]) -> None:
    waiting = Waiting()
    agenda = Agenda(waiting.clock, wait=waiting.wait)
    soonest: dict[str, int] = {}
    for key, moment in moments:
        agenda.at(key, 1000 + moment)
        soonest[key] = min(moment, soonest.get(key, moment))
    for _ in soonest:
        taken = agenda.take()
        assert taken is not None
        assert waiting.now == pytest.approx(1000 + soonest[taken], abs=0.1)
