"""Where workflows may run, what becomes of those that outlive their run, and what a new process finds of old ones."""

import json
import re
from functools import partial
from typing import Any

import pytest

from kubevigil.healthchecks.manifest import CHECK, CHECK_LABEL, PART_LABEL, RUN_LABEL, run_name
from kubevigil.healthchecks.spec import judge
from kubevigil.healthchecks.status import stamp
from kubevigil.kube.connection import Connection
from kubevigil.model.clock import seconds_of, wall
from tests.chart.apiserver import ApiServer
from tests.cluster.cluster import wait_for

from .argo import Argo
from .test_healthchecks import argo, check, known, looked_after, part, says

__all__ = ["argo", "known", "part"]

Object = dict[str, Any]


def workflows(server: ApiServer, namespace: str) -> set[str]:
    told = server.kubectl("get", "workflows", f"--namespace={namespace}", "--output=name")
    return set(re.findall(r"workflow\.argoproj\.io/(\S+)", told))


def tell(server: ApiServer, namespace: str, told: Object) -> None:
    """Writes a check's status, as an earlier process of ours did."""
    patch = ("--subresource=status", "--type=merge", f"--patch={json.dumps({'status': told})}")
    server.kubectl("patch", "hc", "hello", f"--namespace={namespace}", *patch)


def running(namespace: str, name: str, uid: str, run: int) -> Object:
    labels = {CHECK_LABEL: uid, RUN_LABEL: str(run), PART_LABEL: CHECK}
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {"entrypoint": "ignore"},
        "status": {"phase": "Running", "startedAt": stamp(run)},
    }


def test_what_nobody_waits_for_since_a_crash_is_deleted_and_a_persons_own_copy_is_not(
    known: ApiServer, connection: Connection, namespace: str
) -> None:
    wanted = check(namespace)
    known.apply(wanted)
    uid = known.kubectl("get", "hc", "hello", f"--namespace={namespace}", "--output=jsonpath={.metadata.uid}").strip()
    run = int(wall()) + 1
    tell(known, namespace, {"startedAt": stamp(run), "finishedAt": stamp(run + 70), "status": "Failed"})
    spec = judge(wanted["spec"]).spec
    assert spec is not None
    ours = run_name(spec.workflow, uid, run)
    known.apply(running(namespace, ours, uid, run), running(namespace, f"{ours}-x7k2p", uid, run))
    with looked_after(connection, f"{namespace}/lease", namespaces=(namespace,)):
        wait_for("it is deleted", lambda: workflows(known, namespace) == {f"{ours}-x7k2p"}, 60)


def test_a_workflow_in_another_namespace_than_its_check_is_refused_unless_the_setting_names_it(
    known: ApiServer, argo: Argo, connection: Connection, namespace: str
) -> None:
    elsewhere = f"{namespace}-elsewhere"
    known.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": elsewhere}})
    wanted = check(namespace, repeatAfterSec=2)
    wanted["spec"]["workflow"]["resource"]["namespace"] = elsewhere
    known.apply(wanted)
    lease = f"{namespace}/lease"
    with looked_after(connection, lease, namespaces=(namespace, elsewhere)):
        found = wait_for("it failed", partial(says, known, namespace, status="Failed"), 60)
    assert "checks.workflow_namespaces" in found["errorMessage"]
    assert not [one for one in argo.created if one[0] == elsewhere]
    with looked_after(connection, lease, namespaces=(namespace, elsewhere), checks_workflow_namespaces=(elsewhere,)):
        wait_for("it succeeded", partial(says, known, namespace, status="Succeeded"), 60)
    assert [one for one in argo.created if one[0] == elsewhere]


@pytest.mark.usefixtures("argo")
def test_after_a_restart_the_last_success_is_that_of_its_workflow_which_is_still_there(
    known: ApiServer, connection: Connection, namespace: str
) -> None:
    known.apply(check(namespace))
    with looked_after(connection, f"{namespace}/lease", namespaces=(namespace,)):
        found = wait_for("it succeeded", partial(says, known, namespace, status="Succeeded"), 60)
    tell(known, namespace, {"status": "Failed", "errorMessage": "no", "failedCount": 1, "totalHealthCheckRuns": 2})
    name = f'kubevigil_healthcheck_last_success_timestamp_seconds{{namespace="{namespace}"'
    with looked_after(connection, f"{namespace}/lease", namespaces=(namespace,)) as part:
        text = wait_for("it is shown", lambda: part.text().decode() if name in part.text().decode() else None, 60)
    (line,) = [line for line in text.splitlines() if line.startswith(name)]
    assert abs(float(line.split()[-1]) - (seconds_of(found["finishedAt"]) or 0)) <= 1


@pytest.mark.usefixtures("part")
def test_the_lease_is_found_by_its_label_whatever_it_is_called(known: ApiServer, namespace: str) -> None:
    found = partial(known.kubectl, "get", "leases", f"--namespace={namespace}", "--output=name")
    wait_for("it is labelled", lambda: "lease" in found("--selector=kubevigil.io/lease=healthchecks"), 60)
