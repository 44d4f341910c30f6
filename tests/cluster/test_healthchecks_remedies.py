"""Remedies on real Argo Workflows, and the rights that are made for them and for their checks, and go with them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .argo import Checks, Object, check, mended, script, suspended, unrunnable
from .cluster import Kubectl, wait_for
from .health import Health, looked_after
from .ready_image import TOOLS, import_tools

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

OURS = "kubevigil.io/healthcheck-rights"
READ = {"apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["stock"], "verbs": ["get"]}
WRITE = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["create"]}
RIGHTS = {"level": "namespace", "rules": [READ, WRITE]}
"""What the exporter may give, and no more."""
RESET = "HealthCheck Passed so Remedy is reset"


@pytest.fixture(scope="module")
def health(kubectl: Kubectl, kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Health]:
    folder = tmp_path_factory.mktemp("mended")
    import_tools(folder)
    with kubectl.fresh_namespace("mended") as space, looked_after(space, kubeconfig, folder, RIGHTS) as health:
        yield health


@pytest.fixture(scope="module")
def checks(health: Health) -> Checks:
    return health.checks


def tool(command: str) -> Object:
    """The spec of a workflow of one pod that runs kubectl as its own account."""
    workflow = script(command)
    workflow["templates"][0]["container"]["image"] = TOOLS
    return workflow


def running_as(part: Object, account: str, *rules: Object) -> None:
    part["resource"]["serviceAccount"] = account
    part["rbacRules"] = list(rules)


def made_for(checks: Checks, account: str) -> set[str]:
    """The account and its roles, as far as the exporter made them."""
    kinds = "serviceaccounts,roles,rolebindings"
    names = checks.kubectl("get", kinds, f"--selector={OURS}", "--output=name").split()
    return {name for name in names if name.partition("/")[2].startswith(account)}


def may(checks: Checks, account: str, verb: str, what: str) -> bool:
    """By the API server's own answer."""
    space = checks.kubectl.namespace
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {
            "user": f"system:serviceaccount:{space}:{account}",
            "resourceAttributes": {"verb": verb, "resource": what, "name": "stock", "namespace": space},
        },
    }
    told = checks.kubectl("create", "--filename=-", "--output=json", stdin=json.dumps(review))
    return bool(json.loads(told)["status"]["allowed"])


def remedies(checks: Checks, name: str) -> list[Object]:
    """Their workflows that are there."""
    return [one for one in checks.workflows(name) if one["metadata"]["name"].startswith("mend-")]


def test_a_check_fails_its_remedy_repairs_it_the_check_succeeds_and_the_rights_of_both_go(
    health: Health, checks: Checks
) -> None:
    made = mended(check("stock", tool("kubectl get configmap stock")), tool("kubectl create configmap stock"))
    running_as(made["spec"]["workflow"], "watcher", READ)
    running_as(made["spec"]["remedyworkflow"], "repairer", WRITE)
    checks.apply(made)
    failed = checks.until("stock", 120, status="Failed")
    (remedy,) = wait_for("its remedy runs", lambda: remedies(checks, "stock"), 60)
    assert remedy["spec"]["serviceAccountName"] == "repairer"
    assert may(checks, "repairer", "create", "configmaps")
    assert may(checks, "watcher", "get", "configmaps")
    assert not may(checks, "watcher", "create", "configmaps")
    assert not may(checks, "watcher", "get", "secrets")
    status = checks.until("stock", 120, remedyStatus="Succeeded", remedySuccessCount=1, remedyTotalRuns=1)
    assert status["failedCount"] == 1
    assert not status["lastFailedWorkflow"].startswith("mend-")
    assert status["remedyTriggeredAt"] >= failed["finishedAt"]
    checks.kubectl("get", "configmap", "stock")
    assert health.command("run", "stock", "--wait").returncode == 0
    healthy = checks.until("stock", status="Succeeded", successCount=1, remedyStatus=RESET)
    assert "remedyTotalRuns" not in healthy
    checks.until_told("stock", "WorkflowFailed", "RemedyStarted", "RemedySucceeded", "Recovered")
    health.shows_remedies("stock", "success", 1)
    health.shows_exhausted("stock", yes=False)
    wait_for("the remedy's rights are gone", lambda: not made_for(checks, "repairer"), 90)
    assert made_for(checks, "watcher") == {
        "serviceaccount/watcher",
        "role.rbac.authorization.k8s.io/watcher-ns-role",
        "rolebinding.rbac.authorization.k8s.io/watcher-ns-role-binding",
    }
    checks.kubectl("delete", "healthcheck", "stock")
    wait_for("those of the check are gone with it", lambda: not made_for(checks, "watcher"), 90)
    assert not may(checks, "watcher", "get", "configmaps")


