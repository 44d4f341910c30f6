"""One decision at a time about a check's remedy. What they come to over kills is the simulation's matter."""

from dataclasses import replace
from typing import Any

import pytest

from kubevigil.healthchecks.manifest import REMEDY, run_name
from kubevigil.healthchecks.reconcile import (
    FRESH,
    GRACE,
    Begin,
    Check,
    Create,
    Decision,
    Discard,
    Finish,
    FinishRemedy,
    Look,
    Sight,
    Wait,
    decide,
    ended,
)
from kubevigil.healthchecks.remedy import NO_ANSWER, Answer
from kubevigil.healthchecks.resources import WorkflowObject
from kubevigil.healthchecks.results import Result
from kubevigil.healthchecks.spec import judge
from kubevigil.healthchecks.status import Status

from .making import CREATED, UID, check, mended, outcome, raw_spec, workflow

AT = CREATED + 8
MENDING = Status(CREATED, CREATED + 5, status="Failed", remedy_triggered_at=AT, remedy_total_runs=1)
LATE = AT + 15 + GRACE


def mending(**spec: Any) -> Check:
    return check(MENDING, **mended(**spec))


def name_of(of: Check) -> str:
    assert of.judged.spec
    assert of.judged.spec.remedy
    return run_name(of.judged.spec.remedy, UID, AT, REMEDY)


def decided(sight: Sight, now: float, of: Check | None = None) -> Decision:
    return decide(of or mending(), Sight(remedy=sight), now)


def remedy(phase: str, **more: Any) -> WorkflowObject:
    return workflow(phase, **{"name": name_of(mending()), "run": AT, "kind": REMEDY, **more})


def ended_with(decision: Decision) -> Result:
    assert isinstance(decision, FinishRemedy)
    return decision.outcome.result


def test_a_failure_brings_its_remedy_and_a_success_none() -> None:
    running = check(Status(started_at=CREATED), **mended())
    failed = Sight(workflow("Failed", "no", began=CREATED, ended=CREATED + 5))
    decision = decide(running, failed, AT + 0.5)
    assert isinstance(decision, Finish)
    assert decision.answer == Answer(AT)
    well = decide(running, Sight(workflow("Succeeded", began=CREATED, ended=CREATED + 5)), AT)
    assert isinstance(well, Finish)
    assert well.answer == NO_ANSWER


def test_a_check_that_is_paused_gets_no_remedy_and_one_that_goes_on_is_brought_to_its_end() -> None:
    paused = replace(check(Status(started_at=CREATED), **mended()), paused=True)
    decision = decide(paused, Sight(workflow("Failed", began=CREATED, ended=CREATED + 5)), AT)
    assert isinstance(decision, Finish)
    assert decision.answer == NO_ANSWER
    well = ended(replace(paused, status=replace(paused.status, remedy_total_runs=2)), "healthCheck", outcome(), AT)
    assert well == Finish(outcome(), Answer(anew=True)), "a success is one"
    over = decided(Sight(remedy("Succeeded")), AT + 5, replace(mending(), paused=True))
    assert ended_with(over) == Result.SUCCEEDED


def test_a_failure_that_is_told_late_is_not_acted_upon_where_the_check_can_run_again() -> None:
    failure = outcome(Result.FAILED, "no", at=CREATED + 5)
    running = check(Status(started_at=CREATED), **mended())
    fresh, late = CREATED + 5 + FRESH, CREATED + 6 + FRESH
    assert ended(running, "healthCheck", failure, fresh) == Finish(failure, Answer(fresh))
    assert ended(running, "healthCheck", failure, late) == Finish(failure)
    rare = check(Status(started_at=CREATED), **mended(repeatAfterSec=86_400))
    assert ended(rare, "healthCheck", failure, late) == Finish(failure, Answer(late))


def test_while_a_remedy_goes_on_its_check_begins_no_run() -> None:
    sight, now = Sight(remedy("Running")), CREATED + 60
    slow = mending(repeatAfterSec=10)
    assert decided(sight, AT + 3, slow) == Wait(LATE)
    assert decided(Sight(remedy("Succeeded")), now) != Begin(now)
    over = replace(slow, status=replace(MENDING, remedy_finished_at=AT + 3))
    assert decide(over, Sight(remedy=sight), AT + 4) == Begin(AT + 4)


