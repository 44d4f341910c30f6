"""Health checks on real Argo Workflows and a real kubelet: each kind of end, and what is told of it."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from .argo import Checks, Object, check, script, suspended, unrunnable
from .cluster import Kubectl, wait_for
from .health import Health, looked_after, moment

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

NAMESPACE = "health"
"""The namespace of the predecessor's files."""

PREDECESSOR = """
apiVersion: activemonitor.keikoproj.io/v1alpha1
kind: HealthCheck
metadata:
  name: inline-hello
  namespace: health
spec:
  repeatAfterSec: 60
  description: "a file as active-monitor's users have it"
  level: cluster
  backoffFactor: "0.5"
  backoffMin: 1
  workflow:
    generateName: inline-hello-
    workflowtimeout: 60
    resource:
      namespace: health
      serviceAccount: checker
      source:
        inline: |
            apiVersion: argoproj.io/v1alpha1
            kind: Workflow
            metadata:
              labels:
                workflows.argoproj.io/controller-instanceid: activemonitor-workflows
            spec:
              ttlSecondsAfterFinished: 3600
              entrypoint: say
              templates:
                - name: say
                  container:
                    image: kubevigil.test/busybox:1
                    command: [echo]
                    args: ["hello from a check"]
"""
PERIOD = 5
TICKS = f"@every {PERIOD}s"


@pytest.fixture(scope="module")
def health(kubectl: Kubectl, kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Health]:
    kubectl("create", "namespace", NAMESPACE)
    with looked_after(Kubectl(kubeconfig, NAMESPACE), kubeconfig, tmp_path_factory.mktemp("health")) as health:
        yield health
    kubectl("delete", "namespace", NAMESPACE, "--wait=false")


@pytest.fixture(scope="module")
def checks(health: Health) -> Checks:
    return health.checks


def test_a_success_is_told_in_status_event_and_metrics_and_its_time_is_argos_own(
    health: Health, checks: Checks
) -> None:
    checks.apply(check("hello", script("sleep 2; echo hello")))
    status = checks.until("hello", status="Succeeded")
    (workflow,) = checks.workflows("hello")
    assert status["lastSuccessfulWorkflow"] == workflow["metadata"]["name"]
    assert (status["successCount"], status["totalHealthCheckRuns"]) == (1, 1)
    assert "errorMessage" not in status
    assert status["finishedAt"] == workflow["status"]["finishedAt"]
    checks.until_told("hello", "Succeeded")
    health.shows_legacy("success_count", "hello", 1)
    health.shows_legacy("error_count", "hello", 0)
    health.shows_runs("hello", "success", 1)
    took = moment(workflow["status"], "finishedAt") - moment(workflow["status"], "startedAt")
    assert took >= 2
    health.shows_legacy("runtime_seconds", "hello", took)


def test_a_failure_has_argos_words_and_the_log_of_its_pod_is_kept_and_a_recovery_clears_it(
    health: Health, checks: Checks
) -> None:
    checks.apply(check("quota", script("echo 'no room is left'; exit 7")))
    status = checks.until("quota", status="Failed")
    assert status["errorMessage"] == "main: Error (exit code 7)"
    assert (status["failedCount"], status["totalHealthCheckRuns"]) == (1, 1)
    workflow = status["lastFailedWorkflow"]
    checks.until_told("quota", "WorkflowFailed")
    health.shows_legacy("error_count", "quota", 1)
    health.shows_runs("quota", "failed", 1)
    wait_for("podGC deletes the pod", lambda: not checks.pods(workflow), 60)
    (crash,) = [crash for crash in health.crashes(workflow) if crash["container"]["name"] == "main"]
    assert crash["log"]["text"].startswith("no room is left\n"), "Argo says something of its own below"
    checks.apply(check("quota", script("exit 0")))
    told = health.command("run", "quota", "--wait")
    assert (told.returncode, told.stderr) == (0, "")
    recovered = checks.status("quota")
    assert (recovered["status"], recovered["successCount"], recovered["failedCount"]) == ("Succeeded", 1, 1)
    assert "errorMessage" not in recovered
    assert recovered["lastFailedWorkflow"] == workflow
    checks.until_told("quota", "Recovered")


def test_a_file_of_the_predecessor_runs_as_it_is(health: Health, checks: Checks) -> None:
    checks.kubectl.apply(PREDECESSOR)
    status = checks.until("inline-hello", status="Succeeded")
    assert status["lastSuccessfulWorkflow"].startswith("inline-hello-")
    health.shows_legacy("success_count", "inline-hello", 1)


NOWHERE = {"nodeSelector": {"kubernetes.io/hostname": "nowhere"}}
ENDLESS = {
    "it hangs": ("hangs", script("sleep 600"), "took longer than 4 s: "),
    "its pod has no node": ("no-node", script("exit 0", **NOWHERE), "took longer than 4 s"),
}


@pytest.mark.parametrize(("name", "workflow", "words"), ENDLESS.values(), ids=ENDLESS)
def test_one_that_takes_too_long_is_a_timeout_and_is_stopped(
    health: Health, checks: Checks, name: str, workflow: Object, words: str
) -> None:
    checks.apply(check(name, workflow, timeout=4))
    status = checks.until(name, status="Failed")
    assert status["errorMessage"].startswith(words), status
    checks.until_told(name, "WorkflowTimedOut")
    health.shows_runs(name, "timeout", 1)
    health.shows_legacy("error_count", name, 1)
    wait_for("its pod is stopped", lambda: not checks.pods(status["lastFailedWorkflow"]), 60)


