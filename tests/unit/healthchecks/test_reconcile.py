"""One decision at a time. What they come to over crashes, edits and lost answers is the simulation's matter."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubevigil.healthchecks.courses import course_of, left_over
from kubevigil.healthchecks.manifest import CHECK, run_name
from kubevigil.healthchecks.reconcile import (
    BELIEVABLE,
    GRACE,
    Begin,
    Check,
    Create,
    Discard,
    Finish,
    Look,
    Reject,
    Sight,
    Stop,
    Wait,
    decide,
    refused,
    still_certain,
    unknown,
)
from kubevigil.healthchecks.resources import TtlStrategy, WorkflowObject
from kubevigil.healthchecks.results import FAILURES, Result
from kubevigil.healthchecks.status import FAILED, Status, begun, changes, finished, rejection, status_of, stopped

from .making import CREATED, UID, check, meta, spec_of, workflow
from .making import workflow as some_workflow

NOTHING = Sight()
RUNNING = Status(started_at=CREATED)
ENDED = Status(started_at=CREATED, finished_at=CREATED + 5, status="Succeeded")
NAME = run_name(spec_of().workflow, UID, CREATED)


def ended_with(decision: object) -> Result:
    assert isinstance(decision, Finish)
    return decision.outcome.result


def is_left_over(of: Check, started_at: int, item: WorkflowObject) -> bool:
    return left_over(course_of(CHECK, of.judged.spec, of.status), started_at, item)


def test_a_new_check_begins_at_once() -> None:
    assert decide(check(), NOTHING, CREATED + 0.5) == Begin(CREATED)


def test_a_run_begins_at_its_slot_and_not_before() -> None:
    assert decide(check(ENDED), NOTHING, CREATED + 59.9) == Wait(CREATED + 60)
    assert decide(check(ENDED), NOTHING, CREATED + 60) == Begin(CREATED + 60)


def test_of_many_slots_that_went_by_one_is_caught_up_with() -> None:
    late = CREATED + 6000.5
    assert decide(check(ENDED), NOTHING, late) == Begin(CREATED + 6000)
    assert decide(
        check(replace(ENDED, started_at=CREATED + 6000, finished_at=CREATED + 6003)), NOTHING, late + 3
    ) == Wait(CREATED + 6060)


def test_a_run_that_took_longer_than_its_period_is_followed_by_the_next_at_its_end() -> None:
    long = Status(started_at=CREATED, finished_at=CREATED + 70)
    assert decide(check(long), NOTHING, CREATED + 70) == Begin(CREATED + 70)


def test_an_edit_of_the_schedule_counts_at_once() -> None:
    assert decide(check(ENDED, repeatAfterSec=10), NOTHING, CREATED + 12) == Begin(CREATED + 12)
    assert decide(check(ENDED, repeatAfterSec=3600), NOTHING, CREATED + 60) == Wait(CREATED + 3600)


def test_a_cron_check_runs_at_its_next_slot_only() -> None:
    hourly: dict[str, Any] = {"repeatAfterSec": 0, "schedule": {"cron": "@hourly"}}
    slot = CREATED // 3600 * 3600 + 3600
    assert decide(check(**hourly), NOTHING, CREATED) == Wait(slot)
    assert decide(check(**hourly), NOTHING, slot) == Begin(slot)
    assert decide(check(Status(started_at=slot, finished_at=slot), **hourly), NOTHING, slot + 1) == Wait(slot + 3600)


def test_a_paused_check_begins_nothing_and_ends_what_it_began() -> None:
    assert decide(check(ENDED, paused=True), NOTHING, CREATED + 600) == Wait()
    sight = Sight(workflow("Succeeded", began=CREATED, ended=CREATED + 3))
    assert ended_with(decide(check(RUNNING, paused=True), sight, CREATED + 4)) == Result.SUCCEEDED


def test_a_check_without_a_schedule_is_stopped_once_and_goes_on_when_it_has_one() -> None:
    assert decide(check(ENDED, repeatAfterSec=0), NOTHING, CREATED + 60) == Stop()
    status = status_of(changes(Status(), ENDED) | stopped(ENDED, CREATED + 60))
    assert decide(check(status, repeatAfterSec=0), NOTHING, CREATED + 61) == Wait()
    assert decide(check(status), NOTHING, CREATED + 61) == Begin(CREATED + 61)


def test_a_check_that_cannot_work_is_rejected_once() -> None:
    wrong = check(level="x")
    assert decide(wrong, NOTHING, CREATED) == Reject(wrong.judged.findings)
    told = Status(status=FAILED, error_message=rejection(wrong.judged.findings))
    assert decide(check(told, level="x"), NOTHING, CREATED) == Wait()
    other = check(told, level="y")
    assert decide(other, NOTHING, CREATED) == Reject(other.judged.findings)


def test_a_check_that_is_being_deleted_is_left_alone() -> None:
    going = replace_meta(check(RUNNING), deletion_timestamp="2024-01-01T00:00:00Z")
    assert decide(going, NOTHING, CREATED) == Wait()


def replace_meta(of: Check, **fields: str) -> Check:
    return replace(of, meta=meta(**fields))


def test_the_workflow_is_created_after_the_beginning_is_written() -> None:
    assert decide(check(RUNNING), Sight(untried=True), CREATED + 1) == Create(NAME, CREATED, again=False)


def test_who_may_have_asked_for_it_before_looks_first_and_creates_it_once_more_under_the_same_name() -> None:
    assert decide(check(RUNNING), Sight(certain=False), CREATED + 1) == Look(CREATED)
    assert decide(check(RUNNING), NOTHING, CREATED + 1) == Create(NAME, CREATED, again=True)


def test_a_workflow_is_created_while_the_run_has_time_and_then_it_is_unknown() -> None:
    late = CREATED + 20 + GRACE
    assert isinstance(decide(check(RUNNING), NOTHING, late - 0.1), Create)
    assert ended_with(decide(check(RUNNING), NOTHING, late)) == Result.UNKNOWN


@pytest.mark.parametrize("phase", ["", "Pending", "Running"])
def test_a_workflow_that_goes_on_is_waited_for_until_its_time_is_up(phase: str) -> None:
    sight, late = Sight(workflow(phase)), CREATED + 20 + GRACE
    assert decide(check(RUNNING), sight, late - 0.1) == Wait(late)
    told = Result.TIMEOUT if phase else Result.ARGO_UNAVAILABLE
    assert ended_with(decide(check(RUNNING), sight, late)) == told


def test_a_workflow_that_was_deleted_is_told_as_such_unless_it_had_ended() -> None:
    assert ended_with(decide(check(RUNNING), Sight(gone=True), CREATED)) == Result.DELETED
    assert ended_with(decide(check(RUNNING), Sight(workflow("Running"), gone=True), CREATED)) == Result.DELETED
    ended = Sight(workflow("Failed", "no", began=CREATED, ended=CREATED + 1), gone=True)
    assert ended_with(decide(check(RUNNING), ended, CREATED + 1)) == Result.FAILED


def test_a_run_outlives_an_edit_that_makes_its_check_wrong() -> None:
    wrong = check(RUNNING, level="x")
    assert decide(wrong, Sight(workflow("Running", deadline=50)), CREATED + 1) == Wait(CREATED + 50 + GRACE)
    assert decide(wrong, Sight(workflow("Running", deadline=None)), CREATED + 1) == Wait(CREATED + 3600 + GRACE)
    assert ended_with(decide(wrong, NOTHING, CREATED)) == Result.REFUSED
    assert decide(wrong, Sight(certain=False), CREATED) == Look(CREATED)


def test_a_clock_that_was_ahead_does_not_stop_a_check_until_that_time_comes() -> None:
    future = CREATED + 10_000_000
    ended = Status(started_at=future, finished_at=future + 5, status="Succeeded")
    now = CREATED + 61
    assert decide(check(ended), NOTHING, now) == Begin(now)
    begins = status_of({**changes(Status(), ended), **begun(ended, now)})
    assert begins.under_way
    running = Status(started_at=future)
    assert ended_with(decide(check(running), NOTHING, now)) == Result.UNKNOWN
    assert ended_with(decide(check(running), Sight(workflow("Running")), now)) == Result.UNKNOWN


def test_two_clocks_that_differ_a_little_do_not_run_a_slot_twice() -> None:
    ahead = Status(started_at=CREATED + 60, finished_at=CREATED + 60)
    assert decide(check(ahead), NOTHING, CREATED + 60 - BELIEVABLE / 100) == Wait(CREATED + 60)
    assert decide(check(ahead), NOTHING, CREATED + 60.5) == Wait(CREATED + 120)


@pytest.mark.parametrize(
    ("ttl", "seconds", "certain"),
    [
        (None, 10**6, True),
        (TtlStrategy(), 10**6, True),
        (TtlStrategy(0), 0, False),
        (TtlStrategy(10), 9, True),
        (TtlStrategy(10), 10, False),
        (TtlStrategy(100, 10, 50), 9, True),
        (TtlStrategy(100, 10, 50), 10, False),
        (TtlStrategy(None, None, 5), 5, False),
    ],
)
def test_what_is_not_there_was_not_there_while_no_time_to_live_has_passed(
    ttl: TtlStrategy | None, seconds: int, certain: bool
) -> None:
    assert still_certain(ttl, CREATED, CREATED + seconds) is certain


def test_only_a_workflow_whose_run_is_over_is_left_over() -> None:
    ours = workflow("Running", name=NAME, began=CREATED)
    assert is_left_over(check(ENDED), CREATED, ours)
    assert is_left_over(check(ENDED), CREATED, workflow("", name=NAME))
    assert not is_left_over(check(ENDED), CREATED, workflow("Succeeded", name=NAME))
    assert not is_left_over(check(RUNNING), CREATED, ours)
    assert not is_left_over(check(replace(ENDED, started_at=CREATED - 60)), CREATED, ours), (
        "the status may be an old one"
    )
    assert not is_left_over(check(Status()), CREATED, ours)


def test_of_earlier_runs_only_what_argo_never_touched_is_left_over() -> None:
    later = check(replace(ENDED, started_at=CREATED + 60, finished_at=CREATED + 65))
    assert is_left_over(later, CREATED, workflow("", name=NAME))
    assert not is_left_over(later, CREATED, workflow("Running", name=NAME, began=CREATED)), "its deadline ends it"


def test_what_a_person_runs_once_more_is_not_deleted() -> None:
    retried = workflow("Running", name=NAME, began=CREATED + 9)
    assert not is_left_over(check(ENDED), CREATED, retried)


def test_what_is_left_over_is_discarded_when_nothing_else_is_to_be_done() -> None:
    ours = workflow("Running", name=NAME, began=CREATED)
    assert decide(check(ENDED), Sight(ours), CREATED + 59) == Discard(CREATED, ours)
    assert decide(check(ENDED, paused=True), Sight(ours), CREATED + 61) == Discard(CREATED, ours)
    assert decide(check(ENDED), Sight(ours), CREATED + 60) == Begin(CREATED + 60)
    late = Status(started_at=CREATED + 60)
    untouched = workflow("", name=NAME)
    running = Sight(workflow("Running", name="x"), earlier=((CREATED, untouched),))
    assert decide(check(late), running, CREATED + 61) == Discard(CREATED, untouched)


def test_the_ends_that_are_no_workflows_say_why() -> None:
    assert "(reason: gc)" in unknown("x", CREATED).message
    assert refused("x", "no such namespace", CREATED + 0.5).message == "no such namespace"
    assert refused("x", "no", CREATED).result in FAILURES


MOMENTS = st.none() | st.integers(CREATED - 1000, CREATED + 1000)
STATUSES = st.builds(Status, started_at=MOMENTS, finished_at=MOMENTS, status=st.sampled_from(["", "Stopped", "Failed"]))
SIGHTS = st.builds(
    Sight,
    st.none() | st.builds(some_workflow, st.sampled_from(["", "Running", "Succeeded", "Failed", "Error"])),
    gone=st.booleans(),
    untried=st.booleans(),
    certain=st.booleans(),
)
SPECS = st.sampled_from(
    [{}, {"repeatAfterSec": 0}, {"repeatAfterSec": 0, "schedule": {"cron": "* * * * *"}}, {"level": "x"}]
)


@given(STATUSES, SIGHTS, SPECS, st.booleans(), st.floats(CREATED, CREATED + 2000))
def test_whatever_is_seen_each_decision_is_made_once_and_waits_lie_ahead(
    status: Status, sight: Sight, spec: dict[str, Any], paused: bool, now: float
) -> None:
    seen = check(status, paused=paused, **spec)
    decision = decide(seen, sight, now)
    match decision:
        case Wait(until):
            assert until is None or until > now
        case Begin(started_at):
            assert not status.under_way
            assert int(now) == started_at
            after = status_of({**changes(Status(), status), **begun(status, started_at)})
            assert isinstance(decide(replace(seen, status=after), Sight(untried=True), now), Create)
        case Finish(outcome):
            after = status_of({**changes(Status(), status), **finished(status, outcome)})
            assert status.under_way
            assert not after.under_way
        case Create() | Look():
            assert status.under_way
            assert sight.workflow is None
