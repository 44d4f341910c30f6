"""The exporter, or Argo, is killed while checks run: no run has two workflows, none loses its end."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from kubevigil.healthchecks.manifest import CHECK_LABEL, RUN_LABEL
from tests.conftest import Tell

from .argo import WorkflowLog, check, script, suspended, unrunnable
from .cluster import Kubectl, component, wait_for
from .health import LEASE, Health, looked_after
from .test_healthchecks import under_way

pytestmark = [pytest.mark.real, pytest.mark.timeout(480)]

KILLS = 20
PERIOD = 5
PLAYS = {
    "pod": script("exit 0"),
    "failing-pod": script("exit 1"),
    "quick": suspended(1),
    "slow": suspended(3),
    "error": unrunnable(),
}


@pytest.fixture(scope="module")
def health(kubectl: Kubectl, kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Health]:
    with (
        kubectl.fresh_namespace("killed") as space,
        looked_after(space, kubeconfig, tmp_path_factory.mktemp("killed")) as health,
    ):
        yield health


def test_of_twenty_kills_none_doubles_a_run_or_loses_a_result(health: Health, tell: Tell) -> None:
    checks, log, random = health.checks, health.workflows, Random(9)
    checks.apply(*(check(name, workflow, repeatAfterSec=PERIOD) for name, workflow in PLAYS.items()))
    for number in range(KILLS):
        changes = len(log.seen()) + random.randint(1, 5)
        wait_for("something becomes of a workflow", lambda: len(log.seen()) >= changes, 60)  # noqa: B023  called at once
        health.exporter.stop(signal.SIGKILL)
        if number != KILLS // 2:  # once its time is waited for; otherwise the dead one's lease is taken away
            checks.kubectl("delete", "lease", LEASE, "--ignore-not-found")
        health.exporter.start()
    for name in PLAYS:
        assert health.command("pause", name).returncode == 0
    for name in PLAYS:
        wait_for(f"the last run of {name} ends", lambda: not under_way(checks.status(name)), 90)  # noqa: B023
    tell(kills=KILLS, runs=log.created().total(), **{name: len(log.runs(uid_of(health, name))) for name in PLAYS})
    assert {run: n for run, n in log.created().items() if n > 1} == {}
    assert {name: counts(health, name) for name in PLAYS} == {name: real(health, log, name) for name in PLAYS}
    for name in PLAYS:
        slots = health.slots(name, PERIOD)
        assert len(slots) == len(set(slots)), "slots of a time without an exporter are one run"
        good, bad, _ = counts(health, name)
        health.shows_legacy("success_count", name, good)
        health.shows_legacy("error_count", name, bad)
    assert min(len(log.runs(uid_of(health, name))) for name in PLAYS) >= KILLS // 5, "too few runs to show anything"


def test_the_log_of_workflows_shows_a_run_that_has_two(health: Health) -> None:
    labels = {CHECK_LABEL: "a-check", RUN_LABEL: "1"}
    for name in ("one", "two"):
        workflow = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "spec": suspended(1)}
        health.checks.kubectl.apply(json.dumps({**workflow, "metadata": {"name": name, "labels": labels}}))
    wait_for("both are seen", lambda: health.workflows.created()["a-check", "1"] == len(("one", "two")))


def uid_of(health: Health, name: str) -> str:
    return str(health.checks.get(name)["metadata"]["uid"])


def counts(health: Health, name: str) -> tuple[int, int, int]:
    """Successes, failures and the sum, as the status has them."""
    status = health.checks.status(name)
    return status.get("successCount", 0), status.get("failedCount", 0), status["totalHealthCheckRuns"]


def real(health: Health, log: WorkflowLog, name: str) -> tuple[int, int, int]:
    """The same as Argo told the API server, workflow by workflow."""
    phases = log.ends(uid_of(health, name))
    good = phases.pop("Succeeded", 0)
    bad = phases.pop("Failed", 0) + phases.pop("Error", 0)
    assert not phases, "each run has ended"
    return good, bad, good + bad


def test_without_argos_controller_it_says_so_and_when_it_is_back_the_check_goes_on(health: Health) -> None:
    checks = health.checks
    component("kill", "argo-workflows")
    try:
        checks.apply(check("away", suspended(1), timeout=2, repeatAfterSec=PERIOD))
        status = checks.until("away", status="Failed")
        assert status["errorMessage"].startswith("Argo did not touch the workflow within 2 s; does its controller run")
        checks.until_told("away", "ArgoUnavailable")
        health.shows_runs("away", "argo_unavailable", 1)
        gone = ("get", "workflow", status["lastFailedWorkflow"], "--ignore-not-found", "--output=name")
        wait_for("nobody will run that workflow", lambda: not checks.kubectl(*gone))
    finally:
        component("start", "argo-workflows")
    checks.until_successes("away", 2)
    assert health.command("pause", "away").returncode == 0
    slots = health.slots("away", PERIOD)
    assert len(slots) == len(set(slots)), "a slot was run twice, or caught up with"


def test_a_run_in_which_argos_controller_is_killed_ends_as_its_workflow_does(health: Health) -> None:
    checks = health.checks
    checks.apply(check("interrupted", suspended(3)))
    wait_for("it runs", lambda: [one["status"].get("phase") for one in checks.workflows("interrupted")] == ["Running"])
    component("kill", "argo-workflows")
    component("start", "argo-workflows")
    checks.until("interrupted", status="Succeeded", successCount=1, totalHealthCheckRuns=1)
    assert len(health.workflows.runs(uid_of(health, "interrupted"))) == 1
