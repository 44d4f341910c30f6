"""Which failures of a check are answered by its remedy, and what of that is in its status."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kubevigil.healthchecks.remedy import NO_ANSWER, Answer, answer_to
from kubevigil.healthchecks.results import FAILURES, Result
from kubevigil.healthchecks.status import Status, changes, finished, remedied, stamp, status_of

from .making import CREATED, mended, outcome, spec_of

NOW = CREATED + 8.5
RUNNING = Status(started_at=CREATED)
FAILURE = outcome(Result.FAILED, "exit code 1", at=CREATED + 5)
ONCE = replace(
    RUNNING,
    remedy_triggered_at=CREATED - 60,
    remedy_finished_at=CREATED - 50,
    remedy_total_runs=1,
    remedy_success_count=1,
    remedy_status="Succeeded",
)


def applied(status: Status, patch: dict[str, Any]) -> Status:
    return status_of({key: value for key, value in {**changes(Status(), status), **patch}.items() if value is not None})


def answer(status: Status = RUNNING, result: Result = Result.FAILED, **spec: Any) -> Answer:
    ended = outcome(result, "no", at=CREATED + 5)
    return answer_to(spec_of(**mended(**spec)), status, ended, NOW)


@pytest.mark.parametrize("result", [Result.FAILED, Result.ERROR, Result.TIMEOUT])
def test_what_a_check_found_wrong_is_answered_at_once(result: Result) -> None:
    assert answer(result=result) == Answer(CREATED + 8)


@pytest.mark.parametrize("result", [Result.REFUSED, Result.ARGO_UNAVAILABLE, Result.DELETED, Result.UNKNOWN])
def test_a_run_that_tells_nothing_of_the_cluster_is_not_answered(result: Result) -> None:
    assert answer(result=result) == NO_ANSWER


def test_a_check_without_a_remedy_and_one_that_cannot_work_have_no_answer() -> None:
    assert answer_to(spec_of(), RUNNING, FAILURE, NOW) == NO_ANSWER
    assert answer_to(None, RUNNING, FAILURE, NOW) == NO_ANSWER


def test_without_a_limit_each_failure_is_answered() -> None:
    assert answer(replace(ONCE, remedy_total_runs=999, remedy_success_count=999)) == Answer(CREATED + 8)


def test_a_limit_works_without_an_interval() -> None:
    assert answer(ONCE, remedyRunsLimit=2) == Answer(CREATED + 8)
    assert answer(ONCE, remedyRunsLimit=1) == Answer(denied="remedyRunsLimit is reached: 1")


def test_an_interval_works_without_a_limit_and_after_a_remedy_that_failed() -> None:
    failed = replace(ONCE, remedy_success_count=0, remedy_failed_count=1)
    assert answer(failed).denied == "the last remedy failed, which stops further ones"
    assert answer(failed, remedyResetInterval=56).at is None
    assert answer(failed, remedyResetInterval=55) == Answer(CREATED + 8, anew=True)


def test_the_interval_is_judged_by_the_moment_of_the_failure_so_that_a_refusal_stays_one() -> None:
    assert answer(ONCE, remedyRunsLimit=1, remedyResetInterval=56).denied
    assert answer(ONCE, remedyRunsLimit=1, remedyResetInterval=55) == Answer(CREATED + 8, anew=True)


def test_a_check_that_began_by_a_clock_that_was_ahead_does_not_shorten_the_interval() -> None:
    ahead = replace(ONCE, started_at=CREATED + 200)
    assert answer(ahead, remedyRunsLimit=1, remedyResetInterval=100).denied
    assert answer(ahead, remedyRunsLimit=1, remedyResetInterval=58).at == CREATED + 200


@pytest.mark.parametrize(
    "fields", [{"remedy_triggered_at": None, "remedy_finished_at": None}, {"remedy_finished_at": CREATED + 10**6}]
)
def test_an_end_that_is_not_known_or_lies_ahead_is_no_reason_for_more_remedies(fields: dict[str, Any]) -> None:
    status = replace(ONCE, **fields)
    assert answer(status, remedyRunsLimit=1, remedyResetInterval=1).denied


def test_a_remedy_has_a_second_of_its_own_which_is_not_before_the_failure() -> None:
    assert answer(replace(RUNNING, remedy_triggered_at=CREATED + 8, remedy_finished_at=CREATED + 8)).at == CREATED + 9
    assert answer(replace(RUNNING, started_at=CREATED + 100)).at == CREATED + 100


def test_a_failure_and_its_remedy_are_one_write_in_which_the_remedy_counts_already() -> None:
    assert finished(ONCE, FAILURE, CREATED + 8) == {
        "finishedAt": stamp(CREATED + 5),
        "lastFailedAt": stamp(CREATED + 5),
        "status": "Failed",
        "errorMessage": "exit code 1",
        "failedCount": 1,
        "totalHealthCheckRuns": 1,
        "lastFailedWorkflow": "hello-1",
        "remedyTriggeredAt": stamp(CREATED + 8),
        "remedyTotalRuns": 2,
    }


def test_a_remedy_that_begins_is_under_way_even_if_the_end_of_the_last_lies_ahead() -> None:
    ahead = replace(ONCE, remedy_finished_at=CREATED + 8)
    assert finished(ahead, FAILURE, CREATED + 8)["remedyFinishedAt"] is None
    assert "remedyFinishedAt" not in finished(ONCE, FAILURE, CREATED + 8), "the interval counts from there"


def test_after_the_interval_the_counts_begin_anew_with_the_remedy() -> None:
    patch = finished(replace(ONCE, remedy_failed_count=4, remedy_total_runs=5), FAILURE, CREATED + 8, anew=True)
    assert {key: value for key, value in patch.items() if "emedy" in key} == {
        "remedyTriggeredAt": stamp(CREATED + 8),
        "remedyTotalRuns": 1,
        "remedySuccessCount": None,
        "remedyFailedCount": None,
        "remedyStatus": "RemedyResetInterval elapsed so Remedy is reset",
    }


def test_a_success_takes_the_counts_back_once_and_leaves_when_the_remedy_was() -> None:
    told = answer(ONCE, Result.SUCCEEDED)
    assert told == Answer(anew=True)
    after = applied(ONCE, finished(ONCE, outcome(at=CREATED + 5), anew=told.anew))
    assert after.remedy_status == "HealthCheck Passed so Remedy is reset"
    assert (after.remedy_total_runs, after.remedy_success_count, after.remedy_failed_count) == (0, 0, 0)
    assert after.remedy_finished_at == CREATED - 50
    assert answer(after, Result.SUCCEEDED) == NO_ANSWER


def test_beside_a_remedy_that_goes_on_none_begins() -> None:
    assert answer(replace(ONCE, remedy_finished_at=None)) == NO_ANSWER


def test_what_another_controller_counted_stays_where_the_check_has_no_remedy() -> None:
    told = answer_to(spec_of(), ONCE, outcome(at=CREATED + 5), NOW)
    assert not any("emedy" in key for key in finished(ONCE, outcome(at=CREATED + 5), told.at, anew=told.anew))


MENDING = replace(ONCE, finished_at=CREATED + 5, remedy_triggered_at=CREATED + 8, remedy_total_runs=2)


def test_a_remedy_that_succeeds_says_so_and_clears_what_the_one_before_said() -> None:
    assert remedied(replace(MENDING, remedy_error_message="old", remedy_status="x"), outcome(at=CREATED + 9)) == {
        "remedyFinishedAt": stamp(CREATED + 9),
        "remedyStatus": "Succeeded",
        "remedySuccessCount": 2,
        "remedyErrorMessage": None,
    }


@pytest.mark.parametrize("result", sorted(FAILURES))
def test_a_remedy_that_fails_says_why_and_leaves_the_check_as_it_was(result: Result) -> None:
    assert remedied(MENDING, outcome(result, "may not", at=CREATED + 9)) == {
        "remedyFinishedAt": stamp(CREATED + 9),
        "remedyLastFailedAt": stamp(CREATED + 9),
        "remedyStatus": "Failed",
        "remedyFailedCount": 1,
        "remedyErrorMessage": "may not",
    }


@pytest.mark.parametrize("result", [Result.DELETED, Result.UNKNOWN])
def test_a_remedy_whose_end_nobody_saw_did_not_fail_and_counts_against_the_limit(result: Result) -> None:
    after = applied(MENDING, remedied(MENDING, outcome(result, "gone", at=CREATED + 9)))
    assert (after.remedy_total_runs, after.remedy_failed_count, after.remedy_status) == (2, 0, "Succeeded")
    assert after.remedy_error_message == "gone"
    assert not after.remedy_under_way


MOMENTS = st.none() | st.integers(0, 2**33)
STATUSES = st.builds(
    Status,
    started_at=MOMENTS,
    finished_at=MOMENTS,
    remedy_triggered_at=MOMENTS,
    remedy_finished_at=MOMENTS,
    remedy_last_failed_at=MOMENTS,
    remedy_status=st.text(max_size=5),
    remedy_error_message=st.text(max_size=5),
    remedy_success_count=st.integers(0, 5),
    remedy_failed_count=st.integers(0, 5),
    remedy_total_runs=st.integers(0, 5),
)


@given(STATUSES, st.sampled_from(Result), st.integers(0, 2**33), st.text(max_size=2000))
def test_a_remedy_ends_once_and_touches_nothing_of_the_check(
    status: Status, result: Result, at: int, message: str
) -> None:
    patch = remedied(status, outcome(result, message, at=at))
    assert bool(patch) is status.remedy_under_way
    assert all(key.startswith("remedy") for key in patch)
    after = applied(status, patch)
    assert not after.remedy_under_way
    assert len(after.remedy_error_message) <= 1024
    assert after.remedy_total_runs >= status.remedy_total_runs


@given(STATUSES, st.integers(0, 4), st.integers(0, 300), st.floats(CREATED, 2**33))
def test_whatever_the_status_a_remedy_begins_only_where_limit_interval_and_the_last_one_allow(
    status: Status, limit: int, interval: int, now: float
) -> None:
    running = replace(status, started_at=CREATED, finished_at=None)
    assume(not running.remedy_under_way)
    told = answer_to(spec_of(**mended(remedyRunsLimit=limit, remedyResetInterval=interval)), running, FAILURE, now)
    ended = running.remedy_finished_at
    over = interval > 0 and ended is not None and CREATED + 5 - ended >= interval
    stopped = running.remedy_failed_count > 0 or (0 < limit <= running.remedy_total_runs)
    assert (told.at is not None) is (over or not stopped)
    assert bool(told.denied) is (told.at is None)
    if told.at is not None:
        after = applied(running, finished(running, FAILURE, told.at, anew=told.anew))
        assert after.remedy_under_way
        assert after.remedy_triggered_at == told.at != running.remedy_triggered_at
        assert not limit or after.remedy_total_runs <= limit
