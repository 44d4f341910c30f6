"""Health checks by the chart, as a person installs it: the kind, the rights and a lease come along."""

import json
import os
import subprocess
from collections.abc import Iterator

import pytest

from .argo import Checks, argo, check, script
from .cluster import TESTBED, Kubectl, wait_for
from .installing import Release, restricted_namespace

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

KIND = "healthchecks.activemonitor.keikoproj.io"


@pytest.fixture(scope="module", autouse=True)
def parts() -> Iterator[None]:
    """Our image, and Argo."""
    archive = os.environ["KUBEVIGIL_TESTBED_APPLICATION"]
    subprocess.run([TESTBED / "cluster/import-image", archive], check=True, timeout=120)
    with argo():
        yield


@pytest.fixture
def release(kubectl: Kubectl) -> Iterator[Release]:
    """To be installed in a namespace that admits only what Pod Security "restricted" does; nobody knows checks yet."""
    kubectl("delete", "crd", KIND, "--ignore-not-found")
    with restricted_namespace(kubectl, "operations") as home:
        yield Release(home, "night-watch")


def test_what_the_chart_installs_runs_checks_and_an_uninstall_leaves_them(
    release: Release, kubectl: Kubectl, namespace: Kubectl
) -> None:
    release.install(healthchecks={"enabled": True})
    kubectl("wait", "--for=condition=Established", f"crd/{KIND}", "--timeout=30s")
    with Checks.within(namespace) as checks:
        checks.apply(check("hello", script("echo hello")), check("quota", script("exit 7")))
        assert checks.until("hello", 90, status="Succeeded")["successCount"] == 1
        assert checks.until("quota", 90, status="Failed")["errorMessage"] == "main: Error (exit code 7)"
        checks.until_told("quota", "WorkflowFailed")
        wait_for("both are in the metrics", lambda: up(release) == {"hello": 1, "quota": 0})
        assert listed(release) == {"hello": "Succeeded", "quota": "Failed"}
        assert "may not" not in release.kubectl("logs", f"deploy/{release.fullname}")
        release.uninstall()
        assert checks.status("hello")["successCount"] == 1


def up(release: Release) -> dict[str, float]:
    return {labels["healthcheck"]: value for labels, value in release.samples("kubevigil_healthcheck_up")}


def listed(release: Release) -> dict[str, str]:
    """The status of each check, by the command in the pod."""
    command = ("exec", f"deploy/{release.fullname}", "--", "kubevigil", "healthchecks", "list", "--json")
    return {check["name"]: check["status"] for check in json.loads(release.kubectl(*command))}
