"""HealthChecks looked after on a real API server, with a stand-in for Argo's controller."""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest

from kubevigil.app.healthchecking import HealthChecks
from kubevigil.app.settings import Settings
from kubevigil.kube.connection import Connection
from kubevigil.metrics.selfmetrics import SelfMetrics
from kubevigil.model import clock
from tests.chart.apiserver import ApiServer
from tests.cluster.cluster import wait_for

from .argo import CRD, Argo

Object = dict[str, Any]
ROOT = Path(__file__).parents[2]
OURS = ROOT / "charts" / "kubevigil" / "files" / "crd-healthchecks.yaml"


@pytest.fixture(scope="module")
def known(server: ApiServer) -> ApiServer:
    """The server, which knows checks and workflows."""
    server.apply(CRD)
    server.kubectl("apply", "--server-side", "--force-conflicts", f"--filename={OURS}")
    for resource in ("healthchecks.activemonitor.keikoproj.io", "workflows.argoproj.io"):
        server.kubectl("wait", "--for=condition=Established", f"crd/{resource}", "--timeout=30s")
    return server


@contextmanager
def looked_after(
    connection: Connection, lease: str, *, healthchecks: str = "on", **settings: Any
) -> Iterator[HealthChecks]:
    """A process of ours, as far as health checks go."""
    part = HealthChecks(
        replace(Settings(), healthchecks=healthchecks, checks_lease=lease, **settings),
        connection,
        SelfMetrics(version="1"),
        wall=clock.wall,
        monotonic=clock.monotonic,
    )
    stop = threading.Event()
    thread = threading.Thread(target=part.run, args=(stop,))
    thread.start()
    try:
        yield part
    finally:
        stop.set()
        thread.join(30)
        assert not thread.is_alive()


@pytest.fixture
def argo(known: ApiServer, connection: Connection) -> Iterator[Argo]:
    del known  # which knows workflows now
    with Argo(connection) as argo:
        yield argo


@pytest.fixture
def part(known: ApiServer, connection: Connection, namespace: str) -> Iterator[HealthChecks]:
    del known  # which knows checks now
    with looked_after(connection, f"{namespace}/lease", namespaces=(namespace,)) as part:
        yield part


def check(namespace: str, name: str = "hello", play: str = "succeed", **spec: Any) -> Object:
    inline = json.dumps({"kind": "Workflow", "spec": {"entrypoint": play}})
    resource = {"namespace": namespace, "serviceAccount": "checker", "source": {"inline": inline}}
    return {
        "apiVersion": "activemonitor.keikoproj.io/v1alpha1",
        "kind": "HealthCheck",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "repeatAfterSec": 3600,
            "level": "namespace",
            "workflow": {"generateName": f"{name}-", "workflowtimeout": 60, "resource": resource},
            **spec,
        },
    }


def status(server: ApiServer, namespace: str, name: str = "hello") -> Object:
    told = json.loads(server.kubectl("get", "hc", name, f"--namespace={namespace}", "--output=json"))
    found: Object = told.get("status", {})
    return found


def says(server: ApiServer, namespace: str, name: str = "hello", **wanted: Any) -> Object | None:
    found = status(server, namespace, name)
    return found if all(found.get(key) == value for key, value in wanted.items()) else None


@pytest.mark.usefixtures("argo")
def test_a_new_check_runs_at_once_and_its_result_is_in_status_and_metrics(
    known: ApiServer, part: HealthChecks, namespace: str
) -> None:
    known.apply(check(namespace))
    found = wait_for("it succeeded", partial(says, known, namespace, status="Succeeded"), 30)
    assert (found["successCount"], found["totalHealthCheckRuns"]) == (1, 1)
    assert found["lastSuccessfulWorkflow"].startswith("hello-")
    assert "failedCount" not in found
    labels = f'namespace="{namespace}",healthcheck="hello"'
    wait_for("it is shown", lambda: b"success_count" in part.text())
    text = part.text().decode()
    assert 'healthcheck_success_count{healthcheck_name="hello",workflow="healthCheck"} 1\n' in text
    assert f'kubevigil_healthcheck_runs_total{{{labels},result="success"}} 1\n' in text
    assert f"kubevigil_healthcheck_up{{{labels}}} 1\n" in text


