"""`kubevigil doctor` beside the operator's real Prometheus, with the exporter that the chart installs.

KUBEVIGIL_TESTBED_APPLICATION names the archive of the exporter's image.
"""

import json
import os
import subprocess
from collections.abc import Iterator
from typing import Final

import pytest

from kubevigil.cli.main import main

from .cluster import TESTBED, Kubectl, wait_for
from .installing import Release, restricted_namespace
from .monitoring import Prometheus, operated_prometheus

pytestmark = [pytest.mark.real, pytest.mark.timeout(480)]

_WELL: Final = {
    "cluster",
    "exporter",
    "copies",
    "rights",
    "service-monitor",
    "rules",
    "prometheus",
    "scrape",
    "rules-loaded",
}


@pytest.fixture(scope="module", autouse=True)
def image() -> None:
    archive = os.environ["KUBEVIGIL_TESTBED_APPLICATION"]
    subprocess.run([TESTBED / "cluster/import-image", archive], check=True, timeout=120)


@pytest.fixture(scope="module", autouse=True)
def prometheus(kubectl: Kubectl) -> Iterator[Prometheus]:
    with operated_prometheus(kubectl) as found:
        yield found


@pytest.fixture
def release(kubectl: Kubectl) -> Iterator[Release]:
    with restricted_namespace(kubectl, "doctor") as home:
        release = Release(home, "kubevigil")
        release.install()
        yield release
        release.uninstall()


def told(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, str]:
    """The status of each check; of several answers the last one's."""
    capsys.readouterr()
    main(["doctor", "--json", *words])
    return {answer["check"]: answer["status"] for answer in json.loads(capsys.readouterr().out)}


@pytest.mark.usefixtures("release")
def test_an_installation_is_found_well(capsys: pytest.CaptureFixture[str]) -> None:
    def well() -> bool:
        found = told(capsys)
        return {check for check in _WELL if found.get(check) == "ok"} == _WELL

    wait_for("the doctor finds nothing amiss", well, 180)


def test_a_label_that_prometheus_does_not_select_is_named(release: Release, capsys: pytest.CaptureFixture[str]) -> None:
    release.upgrade(serviceMonitor={"labels": {"release": "another"}}, rules={"labels": {"release": "another"}})
    found = told(capsys)
    assert (found["service-monitor"], found["rules"]) == ("fail", "fail")


@pytest.mark.usefixtures("release")
def test_a_crash_is_followed_to_its_alert_and_the_pod_goes(
    kubectl: Kubectl, capsys: pytest.CaptureFixture[str]
) -> None:
    found = told(capsys, "--crash", "--namespace=default", "--timeout=4m")
    stations = ("crash-pod", "crash-seen", "crash-metric", "crash-alert", "crash-firing", "crash-removed")
    assert {station: found[station] for station in stations} == dict.fromkeys(stations, "ok")

    def gone() -> bool:
        return not kubectl(
            "get", "pods", "-n", "default", "-l", "app.kubernetes.io/managed-by=kubevigil-doctor", "-o", "name"
        )

    wait_for("the pod is gone", gone, 60)
