import pytest

from kubevigil.web.limits import Limits
from kubevigil.web.patience import Patience

LIMITS = Limits(header_seconds=5, idle_seconds=75, stall_seconds=10, answer_seconds=60)


def quiet(patience: Patience, now: float) -> bool:
    return patience.overdue(now, working=False, pending=0)


def answered(now: float) -> Patience:
    """A connection whose first request is answered and taken at `now`."""
    patience = Patience(LIMITS, now)
    patience.received(now, complete=True)
    assert not quiet(patience, now)
    return patience


def test_a_connection_that_says_nothing_is_overdue_after_the_header_deadline() -> None:
    patience = Patience(LIMITS, 100)
    assert not quiet(patience, 105)
    assert quiet(patience, 105.1)


def test_a_header_that_comes_byte_by_byte_gets_no_more_time() -> None:
    patience = Patience(LIMITS, 100)
    for tick in range(5):
        patience.received(100 + tick, complete=False)
    assert quiet(patience, 105.1)


def test_a_connection_between_two_requests_may_be_idle_for_longer() -> None:
    patience = answered(100)
    assert not quiet(patience, 175)
    assert quiet(patience, 175.1)


def test_the_first_byte_of_a_later_request_starts_its_header_deadline() -> None:
    patience = answered(100)
    patience.received(150, complete=False)
    assert not quiet(patience, 155)
    assert quiet(patience, 155.1)


def test_a_worker_that_is_still_busy_is_no_stall_of_the_client() -> None:
    patience = Patience(LIMITS, 100)
    patience.received(100, complete=True)
    assert not patience.overdue(159, working=True, pending=0)


def test_a_client_that_takes_nothing_is_overdue_after_the_stall_limit() -> None:
    patience = Patience(LIMITS, 100)
    patience.received(100, complete=True)
    assert not patience.overdue(101, working=False, pending=5_000)
    assert not patience.overdue(111, working=False, pending=5_000)
    assert patience.overdue(111.1, working=False, pending=5_000)


def test_a_client_that_takes_an_answer_bit_by_bit_is_overdue_after_the_answer_limit() -> None:
    patience = Patience(LIMITS, 100)
    patience.received(100, complete=True)
    overdue = [patience.overdue(100 + tick, working=False, pending=5_000 - tick) for tick in range(1, 62)]
    assert overdue.index(True) == 60


@pytest.mark.parametrize("rounds", [1, 5])
def test_each_request_of_a_kept_connection_starts_anew(rounds: int) -> None:
    patience = Patience(LIMITS, 0)
    for number in range(rounds):
        patience.received(70 * number, complete=True)
        assert not quiet(patience, 70 * number + 1)
    assert not quiet(patience, 70 * rounds)