@pytest.mark.usefixtures("argo", "part")
def test_a_failure_has_argos_words_and_an_event_and_recovery_clears_them(known: ApiServer, namespace: str) -> None:
    known.apply(check(namespace, play="fail", repeatAfterSec=2))
    found = wait_for("it failed", partial(says, known, namespace, status="Failed"), 30)
    assert found["errorMessage"] == "main: Error (exit code 7)"
    events = json.loads(known.kubectl("get", "events", f"--namespace={namespace}", "--output=json"))["items"]
    assert {(event["type"], event["reason"]) for event in events} == {("Warning", "WorkflowFailed")}
    known.apply(check(namespace, play="succeed", repeatAfterSec=2))
    found = wait_for("it recovered", partial(says, known, namespace, status="Succeeded"), 30)
    assert "errorMessage" not in found


@pytest.mark.usefixtures("argo", "part")
def test_one_that_cannot_work_is_told_and_the_others_go_on(known: ApiServer, namespace: str) -> None:
    broken = check(namespace, "broken")
    broken["spec"]["workflow"]["resource"]["source"] = {"inline": "no: [workflow"}
    known.apply(broken, check(namespace))
    wait_for("the good one succeeded", partial(says, known, namespace, status="Succeeded"), 30)
    found = wait_for("the broken one failed", partial(says, known, namespace, "broken", status="Failed"), 30)
    assert "is no YAML" in found["errorMessage"]


@pytest.mark.usefixtures("argo", "part")
def test_a_paused_check_does_not_run_and_runs_when_it_goes_on(known: ApiServer, namespace: str) -> None:
    paused = check(namespace)
    paused["metadata"]["annotations"] = {"kubevigil.io/paused": "true"}
    known.apply(paused, check(namespace, "other"))
    wait_for("the other ran", partial(says, known, namespace, "other", status="Succeeded"), 30)
    assert status(known, namespace) == {}
    known.kubectl("annotate", "hc", "hello", f"--namespace={namespace}", "kubevigil.io/paused-")
    wait_for("it ran", partial(says, known, namespace, status="Succeeded"), 30)


@pytest.mark.usefixtures("part")
def test_a_workflow_that_is_deleted_is_told_as_such_and_counts_as_no_failure(
    known: ApiServer, argo: Argo, namespace: str
) -> None:
    known.apply(check(namespace, play="hang"))
    wait_for("it runs", lambda: any(one[0] == namespace for one in argo.created), 30)
    known.kubectl("delete", "wf", "--all", f"--namespace={namespace}")
    wait_for("it ended", lambda: "finishedAt" in status(known, namespace))
    found = status(known, namespace)
    assert "was deleted" in found["errorMessage"]
    assert "failedCount" not in found


def test_over_restarts_at_any_moment_no_run_has_two_workflows_and_each_has_its_result(
    known: ApiServer, argo: Argo, connection: Connection, namespace: str
) -> None:
    known.apply(*(check(namespace, f"c{n}", repeatAfterSec=2) for n in range(10)))
    random = Random(4)
    for _ in range(15):
        with looked_after(connection, f"{namespace}/lease", namespaces=(namespace,)):
            time.sleep(random.uniform(0.2, 3.0))
    with looked_after(connection, f"{namespace}/lease", namespaces=(namespace,)):
        wait_for(
            "all ran", lambda: all(status(known, namespace, f"c{n}").get("successCount", 0) >= 3 for n in range(10)), 60
        )
    seen = Counter((name, second) for ns, name, second in argo.created if ns == namespace)
    assert set(seen.values()) == {1}
    for number in range(10):
        runs = sum(name.startswith(f"c{number}-") for name, _ in seen)
        told = status(known, namespace, f"c{number}")
        under_way = told["startedAt"] > told.get("finishedAt", "")
        assert told["totalHealthCheckRuns"] in {runs, runs - under_way}, (number, runs, told)