def test_after_its_limit_no_remedy_runs_until_the_check_succeeds(health: Health, checks: Checks) -> None:
    checks.apply(mended(check("limited", unrunnable(), repeatAfterSec=2), suspended(1), remedyRunsLimit=2))
    checks.until_told("limited", "RemedyExhausted")
    health.shows_exhausted("limited", yes=True)
    wait_for("it fails on", lambda: checks.status("limited")["failedCount"] > 4, 60)
    assert len(remedies(checks, "limited")) == 2
    assert checks.status("limited")["remedyTotalRuns"] == 2
    (told,) = (event["message"] for event in checks.events("limited") if event["reason"] == "RemedyExhausted")
    assert told == "the check failed, and its remedy is not run: remedyRunsLimit is reached: 2"
    checks.apply(mended(check("limited", suspended(1), repeatAfterSec=2), suspended(1), remedyRunsLimit=2))
    checks.until("limited", status="Succeeded", remedyStatus=RESET)
    health.shows_exhausted("limited", yes=False)
    checks.apply(mended(check("limited", unrunnable(), repeatAfterSec=2), suspended(1), remedyRunsLimit=2))
    wait_for("its remedy runs again", lambda: len(remedies(checks, "limited")) > 2, 60)
    checks.kubectl("delete", "healthcheck", "limited")


def test_a_remedy_that_failed_stops_further_ones(health: Health, checks: Checks) -> None:
    checks.apply(mended(check("hopeless", unrunnable(), repeatAfterSec=2), unrunnable(), remedyRunsLimit=9))
    checks.until_told("hopeless", "RemedyFailed", "RemedyExhausted")
    wait_for("it fails on", lambda: checks.status("hopeless")["failedCount"] > 3, 60)
    status = checks.status("hopeless")
    assert (status["remedyStatus"], status["remedyFailedCount"], status["remedyTotalRuns"]) == ("Failed", 1, 1)
    assert "missing" in status["remedyErrorMessage"]
    assert len(remedies(checks, "hopeless")) == 1
    health.shows_remedies("hopeless", "failed", 1)
    checks.kubectl("delete", "healthcheck", "hopeless")


REFUSED: dict[str, tuple[dict[str, Any], list[Object], str]] = {
    "a level that is switched off": ({"level": "cluster"}, [], "spec.level is 'cluster', which needs the exporter's"),
    "more than the exporter holds": (
        {},
        [{"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["delete"]}],
        "rbacRules cannot be given: the exporter gives only what its own role holds",
    ),
}


@pytest.mark.parametrize(("spec", "rules", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_to_be_given_is_told_by_status_event_metric_and_lint(
    health: Health, tmp_path: Path, spec: dict[str, Any], rules: list[Object], words: str
) -> None:
    checks = health.checks
    made = check("greedy", suspended(1), **spec)
    running_as(made["spec"]["workflow"], "greedy", *rules)
    checks.apply(made)
    assert words in checks.until("greedy", status="Failed")["errorMessage"]
    checks.until_told("greedy", "WorkflowRefused")
    health.shows_runs("greedy", "refused", 1)
    assert checks.workflows("greedy") == []
    assert not may(checks, "greedy", "delete", "deployments")
    (tmp_path / "greedy.json").write_text(json.dumps(made))
    switch = "checks.rbac=cluster" if spec else "checks.rbac=namespace"
    assert switch in health.lint(tmp_path).stdout
    checks.kubectl("delete", "healthcheck", "greedy")
    wait_for("nothing of it is left", lambda: not made_for(checks, "greedy"), 90)
