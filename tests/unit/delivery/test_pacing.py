"""How long to wait, and how much to send."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubevigil.delivery.errors import (
    BrokenOff,
    DeliveryError,
    Reason,
    RefusedCredentials,
    Rejected,
    ServerError,
    Throttled,
    Unreachable,
)
from kubevigil.delivery.pacing import Pacing, wait_of


@given(st.integers(0, 10_000), st.integers())
def test_waits_double_from_a_second_to_five_minutes_with_a_scatter_of_a_fifth(attempts: int, seed: int) -> None:
    wait = wait_of(attempts, Random(seed), longest=300.0)
    base = min(2.0 ** min(max(attempts - 1, 0), 100), 250.0)
    assert base * 0.8 <= wait <= base * 1.2 <= 300.0


@given(st.integers(1, 50), st.floats(0.0, 3_600.0))
def test_a_wait_that_the_server_asked_for_is_never_shortened(attempts: int, asked: float) -> None:
    pacing = Pacing(Random(1))
    assert pacing.wait_of_item(attempts, at_least=asked) >= asked
    assert pacing.failed(Throttled("busy", asked), 5) >= asked


def test_the_pipe_waits_longer_each_time_and_forgets_it_when_something_works() -> None:
    pacing = Pacing(Random(1))
    waits = [pacing.failed(Unreachable("away"), 5) for _ in range(10)]
    assert waits[0] < 1.3 < waits[2]
    assert waits[-1] <= 30.0
    pacing.worked(1)
    assert pacing.failed(Unreachable("away"), 5) < 1.3


def test_refused_credentials_are_not_hammered() -> None:
    pacing = Pacing(Random(1))
    waits = [pacing.failed(RefusedCredentials("no"), 5) for _ in range(12)]
    assert 200.0 <= waits[-1] <= 300.0


@pytest.mark.parametrize(
    ("error", "blamed"),
    [
        (Unreachable("away"), False),
        (RefusedCredentials("no"), False),
        (Throttled("busy", 0.0), False),
        (ServerError("away", 502, 0.0), False),
        (ServerError("away", 503, 0.0), False),
        (Rejected("not here", 404), False),
        (ServerError("broken", 500, 0.0), True),
        (BrokenOff("reset"), True),
        (Rejected("no", 400), True),
        (Rejected("no", 403), True),
    ],
    ids=lambda value: value if isinstance(value, bool) else f"{type(value).__name__}-{getattr(value, 'status', '')}",
)
def test_less_is_sent_only_where_what_was_sent_may_be_the_cause(error: DeliveryError, *, blamed: bool) -> None:
    pacing = Pacing(Random(1), most_items=64)
    pacing.failed(error, 64)
    assert pacing.items == 1
    pacing.worked(1)
    assert pacing.items == (32 if blamed else 64)


def test_it_is_halved_down_to_one_and_doubled_by_what_was_full() -> None:
    pacing = Pacing(Random(1), most_items=64)
    sizes = []
    for _ in range(7):
        pacing.failed(BrokenOff("reset"), pacing.items)
        pacing.worked(0)
        sizes.append(pacing.items)
    assert sizes == [32, 16, 8, 4, 2, 1, 1]
    for _ in range(3):
        pacing.worked(pacing.items)
    assert pacing.items == 8
    pacing.worked(7)
    assert pacing.items == 8
    for _ in range(9):
        pacing.worked(pacing.items)
    assert pacing.items == 64


def test_what_the_server_found_too_large_is_not_tried_again() -> None:
    pacing = Pacing(Random(1))
    pacing.too_large(1_000)
    assert pacing.bytes == 500
    pacing.too_large(4_000)
    assert pacing.bytes == 500
    pacing.worked(1)
    assert pacing.bytes == 500
    pacing.too_large(1)
    assert pacing.bytes == 1


def test_a_wait_for_a_word_is_that_of_its_kind() -> None:
    pacing = Pacing(Random(1))
    for _ in range(20):
        pacing.wait(Reason.THROTTLED)
    assert pacing.wait(Reason.THROTTLED) <= 30.0
    assert pacing.wait(Reason.CREDENTIALS) > 200.0
