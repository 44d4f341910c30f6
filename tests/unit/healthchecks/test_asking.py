"""A run that is asked for: when it is wanted, that it is one, and how it is known how it ended."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubevigil.healthchecks.asking import RUN_NOW, asked_of, ending_of, has_begun, moment_to_ask
from kubevigil.healthchecks.picture import check_of
from kubevigil.healthchecks.reconcile import BELIEVABLE, Begin, Reject, Sight, Stop, Wait, decide
from kubevigil.healthchecks.resources import HealthCheckObject
from kubevigil.healthchecks.results import FAILURES, Result
from kubevigil.healthchecks.status import Status, begun, finished, stamp, status_of, stopped

from .making import CREATED, check, meta, outcome, raw_spec

NOTHING = Sight()
ENDED = Status(started_at=CREATED, finished_at=CREATED + 5, status="Succeeded")
STOPPED: dict[str, Any] = {"repeatAfterSec": 0}
SOON = CREATED + 20
"""Between two slots."""


def after(status: Status, *changes: dict[str, Any]) -> Status:
    """The status with merge patches applied."""
    raw: dict[str, Any] = {"status": status.status, "startedAt": stamp(status.started_at or CREATED)}
    for patch in changes:
        raw.update(patch)
    return status_of(raw)


def test_a_run_that_is_asked_for_begins_at_once_and_is_one() -> None:
    assert decide(check(ENDED, asked=SOON), NOTHING, SOON + 0.5) == Begin(SOON)
    served = replace(ENDED, started_at=SOON, finished_at=SOON + 5)
    assert decide(check(served, asked=SOON), NOTHING, SOON + 6) == Wait(CREATED + 60)


def test_one_that_is_asked_for_later_begins_then() -> None:
    assert decide(check(ENDED, asked=SOON), NOTHING, SOON - 5) == Wait(SOON)
    assert decide(check(ENDED, asked=CREATED + 70), NOTHING, SOON) == Wait(CREATED + 60)


def test_one_that_is_asked_for_during_a_run_follows_it() -> None:
    running = Status(started_at=CREATED)
    assert decide(check(running, asked=CREATED + 3), Sight(certain=True), CREATED + 4) != Begin(CREATED + 4)
    assert decide(check(ENDED, asked=CREATED + 3), NOTHING, CREATED + 6) == Begin(CREATED + 6)


def test_a_slot_that_comes_first_is_the_run_that_was_asked_for() -> None:
    met = replace(ENDED, started_at=CREATED + 60, finished_at=CREATED + 65)
    assert decide(check(met, asked=CREATED + 60), NOTHING, CREATED + 66) == Wait(CREATED + 120)


def test_a_paused_check_runs_when_asked_and_stays_paused() -> None:
    assert decide(check(ENDED, paused=True, asked=SOON), NOTHING, SOON) == Begin(SOON)
    assert decide(check(ENDED, paused=True, asked=SOON + 9), NOTHING, SOON) == Wait(SOON + 9)
    served = replace(ENDED, started_at=SOON, finished_at=SOON + 5)
    assert decide(check(served, paused=True, asked=SOON), NOTHING, SOON + 600) == Wait()


def test_a_check_without_a_schedule_runs_when_asked_and_is_stopped_again() -> None:
    idle = replace(ENDED, status="Stopped")
    assert decide(check(idle, asked=SOON, **STOPPED), NOTHING, SOON) == Begin(SOON)
    served = replace(ENDED, started_at=SOON, finished_at=SOON + 5)
    assert decide(check(served, asked=SOON, **STOPPED), NOTHING, SOON + 6) == Stop()


def test_a_check_that_cannot_work_does_not_run_when_asked() -> None:
    assert isinstance(decide(check(ENDED, asked=SOON, level="wrong"), NOTHING, SOON), Reject)


def test_a_check_that_was_copied_with_its_request_does_not_run_for_it() -> None:
    hourly: dict[str, Any] = {"repeatAfterSec": 0, "schedule": {"cron": "@hourly"}}
    assert isinstance(decide(check(asked=CREATED - 1, **hourly), NOTHING, CREATED + 1), Wait)
    assert decide(check(asked=CREATED, **hourly), NOTHING, CREATED + 1) == Begin(CREATED + 1)


def test_a_start_that_is_not_to_be_believed_keeps_no_run_from_being_asked_for() -> None:
    wrong = replace(ENDED, started_at=SOON + BELIEVABLE + 50, finished_at=SOON + BELIEVABLE + 50)
    assert decide(check(wrong, paused=True, asked=SOON), NOTHING, SOON) == Begin(SOON)


def test_the_annotation_is_a_moment_with_its_offset() -> None:
    assert asked_of({RUN_NOW: "2026-01-31T12:00:07.9+01:00"}) == asked_of({RUN_NOW: "2026-01-31T11:00:07Z"})
    assert asked_of({RUN_NOW: stamp(CREATED)}) == CREATED


@pytest.mark.parametrize("value", ["", "now", "2026-01-31T12:00:00", "1700000000", "2026-01-31T24:00:01Z"])
def test_what_is_no_moment_asks_for_nothing(value: str) -> None:
    assert asked_of({RUN_NOW: value}) is None
    assert asked_of(None) is None


@given(st.text())
def test_no_annotation_keeps_a_check_from_being_read(value: str) -> None:
    item = HealthCheckObject(meta(creation_timestamp=stamp(CREATED), annotations={RUN_NOW: value}), raw_spec())
    assert isinstance(decide(check_of(item), NOTHING, CREATED), Begin | Wait)


@given(
    started=st.none() | st.integers(CREATED - 100, CREATED + 10_000),
    later=st.floats(1, 10_000),
    paused=st.booleans(),
)
def test_what_the_command_asks_for_is_met_at_once_by_one_run(
    started: int | None, later: float, *, paused: bool
) -> None:
    status = Status(started_at=started, finished_at=started)
    asked = moment_to_ask(check(status))
    assert not has_begun(status, asked)
    now = max(CREATED, started or CREATED) + later
    assert decide(check(status, paused=paused, asked=asked), NOTHING, now) == Begin(int(now))
    served = Status(started_at=int(now), finished_at=int(now))
    assert has_begun(served, asked)
    assert decide(check(served, paused=True, asked=asked), NOTHING, now) == Wait()


@pytest.mark.parametrize("earlier", ["Succeeded", "Failed"])
@pytest.mark.parametrize("result", list(Result))
def test_the_end_of_the_run_is_told_with_its_result(result: Result, earlier: str) -> None:
    before = replace(ENDED, status=earlier, last_failed_at=CREATED + 5)
    under_way = after(before, begun(before, SOON))
    assert (has_begun(under_way, SOON), ending_of(under_way, SOON)) == (True, None)
    said = "" if result is Result.SUCCEEDED else "because"
    ended = after(under_way, finished(under_way, outcome(result, said, at=SOON + 3)))
    ending = ending_of(ended, SOON)
    assert ending is not None
    known = {Result.SUCCEEDED: True, **dict.fromkeys(FAILURES, False)}
    assert (ending.succeeded, ending.message) == (known.get(result), said)
    assert ending_of(ended, SOON + 1) is None


def test_a_run_whose_end_the_stop_has_covered_has_an_unknown_result() -> None:
    ended = after(Status(), {"startedAt": stamp(SOON), "finishedAt": stamp(SOON + 2), "status": "Succeeded"})
    covered = after(ended, {"finishedAt": stamp(SOON + 2)}, stopped(ended, SOON + 3))
    ending = ending_of(covered, SOON)
    assert ending is not None
    assert ending.succeeded is None
    assert "stopped again" in ending.message
