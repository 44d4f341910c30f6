"""What is shown of a check: read off its status, and off what was seen since the exporter started."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubevigil.healthchecks.durations import BOUNDS, Durations
from kubevigil.healthchecks.portrait import Portrait, Run, Tally, portrait_of
from kubevigil.healthchecks.results import FAILURES, Outcome, Result
from kubevigil.healthchecks.status import Status, begun, changes, finished, status_of

from .making import CREATED, check, outcome, raw_spec

NOW = CREATED + 100.0
WELL = Status(CREATED + 60, CREATED + 64, status="Succeeded", success_count=2, failed_count=1, total_runs=3)
REMEDY = {"generateName": "mend-", "resource": {"namespace": "health", "source": {"inline": "x"}}}


def shown(status: Status = Status(), tally: Tally = Tally(), now: float = NOW, **spec: Any) -> Portrait:  # noqa: B008  frozen
    return portrait_of(check(status, **spec), tally, now)


def played(results: list[Outcome], status: Status = Status(), tally: Tally = Tally()) -> tuple[Status, Tally]:  # noqa: B008  frozen
    """The status and the tally after runs, one a minute."""
    for run, ended in enumerate(results):
        started_at = CREATED + run * 60
        status = status_of({**changes(Status(), status), **begun(status, started_at)})
        at = replace(ended, finished_at=started_at + 5)
        status = status_of({**changes(Status(), status), **finished(status, at)})
        tally = tally.after(at, started_at)
    return status, tally


def test_a_check_that_never_ran_has_all_its_results_at_zero_and_is_due_at_its_creation() -> None:
    new = shown()
    assert new.runs == dict.fromkeys(Result, 0)
    assert (new.up, new.last_success, new.last_run) == (None, 0, None)
    assert (new.next_run, new.interval, new.paused) == (CREATED, 60, False)


def test_after_a_restart_the_status_tells_what_it_can() -> None:
    known = shown(WELL)
    assert (known.runs[Result.SUCCEEDED], known.runs[Result.FAILED]) == (2, 1)
    assert (known.up, known.last_success) == (True, CREATED + 64)
    assert known.last_run == Run(CREATED + 60, CREATED + 64, 4)
    assert known.next_run == CREATED + 120


def test_a_failure_leaves_the_last_success_to_who_saw_it() -> None:
    status, tally = played([outcome(took=3), outcome(Result.FAILED, "no", took=9)])
    seen = shown(status, tally)
    assert (seen.up, seen.last_success) == (False, CREATED + 5)
    assert seen.last_run == Run(CREATED + 60, CREATED + 65, 3), "the runtime is that of the last success"
    assert shown(status).last_success == 0
    assert shown(status).last_run == Run(CREATED + 60, CREATED + 65)


@pytest.mark.parametrize("result", [Result.DELETED, Result.UNKNOWN])
def test_a_run_without_a_result_changes_nothing_of_what_is_known(result: Result) -> None:
    status, tally = played([outcome(), outcome(result, "gone")])
    seen = shown(status, tally)
    assert (seen.up, seen.last_success, seen.runs[result]) == (True, CREATED + 5, 1)
    assert shown(status).last_success == 0, "when it was is not in the status any more"


@given(st.lists(st.sampled_from(Result), max_size=30), st.integers(0, 5), st.integers(0, 5))
def test_the_results_add_up_to_the_counts_of_the_status(results: list[Result], good: int, bad: int) -> None:
    before = Status(success_count=good, failed_count=bad, total_runs=good + bad)
    status, tally = played([outcome(result, "why") for result in results], before)
    runs = shown(status, tally).runs
    assert runs[Result.SUCCEEDED] == status.success_count == good + results.count(Result.SUCCEEDED)
    assert sum(runs[result] for result in FAILURES) == status.failed_count
    assert all(runs[result] == results.count(result) for result in Result if result not in {"success", "failed"})
    assert runs[Result.FAILED] == bad + results.count(Result.FAILED)


def test_a_run_that_hangs_lets_its_next_slot_go_by() -> None:
    running = shown(replace(WELL, started_at=CREATED + 120), now=CREATED + 900)
    assert running.next_run == CREATED + 180
    assert running.last_run is None


def test_a_paused_and_a_stopped_check_have_no_next_run() -> None:
    for still in (portrait_of(check(WELL, paused=True), Tally(), NOW), shown(WELL, repeatAfterSec=0)):
        assert (still.paused, still.next_run, still.interval, still.up) == (True, 0, 0, True)


def test_a_check_that_cannot_work_is_not_paused_and_has_no_next_run() -> None:
    wrong = shown(Status(status="Failed"), level="x")
    assert (wrong.paused, wrong.next_run, wrong.up) == (False, 0, False)


def test_a_start_in_the_future_does_not_push_the_next_run_there() -> None:
    assert shown(Status(started_at=CREATED + 10**7, finished_at=CREATED + 10**7)).next_run == CREATED + 120


FAILING = Status(
    CREATED,
    CREATED + 90,
    status="Failed",
    remedy_triggered_at=CREATED + 40,
    remedy_finished_at=CREATED + 50,
    remedy_total_runs=2,
    remedy_success_count=2,
)


@pytest.mark.parametrize(
    ("fields", "spec", "exhausted"),
    [
        ({}, {"remedyRunsLimit": 2}, True),
        ({}, {"remedyRunsLimit": 3}, False),
        ({}, {}, False),
        ({}, {"remedyRunsLimit": 2, "remedyResetInterval": 51}, True),
        ({}, {"remedyRunsLimit": 2, "remedyResetInterval": 50}, False),
        ({"status": "Succeeded"}, {"remedyRunsLimit": 2}, False),
        ({"finished_at": CREATED + 40}, {"remedyRunsLimit": 2}, False),
        ({"remedy_triggered_at": CREATED + 95}, {"remedyRunsLimit": 2}, False),
        ({"remedy_failed_count": 1}, {}, True),
        ({"remedy_failed_count": 1, "finished_at": CREATED + 40}, {}, True),
        ({"remedy_failed_count": 1, "remedy_triggered_at": CREATED + 95}, {}, False),
    ],
    ids=[
        "limit",
        "below it",
        "no limit",
        "in the interval",
        "after it",
        "well",
        "the last one may have helped",
        "the last one goes on",
        "one failed",
        "it was the answer to the last failure",
        "one goes on in a new count",
    ],
)
def test_a_remedy_is_exhausted_while_the_check_fails_and_no_further_one_is_run(
    fields: dict[str, Any], spec: dict[str, Any], exhausted: bool
) -> None:
    remedy = shown(replace(FAILING, **fields), remedyworkflow=REMEDY, **spec).remedy
    assert remedy is not None
    assert remedy.exhausted is exhausted


def test_remedies_are_counted_by_who_saw_their_ends_since_the_status_forgets_them_at_a_success() -> None:
    tally = Tally().after_remedy(outcome(at=CREATED + 50, took=7), CREATED + 40)
    for result in (Result.TIMEOUT, Result.UNKNOWN, Result.TIMEOUT):
        tally = tally.after_remedy(outcome(result, "no", at=CREATED + 60, took=2), CREATED + 55)
    remedy = shown(WELL, tally, remedyworkflow=REMEDY).remedy
    assert remedy is not None
    assert {result: count for result, count in remedy.runs.items() if count} == {
        "success": 1,
        "timeout": 2,
        "unknown": 1,
    }
    assert remedy.last_run == Run(CREATED + 55, CREATED + 60, 7), "the runtime is that of the last that succeeded"
    assert tally.last_run is None
    assert shown(WELL, tally).remedy is None


def test_after_a_restart_the_status_tells_when_the_last_remedy_was() -> None:
    remedy = shown(FAILING, remedyworkflow=REMEDY).remedy
    assert remedy is not None
    assert remedy.last_run == Run(CREATED + 40, CREATED + 50)
    assert set(remedy.runs) == set(Result)


@given(st.lists(st.floats(0, 10_000), max_size=30))
def test_durations_count_each_run_in_the_first_bucket_that_holds_it(seconds: list[float]) -> None:
    durations = Durations()
    for took in seconds:
        durations = durations.plus(took)
    assert sum(durations.counts) == len(seconds)
    assert durations.total == pytest.approx(sum(seconds))
    for place, bound in enumerate(BOUNDS):
        assert sum(durations.counts[: place + 1]) == sum(took <= bound for took in seconds)


def test_only_runs_that_argo_timed_have_a_duration() -> None:
    _, tally = played([outcome(took=4), replace(outcome(Result.REFUSED, "no"), runtime=None)])
    assert (sum(tally.durations.counts), tally.durations.total) == (1, 4)


def test_the_spec_of_these_tests_is_one_that_works() -> None:
    assert check(**raw_spec()).judged.spec is not None
