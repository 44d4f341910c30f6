"""HealthChecks on real Argo Workflows: their definition, checks with a workflow, and all that became of these."""

import json
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Self

from kubevigil.healthchecks.manifest import CHECK_LABEL, RUN_LABEL

from .cluster import TESTBED, Kubectl, component, wait_for

Object = dict[str, Any]

ACCOUNT = "checker"
"""The service account of workflows."""

_CHART = TESTBED.parent / "charts" / "kubevigil"
_EXECUTOR = f"""
apiVersion: v1
kind: ServiceAccount
metadata: {{name: {ACCOUNT}}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: {ACCOUNT}}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: argo-executor}}
subjects: [{{kind: ServiceAccount, name: {ACCOUNT}}}]
"""


@contextmanager
def argo() -> Iterator[None]:
    """Its controller runs; its definitions stay."""
    component("start", "argo-workflows")
    try:
        yield
    finally:
        component("kill", "argo-workflows")


def define_checks(kubectl: Kubectl) -> None:
    """Makes the kind HealthCheck."""
    kubectl("apply", "--server-side", "--force-conflicts", f"--filename={_CHART}/files/crd-healthchecks.yaml")
    kubectl("wait", "--for=condition=Established", "crd/healthchecks.activemonitor.keikoproj.io", "--timeout=30s")


def script(text: str, **pod: Any) -> Object:
    """The spec of a workflow of one pod, which runs a shell script."""
    container = {"image": "kubevigil.test/busybox:1", "command": ["sh", "-c"], "args": [text]}
    return {"entrypoint": "main", "templates": [{"name": "main", "container": container}], **pod}


def suspended(seconds: int) -> Object:
    """The spec of a workflow that succeeds after that time, without a pod."""
    return {"entrypoint": "main", "templates": [{"name": "main", "suspend": {"duration": str(seconds)}}]}


def unrunnable() -> Object:
    """The spec of a workflow that Argo refuses."""
    return {**suspended(1), "entrypoint": "missing"}


def check(name: str, workflow: Object, timeout: int = 60, **spec: Any) -> Object:
    """A HealthCheck that runs at once, and then not for an hour where `spec` says nothing else.

    Where it and its workflows are is said by `Checks.apply`.
    """
    source = {"inline": json.dumps({"kind": "Workflow", "spec": workflow})}
    resource = {"namespace": "", "serviceAccount": ACCOUNT, "source": source}
    part = {"generateName": f"{name}-", "workflowtimeout": timeout, "resource": resource}
    return {
        "apiVersion": "activemonitor.keikoproj.io/v1alpha1",
        "kind": "HealthCheck",
        "metadata": {"name": name},
        "spec": {"repeatAfterSec": 3600, "level": "namespace", "workflow": part, **spec},
    }


def measuring(text: str, *, everywhere: bool = True) -> Object:
    """The spec of a workflow of one pod, whose shell script writes the metrics that it tells into /tmp/metrics.

    `everywhere`: they are an output of the workflow too, not of its step alone.
    """
    workflow = script(text)
    parameter: Object = {"name": "metrics", "valueFrom": {"path": "/tmp/metrics"}}
    workflow["templates"][0]["outputs"] = {
        "parameters": [parameter | ({"globalName": "metrics"} if everywhere else {})]
    }
    return workflow


def mended(made: Object, remedy: Object, **spec: Any) -> Object:
    """The check with a remedy, as the same account; `spec` has the remedy's limits."""
    part = check(f"mend-{made['metadata']['name']}", remedy)["spec"]["workflow"]
    return {**made, "spec": {**made["spec"], "remedyworkflow": part, **spec}}


