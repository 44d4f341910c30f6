"""Kubevigil with its log sidecar, in the two ways in which one runs it: two processes over one store, and the chart."""

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol, Self

from prometheus_client.parser import text_string_to_metric_families

from tests.search.engine import Engine

from .cluster import wait_for
from .exporter import Exporter
from .installing import Release, matching
from .ship_engine import NodeEngine

_ADDRESS: Final = "127.0.0.1:18081"


class Installation(Protocol):
    """What a person has of either."""

    engine: NodeEngine

    def sidecar(self, path: str) -> tuple[int, str]:
        """What the sidecar answers: status and body. Raises OSError where nobody does."""

    def exporter(self, path: str) -> tuple[int, str]:
        """The same of the exporter."""

    def crashes(self, *arguments: str) -> Any:
        """The JSON of `kubevigil crashes ...`."""

    def replace(self) -> None:
        """Exporter and sidecar are ended, and others take their place: when they answer, it returns."""


class Sidecar:
    """`kubevigil ship` as a process."""

    def __init__(self, data: Path, hosts: str) -> None:
        self._command = [sys.executable, "-m", "kubevigil", "ship", "--data-dir", str(data)]
        self._command += ["--elasticsearch-hosts", hosts, "--ship-listen", _ADDRESS]
        self._log = data.with_name("ship.log")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop(signal.SIGTERM)

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log, env={"PATH": os.environ["PATH"]})

    def stop(self, with_signal: int) -> None:
        self._process.send_signal(with_signal)
        self._process.wait(20)


class Processes:
    """Beside the cluster."""

    def __init__(self, exporter: Exporter, sidecar: Sidecar, engine: NodeEngine) -> None:
        self.engine = engine
        self._exporter = exporter
        self._sidecar = sidecar

    def sidecar(self, path: str) -> tuple[int, str]:
        return _get(f"http://{_ADDRESS}{path}")

    def exporter(self, path: str) -> tuple[int, str]:
        status, body = self._exporter.get(path)
        return status, body.decode()

    def crashes(self, *arguments: str) -> Any:
        line = [sys.executable, "-m", "kubevigil", "crashes", *arguments, "--json"]
        line += ["--data-dir", str(self._exporter.data)]
        return json.loads(subprocess.run(line, stdout=subprocess.PIPE, check=True, timeout=60).stdout)

    def replace(self) -> None:
        self._sidecar.stop(signal.SIGKILL)
        self._exporter.stop(signal.SIGKILL)
        self._exporter.start()
        self._sidecar.start()
        wait_for("the sidecar answers", lambda: says(self.sidecar, 200, "/healthz"), 60)


class Installed:
    """By the chart, in a pod of its own."""

    def __init__(self, release: Release, engine: NodeEngine) -> None:
        self.engine = engine
        self._release = release

    def sidecar(self, path: str) -> tuple[int, str]:
        release = self._release
        return _get(f"http://{release.fullname}.{release.kubectl.namespace}.svc.cluster.local:8081{path}")

    def exporter(self, path: str) -> tuple[int, str]:
        return _get(self._release.address + path)

    def crashes(self, *arguments: str) -> Any:
        command = ["exec", f"deploy/{self._release.fullname}", "--", "kubevigil", "crashes", *arguments, "--json"]
        return json.loads(self._release.kubectl(*command))

    def token_files(self, container: str) -> list[str]:
        """What lies in that container where a service account's token is."""
        ask = "import json, os; print(json.dumps(os.listdir('/var/run/secrets/kubernetes.io/serviceaccount')))"
        command = ["exec", f"deploy/{self._release.fullname}", "-c", container, "--", "python3.11", "-c", ask]
        return list(json.loads(self._release.kubectl(*command)))

    def replace(self) -> None:
        release = self._release
        before = release.pod()
        release.kubectl("delete", "pod", before, "--wait=false")
        wait_for(
            "another pod's sidecar answers",
            lambda: self._other_pod(before) and says(self.sidecar, 200, "/healthz"),
            120,
        )

    def _other_pod(self, before: str) -> bool:
        pods = [pod["metadata"] for pod in self._release.pods()]
        return bool(pods) and before not in {pod["name"] for pod in pods}


def _get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def says(ask: Callable[[str], tuple[int, str]], status: int, path: str = "/readyz") -> bool:
    """Whether exporter or sidecar, whichever is asked, answers with that status."""
    try:
        return ask(path)[0] == status
    except OSError:
        return False


def sample(installation: Installation, name: str, **labels: str) -> float:
    """The value of the one series of the sidecar that has that name and these labels."""
    families = text_string_to_metric_families(installation.sidecar("/metrics")[1])
    ((_, value),) = matching(families, name, labels)
    return value


def called(installation: Installation, namespace: str) -> dict[str, list[str]]:
    """How far each crash of the namespace has come, sink by sink, as `crashes list` tells; by id."""
    records = installation.crashes("list", "--no-logs", "--namespace", namespace)
    return {record["id"]: [delivery["state"] for delivery in record["delivery"]] for record in records}


def set_up(engine: Engine) -> Any:
    """`kubevigil elasticsearch setup --json`, as somebody does who may; what it said."""
    line = [sys.executable, "-m", "kubevigil", "elasticsearch", "setup", "--elasticsearch-hosts", engine.url]
    command = [*line, "--elasticsearch-replicas", "0", "--json"]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=60).stdout)
