"""When the controller has the end of a run looked at for metrics: before it is written down, and of checks alone."""

from typing import Any

import pytest

from kubevigil.healthchecks.reconcile import Check
from kubevigil.healthchecks.resources import WorkflowObject

from .telling import metric, outputs
from .test_remedy_running import Play


class Told(Play):
    """Writes down what it is told of ended workflows, and the status that the API server has at that moment."""

    def __init__(self, **spec: Any) -> None:
        self.ends: list[tuple[int | None, WorkflowObject, dict[str, Any]]] = []
        self.meddles = False
        super().__init__(**spec)

    def ended(self, check: Check, workflow: WorkflowObject) -> None:
        self.ends.append((check.status.started_at, workflow, self.status))
        if self.meddles:
            self.meddles = False
            self.server.check["metadata"]["resourceVersion"] = "100"


@pytest.fixture
def play() -> Told:
    """A check whose first run is running."""
    play = Told(remedyRunsLimit=1)
    play.look()
    for item in play.of("healthCheck"):
        item["status"] = {"phase": "Succeeded", "outputs": outputs(metric()), "nodes": {"n": {"type": "Pod"}}}
    return play


def test_what_a_run_told_is_there_before_its_outcome_is_written(play: Told) -> None:
    play.end("healthCheck", "Succeeded")
    ((run, workflow, status),) = play.ends
    assert workflow.status.outputs == outputs(metric())
    assert workflow.status.nodes == {"n": {"type": "Pod"}}
    assert "successCount" not in status
    assert play.status["successCount"] == 1
    (made,) = play.of("healthCheck")
    assert made["metadata"]["labels"]["kubevigil.io/healthcheck-started"] == str(run)


def test_an_end_of_which_the_write_met_a_conflict_is_told_again_as_the_same_run(play: Told) -> None:
    play.meddles = True
    play.end("healthCheck", "Succeeded")
    assert [run for run, _, _ in play.ends] == [play.ends[0][0]] * 2
    assert play.status["successCount"] == 1


def test_a_failed_run_is_told_and_its_remedy_is_not() -> None:
    play = Told(remedyRunsLimit=1)
    play.look()
    play.end("healthCheck", "Failed")
    play.end("remedy", "Succeeded")
    assert play.status["remedySuccessCount"] == 1
    assert [workflow.status.phase for _, workflow, _ in play.ends] == ["Failed"]


def test_a_run_that_is_given_up_before_its_workflow_ended_is_not_told() -> None:
    play = Told(remedyRunsLimit=1)
    play.look()
    play.now += 600
    play.look()
    assert play.status["failedCount"] == 1
    assert play.ends == []
