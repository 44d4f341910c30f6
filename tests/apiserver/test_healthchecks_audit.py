"""The audit of health checks finds what is doubled, lost or false, and nothing where all is well."""

from collections.abc import Callable
from typing import Any

import pytest

from .checks_audit import Made, Verdict, audit

Object = dict[str, Any]
FIRST, SECOND = "2026-11-21T10:00:00Z", "2026-11-21T10:01:00Z"
ENDED = "2026-11-21T10:00:07Z"
AT = 1795255200
"""FIRST, in Unix seconds."""


class Story:
    """One check with one good run and one that failed."""

    def __init__(self) -> None:
        self.made = [Made("uid", AT, "health", "hello-a", "a"), Made("uid", AT + 60, "health", "hello-b", "b")]
        self.ends = {"a": "Succeeded", "b": "Failed"}
        self.history: list[Object] = [
            {"remedyTotalRuns": 7},
            {"remedyTotalRuns": 7, "startedAt": FIRST},
            {"remedyTotalRuns": 7, "startedAt": FIRST, "finishedAt": ENDED, "successCount": 1},
            {"remedyTotalRuns": 7, "startedAt": SECOND, "finishedAt": ENDED, "successCount": 1},
            {"remedyTotalRuns": 8, "startedAt": SECOND, "finishedAt": SECOND, "successCount": 1, "failedCount": 1},
        ]
        self._total()

    def verdict(self) -> Verdict:
        return audit(self.made, self.ends, {"uid": self.history})

    def _total(self) -> None:
        for raw in self.history:
            raw["totalHealthCheckRuns"] = raw.get("successCount", 0) + raw.get("failedCount", 0)


def _second_workflow(story: Story) -> None:
    story.made.append(Made("uid", AT, "health", "hello-c", "c"))
    story.ends["c"] = "Succeeded"


def _no_workflow(story: Story) -> None:
    del story.made[0]


def _no_beginning(story: Story) -> None:
    story.made.append(Made("uid", AT + 30, "health", "hello-c", "c"))
    story.ends["c"] = "Failed"


def _result_not_counted(story: Story) -> None:
    story.history[-1] |= {"failedCount": 0, "totalHealthCheckRuns": 1}


def _result_counted_twice(story: Story) -> None:
    story.history[-1] |= {"failedCount": 2, "totalHealthCheckRuns": 3}


def _result_for_another(story: Story) -> None:
    story.history[-1] |= {"successCount": 2, "failedCount": 0}


def _run_forgotten(story: Story) -> None:
    del story.history[2]


def _field_taken_away(story: Story) -> None:
    del story.history[-1]["remedyTotalRuns"]


def _went_back(story: Story) -> None:
    story.history.append({**story.history[-1], "startedAt": FIRST})


def _not_ended(story: Story) -> None:
    del story.ends["b"]


def _wrong_sum(story: Story) -> None:
    story.history[-1]["totalHealthCheckRuns"] = 3


FAULTS: dict[str, tuple[Callable[[Story], None], str, str]] = {
    "a second workflow": (_second_workflow, "doubled", "2 workflows"),
    "no workflow": (_no_workflow, "lost", "no workflow"),
    "no beginning": (_no_beginning, "wrong", "no beginning"),
    "a result that is not counted": (_result_not_counted, "lost", "Failed: 0 of 1"),
    "a result that is counted twice": (_result_counted_twice, "doubled", "Failed: 2 instead of 1"),
    "a failure that is told as success": (_result_for_another, "doubled", "Succeeded: 2 instead of 1"),
    "a run that is forgotten": (_run_forgotten, "lost", "forgotten"),
    "a field of another that is taken away": (_field_taken_away, "lost", "remedyTotalRuns"),
    "a beginning before the last": (_went_back, "wrong", "began before"),
    "a workflow without an end": (_not_ended, "wrong", "not at its end"),
    "a sum that is none": (_wrong_sum, "wrong", "3 runs in all"),
}


def test_where_all_is_well_nothing_is_found() -> None:
    verdict = Story().verdict()
    assert verdict.clean, str(verdict)
    assert (verdict.runs, verdict.succeeded, verdict.failed) == (2, 1, 1)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found(fault: str) -> None:
    happen, kind, words = FAULTS[fault]
    story = Story()
    happen(story)
    assert any(words in found for found in getattr(story.verdict(), kind)), str(story.verdict())
