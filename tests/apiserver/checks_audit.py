"""The audit of health checks: the workflows that the API server ever had = what the checks' status says of them.

Pure. Of each check there is every version of its status, in order; each is judged, not the last alone.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from kubevigil.healthchecks.status import Status, status_of
from tests.faults.findings import Findings

Object = dict[str, Any]
Histories = Mapping[str, Sequence[Object]]
"""Each status that a check had, in the resource's own names, by the check's uid."""

OURS = frozenset(
    {
        "startedAt",
        "finishedAt",
        "status",
        "errorMessage",
        "successCount",
        "failedCount",
        "totalHealthCheckRuns",
        "lastFailedAt",
        "lastFailedWorkflow",
        "lastSuccessfulWorkflow",
    }
)
"""What the controller writes into a status. The rest is somebody else's."""


class Made(NamedTuple):
    """A workflow that was created: the uid of its check, the second of its run, and what it is."""

    check: str
    started_at: int
    namespace: str
    name: str
    uid: str


class Verdict(Findings, kw_only=True):
    """`runs` that began, and what came of them."""

    runs: int
    succeeded: int
    failed: int


def audit(made: Iterable[Made], ends: Mapping[str, str], histories: Histories) -> Verdict:
    """The verdict over runs that have all ended. `ends` are the phases of workflows by their uids."""
    workflows = set(made)
    begun = {(check, run) for check, history in histories.items() for run in _beginnings(history)}
    verdict = Verdict(
        runs=len(begun),
        succeeded=sum(phase == "Succeeded" for phase in ends.values()),
        failed=sum(phase == "Failed" for phase in ends.values()),
    )
    _one_each(verdict, workflows, begun)
    by_check: dict[str, Counter[str]] = defaultdict(Counter)
    for workflow in workflows:
        by_check[workflow.check][ends.get(workflow.uid, "no end")] += 1
    for check, history in histories.items():
        _counts(verdict, check, by_check[check], status_of(history[-1]))
        _steps(verdict, check, history)
    return verdict


def _beginnings(history: Sequence[Object]) -> set[int]:
    return {run for raw in history if (run := status_of(raw).started_at) is not None}


def _one_each(verdict: Verdict, workflows: set[Made], begun: set[tuple[str, int]]) -> None:
    created = Counter((workflow.check, workflow.started_at) for workflow in workflows)
    for run, number in created.items():
        if number > 1:
            names = sorted(f"{one.namespace}/{one.name}" for one in workflows if one[:2] == run)
            verdict.doubled.append(f"run {run}: {number} workflows, {', '.join(names)}")
    verdict.lost += [f"run {run}: no workflow" for run in sorted(begun - created.keys())]
    verdict.wrong += [f"run {run}: a workflow, and no beginning in the status" for run in created.keys() - begun]


def _counts(verdict: Verdict, check: str, truth: Counter[str], last: Status) -> None:
    told = {"Succeeded": last.success_count, "Failed": last.failed_count}
    if truth["no end"] or last.under_way:
        verdict.wrong.append(f"{check}: not at its end")
    for phase, number in told.items():
        _compare(verdict, f"{check}: {phase}", truth[phase], number)
    if last.total_runs != sum(told.values()):
        verdict.wrong.append(f"{check}: {last.total_runs} runs in all, of which {told}")


def _compare(verdict: Verdict, what: str, wanted: int, got: int) -> None:
    if got < wanted:
        verdict.lost.append(f"{what}: {got} of {wanted}")
    elif got > wanted:
        verdict.doubled.append(f"{what}: {got} instead of {wanted}")


def _steps(verdict: Verdict, check: str, history: Sequence[Object]) -> None:
    """From each status to the next: a run begins, or ends and is counted; nothing of another's is lost."""
    for raw, following in pairwise(history):
        before, after = status_of(raw), status_of(following)
        counted = after.success_count + after.failed_count - before.success_count - before.failed_count
        ended = before.under_way and not after.under_way
        if counted > ended:
            verdict.doubled.append(f"{check}: {counted} results in one step: {raw} -> {following}")
        elif counted < ended:
            verdict.lost.append(f"{check}: a run ended without a result: {raw} -> {following}")
        if (after.started_at or 0) < (before.started_at or 0):
            verdict.wrong.append(f"{check}: a run began before the one before: {raw} -> {following}")
        if before.under_way and after.started_at != before.started_at:
            verdict.lost.append(f"{check}: a run was forgotten: {raw} -> {following}")
        gone = raw.keys() - following.keys() - OURS
        verdict.lost += [f"{check}: the field {field} of another" for field in sorted(gone)]
