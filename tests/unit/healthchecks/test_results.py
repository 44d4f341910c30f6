"""Which result a workflow is, by its phase, its times and its deadline."""

import pytest

from kubevigil.healthchecks.results import FAILURES, Outcome, Result, has_ended, outcome_of

from .making import CREATED, workflow

NOW = CREATED + 100


@pytest.mark.parametrize("phase", ["", "Pending", "Running", "Unheard"])
def test_a_workflow_that_goes_on_has_no_outcome(phase: str) -> None:
    assert outcome_of(workflow(phase), NOW) is None
    assert not has_ended(workflow(phase))


@pytest.mark.parametrize(
    ("phase", "message", "result", "told"),
    [
        ("Succeeded", "", Result.SUCCEEDED, ""),
        ("Succeeded", "a step was skipped", Result.SUCCEEDED, ""),
        ("Failed", "exit code 1", Result.FAILED, "exit code 1"),
        ("Failed", "", Result.FAILED, "the workflow failed"),
        ("Error", "no such template", Result.ERROR, "no such template"),
        ("Error", "", Result.ERROR, "Argo could not run the workflow"),
    ],
)
def test_each_terminal_phase_is_a_result_of_its_own(phase: str, message: str, result: Result, told: str) -> None:
    ended = workflow(phase, message, began=CREATED + 1, ended=CREATED + 4)
    assert outcome_of(ended, NOW) == Outcome(result, told, "hello-1", CREATED + 4, 3, CREATED + 1)
    assert has_ended(ended)


def test_a_failure_at_the_deadline_is_a_timeout_and_keeps_argos_words() -> None:
    late = outcome_of(workflow("Failed", "step exceeded", began=CREATED, ended=CREATED + 20), NOW)
    assert late is not None
    assert (late.result, late.message) == (Result.TIMEOUT, "took longer than 20 s: step exceeded")
    silent = outcome_of(workflow("Failed", began=CREATED, ended=CREATED + 21), NOW)
    assert silent is not None
    assert silent.message == "took longer than 20 s: ended by Argo"


@pytest.mark.parametrize("deadline", [None, 0, 21])
def test_a_failure_before_the_deadline_is_a_failure(deadline: int | None) -> None:
    failed = outcome_of(workflow("Failed", began=CREATED, ended=CREATED + 20, deadline=deadline), NOW)
    assert failed is not None
    assert failed.result is Result.FAILED


def test_without_argos_times_the_end_is_now_and_the_runtime_not_known() -> None:
    ended = outcome_of(workflow("Succeeded"), NOW + 0.7)
    assert ended is not None
    assert (ended.finished_at, ended.runtime) == (NOW, None)


def test_argos_clock_may_be_ahead_of_ours_or_go_back() -> None:
    ahead = outcome_of(workflow("Succeeded", began=NOW, ended=NOW + 50), NOW)
    assert ahead is not None
    assert (ahead.finished_at, ahead.runtime) == (NOW, 50)
    back = outcome_of(workflow("Succeeded", began=NOW, ended=NOW - 5), NOW)
    assert back is not None
    assert back.runtime == 0


def test_success_is_called_as_the_rules_read_it() -> None:
    assert Result.SUCCEEDED.value == "success"
    assert {Result.SUCCEEDED, Result.DELETED, Result.UNKNOWN} | FAILURES == set(Result)
