"""What tests on the real cluster are written with: kubectl, the witness of the runtime, a wait with a deadline."""

import json
import re
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self, TypeVar

TESTBED = Path(__file__).parents[2] / "testbed"
NODE = "node-1"
POLL_SECONDS = 0.1

CRASHER = """
apiVersion: v1
kind: Pod
metadata: {name: crasher}
spec:
  terminationGracePeriodSeconds: 1
  containers:
    - name: app
      image: kubevigil.test/busybox:1
      command: [sh, -c, "sleep 1; echo 'the last words'; exit 3"]
"""
"""A pod that dies with 3 a second after each start."""

Result = TypeVar("Result")
Apply = Callable[[str | Path], None]


def wait_for(what: str, check: Callable[[], Result | None], seconds: float = 30) -> Result:
    """The first true answer of `check`; fails with `what` when there is none in time."""
    deadline = time.monotonic() + seconds
    while not (answer := check()):
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        time.sleep(POLL_SECONDS)
    return answer


def component(verb: str, name: str) -> None:
    """`start`s or `kill`s (with -9) a part of the cluster: kubelet, containerd, kube-apiserver, ..."""
    subprocess.run([TESTBED / "cluster/component", verb, name], check=True, timeout=150)


class Kubectl:
    """kubectl with a kubeconfig and, perhaps, a namespace."""

    def __init__(self, kubeconfig: Path, namespace: str = "") -> None:
        self.kubeconfig = kubeconfig
        self.namespace = namespace

    def __call__(self, *arguments: str, stdin: str = "") -> str:
        """What it printed; a failure is the test's, with kubectl's own words."""
        bound = [f"--namespace={self.namespace}"] if self.namespace else []
        command = ["kubectl", f"--kubeconfig={self.kubeconfig}", *bound, *arguments]
        answer = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False, timeout=60)
        assert answer.returncode == 0, f"{' '.join(command)}: {answer.stderr}"
        return answer.stdout

    def json(self, *arguments: str) -> Any:
        return json.loads(self(*arguments, "--output=json"))

    def apply(self, manifest: str | Path) -> None:
        if isinstance(manifest, Path):
            self("apply", "--filename", str(manifest))
        else:
            self("apply", "--filename=-", stdin=manifest)

    def pod(self, name: str) -> Any:
        return self.json("get", "pod", name)

    def statuses(self, pod: str) -> list[Any]:
        """Of all its containers, init containers too."""
        status = self.pod(pod)["status"]
        return [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]

    @contextmanager
    def fresh_namespace(self, title: str) -> Iterator[Self]:
        name = f"{re.sub('[^a-z0-9]+', '-', title.lower())[:40].strip('-')}-{uuid.uuid4().hex[:6]}"
        own = type(self)(self.kubeconfig, name)
        self("create", "namespace", name)
        try:
            accounts = ("get", "serviceaccounts", "--output=name")
            wait_for("the default service account", lambda: "default" in own(*accounts))
            yield own
        finally:
            self("delete", "namespace", name, "--wait=false")


class WitnessLog:
    """The facts that `testbed/witness` has printed so far."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    @contextmanager
    def running(cls, path: Path) -> Iterator[Self]:
        with path.open("w") as out, subprocess.Popen([TESTBED / "witness"], stdout=out) as process:
            try:
                yield cls(path)
            finally:
                process.terminate()

    def facts(self, pod: str = "", *kinds: str) -> list[dict[str, Any]]:
        """In the order of their telling; of one pod (by uid) and of some kinds, where given."""
        whole = self._path.read_text().rpartition("\n")[0]
        facts = [json.loads(line) for line in whole.splitlines()]
        return [fact for fact in facts if pod in {"", fact["uid"]} and (not kinds or fact["kind"] in kinds)]

    def ends(self, pod: str = "") -> list[dict[str, Any]]:
        """The deaths: task exits, and containers that were created and never started."""
        return self.facts(pod, "exit", "created_never_started")
