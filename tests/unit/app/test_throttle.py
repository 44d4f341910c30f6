from kubevigil.app.throttle import Throttle


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_the_first_comes_through_at_once_and_the_next_after_the_interval_with_the_count() -> None:
    clock = Clock()
    throttle = Throttle(30, clock)
    assert throttle.admit("a") == 0
    assert [throttle.admit("a") for _ in range(5)] == [None] * 5
    clock.now += 29.9
    assert throttle.admit("a") is None
    clock.now += 0.1
    assert throttle.admit("a") == 6
    assert throttle.admit("a") is None


def test_kinds_do_not_hold_one_another_back() -> None:
    throttle = Throttle(30, Clock())
    assert [throttle.admit(kind) for kind in "abab"] == [0, 0, None, None]


def test_it_remembers_no_more_kinds_than_it_may_and_forgets_the_oldest() -> None:
    clock = Clock()
    throttle = Throttle(30, clock, most_kinds=2)
    for kind in "abc":
        assert throttle.admit(kind) == 0
    assert throttle.admit("c") is None
    assert throttle.admit("b") is None
    assert throttle.admit("a") == 0


def test_the_forgotten_one_is_that_which_came_through_longest_ago() -> None:
    clock = Clock()
    throttle = Throttle(30, clock, most_kinds=2)
    for kind in "ab":
        throttle.admit(kind)
    clock.now += 30
    assert throttle.admit("a") == 0
    assert throttle.admit("c") == 0
    assert throttle.admit("a") is None