def test_its_workflow_is_created_after_the_beginning_is_written_and_looked_for_after_a_crash() -> None:
    name = name_of(mending())
    assert name.startswith("mend-")
    assert decided(Sight(untried=True), AT) == Create(name, AT, again=False, kind=REMEDY)
    assert decided(Sight(certain=False), AT) == Look(AT, REMEDY)
    assert decide(mending(), Sight(), AT) == Look(AT, REMEDY), "nothing is known of it"
    assert decided(Sight(), AT) == Create(name, AT, again=True, kind=REMEDY)
    assert decided(Sight(expected=True), AT) == Wait(LATE)


def test_it_has_its_own_time_and_else_that_of_its_check() -> None:
    assert decided(Sight(remedy("Running")), LATE - 0.1) == Wait(LATE)
    assert ended_with(decided(Sight(remedy("Running")), LATE)) == Result.TIMEOUT
    assert ended_with(decided(Sight(remedy("")), LATE)) == Result.ARGO_UNAVAILABLE
    assert ended_with(decided(Sight(), LATE)) == Result.UNKNOWN
    without = {**mended()["remedyworkflow"], "workflowtimeout": 0}
    assert decided(Sight(remedy("Running")), LATE, mending(remedyworkflow=without)) == Wait(AT + 20 + GRACE)


@pytest.mark.parametrize(
    ("sight", "result"),
    [
        (Sight(remedy("Succeeded", began=AT, ended=AT + 2)), Result.SUCCEEDED),
        (Sight(remedy("Failed", began=AT, ended=AT + 2)), Result.FAILED),
        (Sight(remedy("Error")), Result.ERROR),
        (Sight(gone=True), Result.DELETED),
    ],
    ids=["succeeded", "failed", "error", "deleted"],
)
def test_its_end_is_told_as_that_of_a_run(sight: Sight, result: Result) -> None:
    assert ended_with(decided(sight, AT + 3)) == result


@pytest.mark.parametrize("spec", [raw_spec(), {**raw_spec(**mended()), "level": "x"}], ids=["taken away", "wrong"])
def test_a_remedy_that_an_edit_takes_away_is_waited_for_if_it_is_there_and_else_did_not_fail(
    spec: dict[str, Any],
) -> None:
    edited = replace(mending(), judged=judge(spec))
    assert decided(Sight(remedy("Running", deadline=50)), AT + 1, edited) == Wait(AT + 50 + GRACE)
    assert decided(Sight(certain=False), AT + 1, edited) == Look(AT, REMEDY)
    assert ended_with(decided(Sight(), AT + 1, edited)) == Result.UNKNOWN


def test_what_is_left_of_a_remedy_that_took_too_long_is_discarded() -> None:
    over = check(replace(MENDING, remedy_finished_at=LATE), **mended(repeatAfterSec=600))
    left = remedy("Running", began=AT)
    assert decide(over, Sight(remedy=Sight(left)), LATE + 1) == Discard(AT, left, REMEDY)
    earlier = workflow("", run=CREATED - 60, kind=REMEDY)
    seen = Sight(remedy=Sight(earlier=((CREATED - 60, earlier),)))
    assert decide(over, seen, LATE + 1) == Discard(CREATED - 60, earlier, REMEDY)
    assert isinstance(decide(over, Sight(remedy=Sight(remedy("Succeeded"))), LATE + 1), Wait)


def test_the_workflow_of_a_check_that_took_too_long_is_discarded_beside_its_remedy() -> None:
    hung = workflow("Running", began=CREATED)
    status = replace(MENDING, finished_at=CREATED + 30, remedy_triggered_at=CREATED + 30)
    sight = Sight(hung, remedy=Sight(expected=True))
    assert decide(check(status, **mended()), sight, CREATED + 31) == Discard(CREATED, hung)
