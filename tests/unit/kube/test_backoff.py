"""Waiting between attempts."""

from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from kubevigil.kube.backoff import Backoff, first_delay


@given(st.integers())
def test_waits_double_from_0_8_to_at_most_30_seconds_with_a_scatter_of_a_fifth(seed: int) -> None:
    backoff = Backoff(Random(seed))
    waits = [backoff.next() for _ in range(20)]
    for n, wait in enumerate(waits):
        base = min(0.8 * 2**n, 25.0)
        assert base * 0.8 <= wait <= base * 1.2 <= 30.0 + 1e-9
    assert all(later > earlier for earlier, later in pairwise(waits[:5]))


def test_a_wait_that_somebody_asked_for_is_never_shortened() -> None:
    backoff = Backoff(Random(1))
    assert all(backoff.next(at_least=asked) >= asked for asked in (0.1, 5.0, 120.0))


def test_after_health_the_wait_is_short_again() -> None:
    backoff = Backoff(Random(1))
    for _ in range(10):
        backoff.next()
    backoff.forget()
    assert backoff.next() <= 0.8 * 1.2


def test_w3_fifty_replicas_started_at_once_spread_over_the_delay() -> None:
    delays = sorted(first_delay(6.0, Random(seed)) for seed in range(50))
    assert delays[-1] - delays[0] >= 5.0
    assert first_delay(0.0, Random(1)) == 0.0
