from hypothesis import given
from hypothesis import strategies as st

from kubevigil.web.rate import Bucket
from kubevigil.web.security import Rate


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_goes_through_then_one_each_interval() -> None:
    clock = Clock()
    bucket = Bucket(Rate(interval=2, burst=3), clock)
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]
    clock.now += 1.9
    assert not bucket.take()
    clock.now += 0.2
    assert [bucket.take(), bucket.take()] == [True, False]


def test_a_long_pause_saves_up_no_more_than_the_burst() -> None:
    clock = Clock()
    bucket = Bucket(Rate(interval=1, burst=2), clock)
    clock.now += 3_600
    assert [bucket.take() for _ in range(3)] == [True, True, False]


@given(st.lists(st.floats(0, 5), max_size=60), st.integers(1, 5))
def test_never_more_than_the_burst_and_one_each_interval(pauses: list[float], burst: int) -> None:
    clock = Clock()
    bucket = Bucket(Rate(interval=1, burst=burst), clock)
    taken = 0
    for pause in pauses:
        clock.now += pause
        taken += bucket.take()
    assert taken <= burst + (clock.now - 1_000.0) + 1e-6