def nobodys(workflow: Object) -> Object:
    """Its pods have a service account that is not there."""
    made = check("nobodys", workflow)
    made["spec"]["workflow"]["resource"]["serviceAccount"] = "nobody"
    return made


UNRUNNABLE: dict[str, tuple[Object, str, str]] = {
    "no such template": (check("untold", unrunnable()), "failed", "template name 'missing' undefined"),
    "no such account": (nobodys(script("exit 0")), "error", 'serviceaccount "nobody" not found'),
}


@pytest.mark.parametrize(("made", "result", "words"), UNRUNNABLE.values(), ids=UNRUNNABLE)
def test_what_argo_cannot_run_is_told_in_its_words(
    health: Health, checks: Checks, made: Object, result: str, words: str
) -> None:
    checks.apply(made)
    name = made["metadata"]["name"]
    status = checks.until(name, status="Failed")
    assert words in status["errorMessage"]
    checks.until_told(name, f"Workflow{result.title()}")
    health.shows_runs(name, result, 1)


def test_a_check_that_is_deleted_in_mid_run_takes_its_workflow_and_its_metrics_along(
    health: Health, checks: Checks
) -> None:
    checks.apply(check("dropped", script("sleep 600")))
    workflow = checks.until_running("dropped")["metadata"]["name"]
    health.shows_runs("dropped", "success", 0)
    checks.kubectl("delete", "healthcheck", "dropped")
    gone = ("get", "workflow", workflow, "--ignore-not-found", "--output=name")
    wait_for("the workflow goes with it", lambda: not checks.kubectl(*gone), 60)
    wait_for("and its metrics", lambda: b'"dropped"' not in health.exporter.get("/metrics")[1])
    wait_for("and its pod", lambda: not checks.pods(workflow), 60)


def test_a_workflow_that_somebody_deletes_in_mid_run_is_no_failure_and_the_check_goes_on(
    health: Health, checks: Checks
) -> None:
    checks.apply(check("meddled", script("sleep 600")))
    workflow = checks.until_running("meddled")["metadata"]["name"]
    checks.kubectl("delete", "workflow", workflow)
    wait_for("it is told", lambda: "was deleted" in checks.status("meddled").get("errorMessage", ""))
    status = checks.status("meddled")
    assert not {"status", "failedCount", "successCount", "totalHealthCheckRuns"} & set(status)
    checks.until_told("meddled", "WorkflowDeleted")
    health.shows_runs("meddled", "deleted", 1)
    checks.apply(check("meddled", suspended(1)))
    assert health.command("run", "meddled", "--wait").returncode == 0
    checks.until("meddled", status="Succeeded", successCount=1, totalHealthCheckRuns=1)


def test_a_paused_check_runs_when_asked_only_and_goes_on_when_resumed(health: Health, checks: Checks) -> None:
    checks.apply(check("idle", suspended(1), repeatAfterSec=2))
    checks.until("idle", status="Succeeded")
    assert health.command("pause", "idle").returncode == 0
    wait_for("the run under way ends", lambda: not under_way(checks.status("idle")))
    before = checks.status("idle")["successCount"]
    assert health.command("run", "idle", "--wait").returncode == 0
    assert checks.status("idle")["successCount"] == before + 1
    assert health.command("resume", "idle").returncode == 0
    checks.until_successes("idle", before + 3)
    assert health.command("pause", "idle").returncode == 0


def under_way(status: Object) -> bool:
    return bool(status["startedAt"] > status.get("finishedAt", ""))


def test_the_command_tells_a_failure_by_its_exit_code_and_words(health: Health, checks: Checks) -> None:
    checks.apply(check("disk", script("exit 3"), repeatAfterSec=0))
    checks.until("disk", status="Stopped")
    told = health.command("run", "disk", "--wait")
    assert told.returncode == 1
    assert "Error (exit code 3)" in told.stdout
    checks.until("disk", status="Stopped", failedCount=1, totalHealthCheckRuns=1)


def test_a_schedule_leaves_out_no_slot_but_those_in_mid_run_and_runs_none_twice(health: Health, checks: Checks) -> None:
    checks.apply(check("ticks", suspended(1), repeatAfterSec=0, schedule={"cron": TICKS}))
    uid = checks.get("ticks")["metadata"]["uid"]
    wait_for("some slots", lambda: len(health.workflows.runs(uid)) >= 5, 90)
    assert health.command("pause", "ticks").returncode == 0
    wait_for("all succeeded", lambda: checks.status("ticks")["successCount"] == len(health.workflows.runs(uid)))
    assert set(health.workflows.created().values()) == {1}
    assert_slots(checks, "ticks")


def assert_slots(checks: Checks, name: str) -> None:
    """Each run is in a slot of its own, and between two there is none that had not to wait for the first's end."""
    born = moment(checks.get(name)["metadata"], "creationTimestamp")
    ends = {int(one["metadata"]["labels"]["kubevigil.io/healthcheck-started"]): one for one in checks.workflows(name)}
    for earlier, later in pairwise(sorted(ends)):
        slot, following = (earlier - born) // PERIOD, (later - born) // PERIOD
        assert slot < following
        last_missed = born + (following - 1) * PERIOD
        ended = moment(ends[earlier]["status"], "finishedAt")
        assert following == slot + 1 or last_missed <= ended + 1, (earlier, later, ended)
