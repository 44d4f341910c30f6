"""All that Kubevigil can stand beside at once: the operator's Prometheus and Alertmanager with what they scrape, Argo,
OpenSearch, and a stand-in for Slack.
"""

import json
import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from tests.alerting.slack_stand_in import Slack, Workspace

from .alerting_operator import STACK, import_alertmanager, use_strategy
from .argo import argo
from .cluster import TESTBED, Kubectl
from .monitoring import Prometheus, operated_prometheus
from .ready_image import import_tools
from .ship_engine import NODE_ADDRESS, NodeEngine
from .whole_scrapes import NAMESPACE, NODE_EXPORTER, STATE_METRICS, TOKEN, objects

_HOOK: Final = "/services/T0/B0/one"
_ALERTING: Final = {"alertmanagers": [{"namespace": NAMESPACE, "name": "alertmanager-operated", "port": "http-web"}]}


class Program:
    """A process beside the pods, which can end and begin again."""

    def __init__(self, log: Path, *command: str) -> None:
        self._command = command
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns at once; one that runs is left as it is."""
        if self._process is not None:
            return
        with self._log.open("ab") as out:
            self._process = subprocess.Popen(self._command, stdout=out, stderr=out, env={"PATH": os.environ["PATH"]})

    def end(self) -> None:
        """One that has ended is left as it is."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)
            self._process = None


class Around(NamedTuple):
    """What runs. `webhook` is the address of Slack's one channel for pods; `programs` are exporters, by name."""

    prometheus: Prometheus
    slack: Workspace
    webhook: str
    engine: NodeEngine
    programs: Mapping[str, Program]


@contextmanager
def around(kubectl: Kubectl, kubeconfig: Path, folder: Path) -> Iterator[Around]:
    """All runs, and nothing of Kubevigil; its image is on the node."""
    with ExitStack() as running:
        engine = NodeEngine("opensearch", folder / "opensearch")
        engine.start()
        running.callback(engine.kill)
        _images(folder)
        prometheus = running.enter_context(operated_prometheus(kubectl))
        kubectl.apply(TESTBED / "manifests/alerting.yaml")
        use_strategy(kubectl, "None")
        _alerts_to_alertmanager(kubectl)
        _scraped(kubectl)
        programs = {name: Program(folder / f"{name}.log", *command) for name, command in _programs(kubeconfig).items()}
        for program in programs.values():
            program.start()
            running.callback(program.end)
        running.enter_context(argo())
        workspace = Workspace(channels={"#crashes": _HOOK}, clock=time.monotonic, seconds_between=0)
        slack = running.enter_context(Slack(workspace, NODE_ADDRESS))
        engine.until_answering()
        yield Around(prometheus, workspace, slack.address + _HOOK, engine, programs)


def scale(kubectl: Kubectl, kind: str, replicas: int) -> None:
    """Of the operator's one Prometheus or Alertmanager."""
    patch = json.dumps({"spec": {"replicas": replicas}})
    kubectl("patch", f"--namespace={NAMESPACE}", kind, f"{STACK}-{kind}", "--type=merge", "-p", patch)


def _images(folder: Path) -> None:
    archive = os.environ["KUBEVIGIL_TESTBED_APPLICATION"]
    subprocess.run([TESTBED / "cluster/import-image", archive], check=True, timeout=120)
    import_alertmanager()
    import_tools(folder)


def _alerts_to_alertmanager(kubectl: Kubectl) -> None:
    patch = json.dumps({"spec": {"alerting": _ALERTING}})
    kubectl("patch", f"--namespace={NAMESPACE}", "prometheus", f"{STACK}-prometheus", "--type=merge", "-p", patch)


def _scraped(kubectl: Kubectl) -> None:
    home = f"--namespace={NAMESPACE}"
    token = kubectl("create", home, "token", f"{STACK}-prometheus", "--duration=4h")
    kubectl("delete", home, "secret", TOKEN, "--ignore-not-found")
    kubectl("create", home, "secret", "generic", TOKEN, f"--from-literal=token={token}")
    kubectl.apply(objects())


def _programs(kubeconfig: Path) -> Mapping[str, Sequence[str]]:
    host, _, port = STATE_METRICS.rpartition(":")
    state = ("kube-state-metrics", f"--kubeconfig={kubeconfig}", f"--host={host}", f"--port={port}")
    return {
        "kube-state-metrics": (*state, "--telemetry-host=127.0.0.1", "--telemetry-port=18094"),
        "node-exporter": ("node_exporter", f"--web.listen-address={NODE_EXPORTER}"),
    }
