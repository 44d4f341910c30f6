"""A check's status: read whatever it is, and changed by what happens to the check."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubevigil.healthchecks.findings import Finding
from kubevigil.healthchecks.results import FAILURES, Result
from kubevigil.healthchecks.status import (
    NAMES,
    STOPPED_MESSAGE,
    Status,
    begun,
    changes,
    finished,
    rejected,
    stamp,
    status_of,
    stopped,
)

from .making import CREATED, outcome

MOMENTS = st.none() | st.integers(0, 2**33)
COUNTS = st.integers(0, 2**40)
STATUSES = st.builds(
    Status,
    started_at=MOMENTS,
    finished_at=MOMENTS,
    last_failed_at=MOMENTS,
    status=st.sampled_from(["", "Succeeded", "Failed", "Stopped"]),
    error_message=st.text(),
    success_count=COUNTS,
    failed_count=COUNTS,
    total_runs=COUNTS,
    last_failed_workflow=st.text(),
    last_successful_workflow=st.text(),
)
RUNNING = Status(
    started_at=CREATED, finished_at=CREATED - 50, status="Failed", error_message="old", failed_count=2, total_runs=2
)


def merged(raw: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """RFC 7386, for flat objects."""
    return {key: value for key, value in {**raw, **patch}.items() if value is not None}


def applied(status: Status, patch: dict[str, Any]) -> Status:
    return status_of(merged(changes(Status(), status), patch))


@given(STATUSES)
def test_what_is_written_is_read_again(status: Status) -> None:
    assert status_of(changes(Status(), status)) == status
    assert changes(status, status) == {}


@given(STATUSES, STATUSES)
def test_a_patch_turns_one_status_into_the_other(old: Status, new: Status) -> None:
    assert applied(old, changes(old, new)) == new


def test_the_names_are_the_predecessors() -> None:
    assert set(NAMES.values()) == {
        "errorMessage", "startedAt", "finishedAt", "lastFailedAt", "remedyTriggeredAt", "remedyFinishedAt",
        "lastFailedWorkflow", "lastSuccessfulWorkflow", "successCount", "failedCount", "remedySuccessCount",
        "remedyFailedCount", "remedyTotalRuns", "totalHealthCheckRuns", "status", "remedyStatus",
        "remedyErrorMessage", "remedyLastFailedAt",
    }  # fmt: skip


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@given(JSON | st.dictionaries(st.sampled_from(sorted(NAMES.values())), JSON))
def test_any_status_is_read_and_what_is_wrong_counts_as_absent(raw: object) -> None:
    status = status_of(raw)
    assert status.success_count >= 0
    assert applied(status, begun(status, CREATED)).under_way


@pytest.mark.parametrize("text", ["2024-05-06T07:08:09Z", "2024-05-06T09:08:09+02:00", "2024-05-06T07:08:09.999Z"])
def test_times_are_read_with_any_offset_and_written_in_whole_seconds_of_utc(text: str) -> None:
    started_at = status_of({"startedAt": text}).started_at
    assert started_at is not None
    assert stamp(started_at) == "2024-05-06T07:08:09Z"


@pytest.mark.parametrize("text", ["", "yesterday", "2024-13-01T00:00:00Z", 5, None, "9" * 400, "0001-01-01T00:00:00Z"])
def test_a_time_that_is_none_counts_as_absent(text: object) -> None:
    assert status_of({"startedAt": text}).started_at is None


@given(STATUSES, st.integers(0, 2**33))
def test_a_run_that_begins_is_under_way_whatever_was_before(status: Status, started_at: int) -> None:
    after = applied(status, begun(status, started_at))
    assert after.under_way
    assert after.started_at == started_at
    assert after.status != "Stopped"
    assert begun(after, started_at) == {}


def test_a_beginning_writes_nothing_but_the_moment_where_the_last_run_lies_before() -> None:
    ended = Status(started_at=CREATED, finished_at=CREATED + 5, status="Succeeded", success_count=1, total_runs=1)
    assert begun(ended, CREATED + 60) == {"startedAt": stamp(CREATED + 60)}
    assert begun(ended, CREATED + 5) == {"startedAt": stamp(CREATED + 5), "finishedAt": None}


def test_a_success_counts_and_clears_what_went_wrong_before() -> None:
    assert finished(RUNNING, outcome(message="a step was skipped", at=CREATED + 4)) == {
        "finishedAt": stamp(CREATED + 4),
        "status": "Succeeded",
        "errorMessage": None,
        "successCount": 1,
        "totalHealthCheckRuns": 3,
        "lastSuccessfulWorkflow": "hello-1",
    }


def test_a_failure_counts_and_says_why() -> None:
    well = replace(RUNNING, status="Succeeded", error_message="")
    assert finished(well, outcome(Result.FAILED, "exit code 1", at=CREATED + 4)) == {
        "finishedAt": stamp(CREATED + 4),
        "lastFailedAt": stamp(CREATED + 4),
        "status": "Failed",
        "errorMessage": "exit code 1",
        "failedCount": 3,
        "totalHealthCheckRuns": 3,
        "lastFailedWorkflow": "hello-1",
    }


@pytest.mark.parametrize("result", [Result.DELETED, Result.UNKNOWN])
def test_a_run_without_a_result_moves_no_count_and_says_so(result: Result) -> None:
    well = replace(RUNNING, status="Succeeded", error_message="")
    assert finished(well, outcome(result, "gone", at=CREATED)) == {
        "finishedAt": stamp(CREATED),
        "errorMessage": "gone",
    }


def test_a_run_of_which_no_workflow_was_made_names_none() -> None:
    assert "lastFailedWorkflow" not in finished(RUNNING, outcome(Result.REFUSED, "no"))


@given(STATUSES, st.sampled_from(Result), st.integers(-(10**9), 2**33), st.text(max_size=3000))
def test_an_outcome_ends_the_run_once_and_the_counts_add_up(
    status: Status, result: Result, at: int, message: str
) -> None:
    running = applied(status, begun(status, CREATED))
    first = finished(running, outcome(result, message, at=at))
    after = applied(running, first)
    assert not after.under_way
    assert after.finished_at is not None
    assert after.finished_at >= CREATED
    assert len(after.error_message) <= 1024
    assert after.success_count - running.success_count == (result is Result.SUCCEEDED)
    assert after.failed_count - running.failed_count == (result in FAILURES)
    assert after.total_runs == after.success_count + after.failed_count
    assert finished(after, outcome(result, message, at=at)) == {}


def test_a_stopped_check_keeps_the_moment_at_which_it_was_stopped() -> None:
    assert stopped(Status(), CREATED) == {
        "status": "Stopped",
        "finishedAt": stamp(CREATED),
        "errorMessage": STOPPED_MESSAGE,
    }
    after = applied(Status(), stopped(Status(), CREATED))
    assert stopped(after, CREATED + 60) == {}


def test_the_words_of_a_stopped_check_are_the_predecessors() -> None:
    assert STOPPED_MESSAGE == (
        "workflow execution is stopped; either spec.RepeatAfterSec or spec.Schedule must be provided. "
        "spec.RepeatAfterSec set to 0. spec.Schedule set to {Cron:}"
    )


@given(STATUSES, st.lists(st.builds(Finding, st.text(), st.text()), max_size=40))
def test_a_check_that_cannot_work_says_why_once_and_moves_no_count(status: Status, findings: list[Finding]) -> None:
    after = applied(status, rejected(status, findings))
    assert after.status == "Failed"
    assert after.error_message.startswith("the check cannot work: ")
    assert replace(after, status="", error_message="") == replace(status, status="", error_message="")
    assert rejected(after, findings) == {}