class Checks:
    """The checks of a namespace, in which their workflows run too."""

    def __init__(self, kubectl: Kubectl) -> None:
        self.kubectl = kubectl

    @classmethod
    @contextmanager
    def within(cls, kubectl: Kubectl) -> Iterator[Self]:
        """At the end all are deleted, and with them their workflows and the pods, which Argo alone lets go."""
        kubectl.apply(_EXECUTOR)
        yield cls(kubectl)
        kubectl("delete", "healthchecks", "--all")
        kubectl("delete", "workflows", "--all")
        pods = ("get", "pods", "--selector=workflows.argoproj.io/workflow", "--output=name")
        wait_for("their pods are gone", lambda: not kubectl(*pods), 60)

    def apply(self, *checks: Object) -> None:
        for one in checks:
            for part in ("workflow", "remedyworkflow"):
                if part in one["spec"]:
                    one["spec"][part]["resource"]["namespace"] = self.kubectl.namespace
        self.kubectl.apply(json.dumps({"apiVersion": "v1", "kind": "List", "items": checks}))

    def get(self, name: str) -> Object:
        found: Object = self.kubectl.json("get", "healthcheck", name)
        return found

    def status(self, name: str) -> Object:
        status: Object = self.get(name).get("status", {})
        return status

    def until(self, name: str, seconds: float = 60, **wanted: Any) -> Object:
        """Waits until the status says so, and gives it."""

        def says() -> Object | None:
            status = self.status(name)
            return status if all(status.get(key) == value for key, value in wanted.items()) else None

        try:
            return wait_for(f"{name}: {wanted}", says, seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.status(name)}, {self.workflows(name)}") from error

    def until_successes(self, name: str, least: int) -> None:
        """Waits for so many; there may be more by then."""
        wait_for(f"{least} successes of {name}", lambda: self.status(name).get("successCount", 0) >= least, 60)

    def until_running(self, name: str) -> Object:
        """Waits until the one container of its only workflow runs, and gives the workflow."""
        (workflow,) = wait_for(f"a workflow of {name}", lambda: self.workflows(name), 60)
        own = f"--selector=workflows.argoproj.io/workflow={workflow['metadata']['name']}"
        states = "--output=jsonpath={.items[*].status.containerStatuses[?(@.name=='main')].state.running}"
        wait_for(f"the pod of {name} runs", lambda: self.kubectl("get", "pods", own, states), 60)
        return workflow

    def workflows(self, name: str) -> list[Object]:
        """Those that are there."""
        selector = f"--selector={CHECK_LABEL}={self.get(name)['metadata']['uid']}"
        return list(self.kubectl.json("get", "workflows", selector)["items"])

    def pods(self, workflow: str) -> list[str]:
        selector = f"--selector=workflows.argoproj.io/workflow={workflow}"
        return self.kubectl("get", "pods", selector, "--output=name").split()

    def until_told(self, name: str, *reasons: str) -> None:
        """Waits until it has an Event of each reason."""

        def told() -> bool:
            return set(reasons) <= {event["reason"] for event in self.events(name)}

        wait_for(f"Events of {name}: {reasons}", told)

    def events(self, name: str) -> list[Object]:
        selector = f"--field-selector=involvedObject.kind=HealthCheck,involvedObject.name={name}"
        return list(self.kubectl.json("get", "events", selector)["items"])


class Seen(NamedTuple):
    """A workflow at one moment: of which check (its uid), which run (Unix second), and Argo's phase."""

    uid: str
    check: str
    run: str
    phase: str


class WorkflowLog:
    """Every change of every workflow of a namespace, told by the API server; nothing of it is forgotten."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    @contextmanager
    def running(cls, kubectl: Kubectl, path: Path) -> Iterator[Self]:
        labels = " ".join(
            f"{{.metadata.labels.{label}}}".replace("kubevigil.io", r"kubevigil\.io")
            for label in (CHECK_LABEL, RUN_LABEL)
        )
        line = rf'jsonpath={{.metadata.uid}} {labels} {{.status.phase}}{{"\n"}}'
        command = ["kubectl", f"--kubeconfig={kubectl.kubeconfig}", f"--namespace={kubectl.namespace}"]
        command += ["get", "workflows", "--watch", f"--output={line}"]
        with path.open("w") as out, subprocess.Popen(command, stdout=out) as process:
            try:
                yield cls(path)
                assert process.poll() is None, "the watch ended, so something was not seen"
            finally:
                process.terminate()

    def seen(self) -> list[Seen]:
        whole = self._path.read_text().rpartition("\n")[0]
        return [Seen(*line.split(" ")) for line in whole.splitlines()]

    def created(self) -> Counter[tuple[str, str]]:
        """How many workflows each run (its check's uid, its second) had."""
        return Counter((check, run) for check, run, _ in {(one.check, one.run, one.uid) for one in self.seen()})

    def runs(self, check: str) -> list[int]:
        """The seconds at which runs of the check, by its uid, began."""
        return sorted(int(run) for uid, run in self.created() if uid == check)

    def ends(self, check: str) -> Counter[str]:
        """How many workflows of the check, by its uid, are in which phase now."""
        return Counter({one.uid: one.phase for one in self.seen() if one.check == check}.values())
