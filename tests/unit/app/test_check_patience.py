"""How long a run is waited for."""

import pytest

from kubevigil.app.check_patience import AFTERWARDS, BEGINNING, Patience
from kubevigil.healthchecks.reconcile import GRACE
from kubevigil.healthchecks.status import Status
from tests.unit.healthchecks.making import CREATED, check, mended

NOW = 100.0
LONGEST = 20 + GRACE + AFTERWARDS
"""Of a check with a timeout of 20 s."""


def test_a_run_has_some_time_to_begin_and_then_its_own_time_to_end() -> None:
    patience = Patience(check(), None, NOW)
    assert patience.left(NOW + 1) == BEGINNING - 1
    patience.begun(check(), NOW + 29)
    assert patience.left(NOW + 30) == LONGEST - 1
    assert patience.left(NOW + 1000) == 0


def test_behind_a_run_that_is_under_way_it_has_that_ones_time_too() -> None:
    running = check(Status(started_at=CREATED))
    assert Patience(running, None, NOW).left(NOW) == BEGINNING + LONGEST


def test_behind_a_remedy_it_has_that_ones_time_and_behind_a_run_that_of_the_remedy_it_may_call_for() -> None:
    remedy = 15 + GRACE + AFTERWARDS
    mending = check(Status(started_at=CREATED, finished_at=CREATED, remedy_triggered_at=CREATED), **mended())
    assert Patience(mending, None, NOW).left(NOW) == BEGINNING + remedy
    running = check(Status(started_at=CREATED), **mended())
    assert Patience(running, None, NOW).left(NOW) == BEGINNING + LONGEST + remedy
    assert Patience(check(Status(), **mended()), None, NOW).left(NOW) == BEGINNING


@pytest.mark.parametrize("seconds", [0.0, 5.0])
def test_a_time_that_was_given_is_for_all_of_it(seconds: float) -> None:
    patience = Patience(check(Status(started_at=CREATED)), seconds, NOW)
    patience.begun(check(), NOW)
    assert patience.left(NOW) == seconds


def test_a_check_that_was_broken_meanwhile_is_waited_for_as_long_as_any() -> None:
    patience = Patience(check(), None, NOW)
    patience.begun(check(level="wrong"), NOW)
    assert patience.left(NOW) == 3600 + GRACE + AFTERWARDS
