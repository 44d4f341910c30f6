"""An exporter that looks after the health checks of one namespace, with the chart's rights and no others."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from kubevigil.model.clock import seconds_of

from .argo import Checks, WorkflowLog, argo, define_checks
from .cluster import Kubectl, wait_for
from .exporter import Exporter
from .installing import CHART
from .test_exporter import reader_config
from .test_rights import ACCOUNT

LEASE = "checks"
NONE: Mapping[str, Any] = {"level": "off"}
"""No accounts and roles are made for checks."""


class Health(NamedTuple):
    """The namespace's checks, the process that runs them, all their workflows, and the commands of a person."""

    checks: Checks
    exporter: Exporter
    workflows: WorkflowLog

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """`kubevigil healthchecks`, as a person who may do everything runs it."""
        space = self.checks.kubectl
        flags = [f"--kubeconfig={space.kubeconfig}", f"--namespace={space.namespace}"]
        flags += [f"--checks-lease={space.namespace}/{LEASE}"]
        command = [sys.executable, "-m", "kubevigil", "healthchecks", *words, *flags]
        path = {"PATH": os.environ["PATH"]}
        return subprocess.run(command, env=path, capture_output=True, text=True, check=False, timeout=120)

    def lint(self, path: Path) -> subprocess.CompletedProcess[str]:
        """`kubevigil healthchecks lint`, which asks no cluster."""
        command = [sys.executable, "-m", "kubevigil", "healthchecks", "lint", str(path)]
        path_of_tools = {"PATH": os.environ["PATH"]}
        return subprocess.run(command, env=path_of_tools, capture_output=True, text=True, check=False, timeout=60)

    def crashes(self, pod: str) -> list[Any]:
        """What `kubevigil crashes list` tells of that pod."""
        command = [sys.executable, "-m", "kubevigil", "crashes", "list", "--json", f"--data-dir={self.exporter.data}"]
        path = {"PATH": os.environ["PATH"]}
        told = subprocess.run(command, env=path, capture_output=True, text=True, check=True, timeout=60)
        return [record for record in json.loads(told.stdout) if record["pod"] == pod]

    def slots(self, name: str, period: int) -> list[int]:
        """The slot of each run of a check, by its number since the check's creation; `period` in seconds."""
        meta = self.checks.get(name)["metadata"]
        born = moment(meta, "creationTimestamp")
        return [(run - born) // period for run in self.workflows.runs(meta["uid"])]

    def shows_runs(self, name: str, result: str, number: int) -> None:
        """Waits until our counter says so of a check."""
        labels = f'namespace="{self.checks.kubectl.namespace}",healthcheck="{name}",result="{result}"'
        self._shows(f"kubevigil_healthcheck_runs_total{{{labels}}} {number}")

    def shows_remedies(self, name: str, result: str, number: int) -> None:
        """Waits until the counter of a check's remedies says so."""
        labels = f'namespace="{self.checks.kubectl.namespace}",healthcheck="{name}"'
        self._shows(f'kubevigil_healthcheck_remedy_runs_total{{{labels},result="{result}"}} {number}')

    def shows_exhausted(self, name: str, *, yes: bool) -> None:
        """Waits until the gauge says whether a check is left without a remedy."""
        labels = f'namespace="{self.checks.kubectl.namespace}",healthcheck="{name}"'
        self._shows(f"kubevigil_healthcheck_remedy_exhausted{{{labels}}} {int(yes)}")

    def shows_legacy(self, metric: str, name: str, value: float) -> None:
        """Waits until the predecessor's metric has that value."""
        self._shows(f'healthcheck_{metric}{{healthcheck_name="{name}",workflow="healthCheck"}} {value:g}')

    def _shows(self, line: str) -> None:

        def shown() -> bool:
            return line in self.exporter.get("/metrics")[1].decode().splitlines()

        wait_for(f"the metrics have {line}", shown)


def moment(part: Mapping[str, Any], field: str) -> int:
    """In Unix seconds."""
    seconds = seconds_of(part[field])
    assert seconds is not None
    return int(seconds)


def rendered(namespace: str, given: Mapping[str, Any]) -> str:
    """What the chart renders of rights for one namespace and its checks, for the account `kubevigil` there.

    `given` are those for checks, `healthchecks.rights` of the chart.
    """
    values = {
        "namespaces": [namespace],
        "serviceAccount": {"name": "kubevigil"},
        "healthchecks": {"enabled": True, "crd": {"create": False}, "rights": given},
        "config": {"checks": {"lease": f"{namespace}/{LEASE}"}},
    }
    command = ["helm4", "template", "rights", str(CHART), f"--namespace={namespace}", "--values=-"]
    command += ["--show-only=templates/rbac.yaml", "--show-only=templates/lease.yaml"]
    answer = subprocess.run(command, input=json.dumps(values), capture_output=True, text=True, check=True, timeout=60)
    kinds = {document["kind"] for document in yaml.safe_load_all(answer.stdout) if document}
    assert kinds == {"Role", "RoleBinding"}, kinds
    return answer.stdout


@contextmanager
def looked_after(space: Kubectl, kubeconfig: Path, folder: Path, rights: Mapping[str, Any] = NONE) -> Iterator[Health]:
    """Argo runs, and the exporter is ready, in a namespace that is there; `rights` as for `rendered`."""
    define_checks(Kubectl(space.kubeconfig))
    space.apply(ACCOUNT)
    space.apply(rendered(space.namespace, rights))
    exporter = Exporter(
        *(folder / "data", reader_config(space, kubeconfig, folder), f"--namespaces={space.namespace}"),
        *("--healthchecks=on", f"--checks-lease={space.namespace}/{LEASE}"),
        f"--checks-rbac={rights['level']}",
    )
    with (
        argo(),
        Checks.within(space) as checks,
        WorkflowLog.running(space, folder / "workflows") as log,
        exporter,
    ):
        exporter.until_ready()
        yield Health(checks, exporter, log)
