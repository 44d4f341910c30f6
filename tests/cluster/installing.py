"""The chart as a person installs it: Helm, a release, and what its Service answers."""

import json
import subprocess
import time
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from .cluster import Kubectl, wait_for

CHART: Final = Path(__file__).parents[2] / "charts" / "kubevigil"
HELMS: Final = ("helm3", "helm4")
IMAGE: Final = {"registry": "kubevigil.test", "repository": "kubevigil"}
"""Where a user names a registry: the testbed's name for the image that this checkout makes."""

RESTRICTED: Final = "pod-security.kubernetes.io/enforce=restricted"


class Release:
    """One release. Its objects are named `<name>-kubevigil`, as the chart does."""

    def __init__(self, kubectl: Kubectl, name: str, *, helm: str = "helm4", chart: Path = CHART) -> None:
        self.kubectl = kubectl
        self.name = name
        self.fullname = f"{name}-kubevigil"
        self.helm = helm
        self._chart = chart

    def install(self, *, wait: bool = True, **values: Any) -> str:
        """Helm's own words: its notes are the end of them."""
        return self._run("install", *(["--wait"] if wait else []), "--timeout=120s", values=values)

    def upgrade(self, **values: Any) -> str:
        return self._run("upgrade", "--wait", "--timeout=120s", values=values)

    def test(self) -> str:
        """What `helm test` prints. Not with the log of its pod, which is gone when it was well."""
        return self._helm("test", self.name, "--timeout=120s")

    def uninstall(self) -> None:
        self._helm("uninstall", self.name)

    def _run(self, verb: str, *flags: str, values: Mapping[str, Any]) -> str:
        return self._helm(
            verb, self.name, str(self._chart), "--values=-", *flags, stdin=json.dumps({"image": IMAGE, **values})
        )

    def _helm(self, *arguments: str, stdin: str = "") -> str:
        command = [self.helm, f"--kubeconfig={self.kubectl.kubeconfig}", f"--namespace={self.kubectl.namespace}"]
        answer = subprocess.run(
            [*command, *arguments], input=stdin, capture_output=True, text=True, check=False, timeout=180
        )
        assert answer.returncode == 0, f"{' '.join(arguments)}: {answer.stderr}\n{self.what_is_wrong()}"
        assert "warning" not in answer.stderr.lower(), answer.stderr
        return answer.stdout

    def what_is_wrong(self) -> str:
        """What a person would look at: the pods, and what they said."""
        shown = [self.kubectl("get", "pods", "--output=wide"), self.kubectl("get", "events")]
        for pod in self.pods():
            name = pod["metadata"]["name"]
            shown.append(self.kubectl("logs", name, "--all-containers", "--ignore-errors", "--tail=20"))
        return "\n".join(shown)

    def pods(self) -> list[Any]:
        return list(self.kubectl.json("get", "pods", f"--selector=app.kubernetes.io/instance={self.name}")["items"])

    def pod(self) -> str:
        """The name of the one pod that is not on its way out."""
        (name,) = [p["metadata"]["name"] for p in self.pods() if "deletionTimestamp" not in p["metadata"]]
        return str(name)

    @property
    def address(self) -> str:
        return f"http://{self.fullname}.{self.kubectl.namespace}.svc.cluster.local:8080"

    def get(self, path: str) -> bytes:
        """What the Service answers, by its name."""
        with urllib.request.urlopen(self.address + path, timeout=10) as answer:
            return bytes(answer.read())

    def families(self) -> list[Metric]:
        return list(text_string_to_metric_families(self.get("/metrics").decode()))

    def samples(self, name: str, **labels: str) -> list[tuple[dict[str, str], float]]:
        return list(matching(self.families(), name, labels))

    def first_metric(self, seconds: float = 60) -> float:
        """Waits for the first series of a watched container; the moment when it came, on the monotonic clock."""
        wait_for("the first metric", self._has_metrics, seconds)
        return time.monotonic()

    def _has_metrics(self) -> bool:
        try:
            return bool(self.samples("kubevigil_container_restarts_total"))
        except OSError:
            return False


def matching(
    families: Iterable[Metric], name: str, labels: Mapping[str, str]
) -> Iterator[tuple[dict[str, str], float]]:
    """Labels and value of each sample of that name that has these labels."""
    for family in families:
        for sample in family.samples:
            if sample.name == name and labels.items() <= sample.labels.items():
                yield dict(sample.labels), float(sample.value)


@contextmanager
def restricted_namespace(kubectl: Kubectl, title: str) -> Iterator[Kubectl]:
    """A namespace in which only pods of Pod Security "restricted" may run."""
    with kubectl.fresh_namespace(title) as own:
        kubectl("label", "namespace", own.namespace, RESTRICTED)
        yield own
