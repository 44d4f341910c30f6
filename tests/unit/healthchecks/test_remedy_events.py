"""The Events of remedies."""

import re

import pytest

from kubevigil.healthchecks.events import LONGEST, Event, event_of
from kubevigil.healthchecks.manifest import REMEDY
from kubevigil.healthchecks.reconcile import Begin, Create, Decision, Finish, FinishRemedy, Look, Wait
from kubevigil.healthchecks.remedy import Answer
from kubevigil.healthchecks.remedy_events import remedy_event_of
from kubevigil.healthchecks.results import Result
from kubevigil.healthchecks.status import Status

from .making import CREATED, outcome


@pytest.mark.parametrize(
    "decision",
    [
        Wait(),
        Begin(CREATED),
        Look(CREATED, REMEDY),
        Create("x", CREATED),
        Finish(outcome()),
        Finish(outcome(Result.FAILED, "no"), Answer(CREATED)),
    ],
    ids=["wait", "begin", "look", "a check's workflow", "a success", "a failure whose remedy begins"],
)
def test_what_is_no_news_of_a_remedy_is_not_told(decision: Decision) -> None:
    assert remedy_event_of(decision) is None


def test_a_remedy_that_begins_is_told_with_its_workflow() -> None:
    assert remedy_event_of(Create("mend-1", CREATED, kind=REMEDY)) == Event(
        "Normal", "RemedyStarted", "the check failed, and its remedy runs as workflow mend-1"
    )


def test_a_failure_that_is_not_answered_says_why() -> None:
    told = remedy_event_of(Finish(outcome(Result.FAILED, "no"), Answer(denied="remedyRunsLimit is reached: 2")))
    assert told == Event(
        "Warning", "RemedyExhausted", "the check failed, and its remedy is not run: remedyRunsLimit is reached: 2"
    )


@pytest.mark.parametrize("result", list(Result))
def test_each_end_of_a_remedy_has_a_reason_of_its_own(result: Result) -> None:
    event = remedy_event_of(FinishRemedy(outcome(result, "x" * 5000)))
    assert event is not None
    assert re.fullmatch(r"Remedy([A-Z][a-z]+)+", event.reason)
    assert event.kind == ("Normal" if result is Result.SUCCEEDED else "Warning")
    assert len(event.message) <= LONGEST
    others = {remedy_event_of(FinishRemedy(outcome(other, "x"))) for other in Result if other is not result}
    assert event.reason not in {other.reason for other in others if other}


def test_the_end_of_a_remedy_is_no_event_of_the_check() -> None:
    assert event_of(FinishRemedy(outcome(Result.FAILED, "no")), Status()) is None
