"""Which changes of a check are told as Events, and in which words."""

import re
from itertools import pairwise

import pytest

from kubevigil.healthchecks.events import Event, event_of
from kubevigil.healthchecks.findings import Finding
from kubevigil.healthchecks.reconcile import Begin, Create, Decision, Finish, Look, Reject, Stop, Wait
from kubevigil.healthchecks.results import Result
from kubevigil.healthchecks.status import Status, begun, changes, finished, rejection, status_of

from .making import CREATED, outcome

WELL = Status(started_at=CREATED, status="Succeeded", success_count=3, total_runs=3)
BAD = Status(started_at=CREATED, status="Failed", error_message="no", failed_count=3, total_runs=3)


@pytest.mark.parametrize("decision", [Wait(), Begin(CREATED), Look(CREATED), Create("x", CREATED)], ids=repr)
def test_what_goes_on_as_it_should_is_not_told(decision: Decision) -> None:
    assert event_of(decision, WELL) is None


def test_a_success_is_told_the_first_time_and_after_a_failure() -> None:
    success = Finish(outcome())
    assert event_of(success, Status()) == Event("Normal", "Succeeded", "the check succeeded")
    assert event_of(success, BAD) == Event("Normal", "Recovered", "the check succeeded again")
    assert event_of(success, WELL) is None


@pytest.mark.parametrize("result", [result for result in Result if result is not Result.SUCCEEDED])
def test_each_way_to_fail_has_a_reason_of_its_own_and_the_words_of_the_outcome(result: Result) -> None:
    event = event_of(Finish(outcome(result, "exit code 1")), WELL)
    assert event is not None
    assert (event.kind, event.message) == ("Warning", "exit code 1")
    assert re.fullmatch(r"([A-Z][a-z]+)+", event.reason)


def test_the_reasons_differ() -> None:
    events = [event_of(Finish(outcome(result, "x")), BAD) for result in Result]
    assert len({event.reason for event in events if event}) == len(Result)


def test_equal_failures_are_told_in_equal_words_so_that_they_are_counted() -> None:
    one, two = (Finish(outcome(Result.FAILED, "exit code 1", at=CREATED + after)) for after in (0, 60))
    assert event_of(one, WELL) == event_of(two, BAD)


def test_a_stopped_and_a_wrong_check_are_told_once() -> None:
    stop, wrong = Stop(), Reject((Finding("spec.level", "is missing"),))
    assert event_of(stop, WELL) is not None
    assert event_of(stop, Status(status="Stopped")) is None
    event = event_of(wrong, WELL)
    assert event is not None
    assert event[:2] == ("Warning", "Invalid")
    assert "spec.level is missing" in event.message
    assert event_of(wrong, Status(status="Failed", error_message=rejection(wrong.findings))) is None


@pytest.mark.parametrize(
    "decision",
    [Finish(outcome(Result.FAILED, "x" * 5000)), Reject((Finding("spec", "y" * 5000),))],
    ids=["failure", "rejection"],
)
def test_a_message_is_no_longer_than_the_api_takes(decision: Decision) -> None:
    event = event_of(decision, WELL)
    assert event is not None
    assert len(event.message) == 1024
    assert event.message.endswith("...")


def test_an_event_a_change_over_a_hundred_runs() -> None:
    results = [Result.SUCCEEDED] * 50 + [Result.FAILED] + [Result.SUCCEEDED] * 49
    status, events = Status(), []
    for run, result in enumerate(results):
        raw = changes(Status(), status)
        status = status_of({**raw, **begun(status, CREATED + run * 60)})
        ends = Finish(outcome(result, "" if result is Result.SUCCEEDED else "no", at=CREATED + run * 60 + 3))
        events.append(event_of(ends, status))
        status = status_of({**changes(Status(), status), **finished(status, ends.outcome)})
    told = [event.reason for event in events if event]
    assert told == ["Succeeded", "WorkflowFailed", "Recovered"]
    assert all(sooner != later for sooner, later in pairwise(told))
