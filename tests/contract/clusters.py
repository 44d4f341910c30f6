"""The two clusters that the contract holds for, behind the few verbs that it needs."""

import base64
import json
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from kubevigil.demo.access import Allow
from kubevigil.demo.cluster import SimulatedCluster
from kubevigil.demo.plan import PodRef
from tests.cluster.cluster import Kubectl, component, wait_for

from .asking import Api

ETCD = "http://127.0.0.1:2379"
LINES = ("one", "two", "three")
"""What every instance prints when it begins."""

EXIT_CODE = 3

POD = """
apiVersion: v1
kind: Pod
metadata: {name: NAME}
spec:
  terminationGracePeriodSeconds: 5
  nodeSelector: SELECTOR
  containers:
    - name: app
      image: IMAGE
      command:
        - sh
        - -c
        - trap 'exit 3' USR1; trap 'exit 0' TERM; echo one; echo two; echo three; while :; do sleep 0.1; done
"""


class Cluster(Protocol):
    """A cluster with a namespace for one test, and its API as a user who may do everything."""

    api: Api

    def create(self, name: str, *, runs: bool = False) -> None:
        """A pod with the container `app`. If it `runs`, it has printed LINES when this returns; else it is pending."""

    def create_without_image(self, name: str) -> None:
        """A pod whose image cannot be had; its status says so when this returns."""

    def crash(self, name: str) -> None:
        """The instance ends with EXIT_CODE, and the next one runs when this returns."""

    def change(self, name: str) -> None:
        """The pod gets a new resourceVersion."""

    def delete(self, name: str) -> None:
        """Deletes it gracefully; it is gone when this returns."""

    def compact(self) -> None:
        """The server forgets every version but the present one."""

    def stranger(self) -> Api:
        """The API as a known user without a single right."""


class Simulated:
    """The simulated cluster."""

    def __init__(self, cluster: SimulatedCluster, api: Api) -> None:
        self.api = api
        self._cluster = cluster

    @classmethod
    @contextmanager
    def running(cls) -> Iterator["Simulated"]:
        cluster = SimulatedCluster(seed=1)
        cluster.access.token = "anyone"
        api = Api(cluster.start(), "contract", token="anyone")
        try:
            yield cls(cluster, api)
        finally:
            api.close()
            cluster.stop()

    def create(self, name: str, *, runs: bool = False) -> None:
        ref = self._cluster.world.create_pod(name, self.api.namespace, started=runs)
        if runs:
            self._cluster.world.log(ref, "app", *LINES)

    def create_without_image(self, name: str) -> None:
        self.create(name)
        self._cluster.world.wait(self._ref(name), "app", "ErrImagePull", "failed to pull and unpack image")

    def crash(self, name: str) -> None:
        self._cluster.world.crash(self._ref(name), "app", EXIT_CODE)
        self._cluster.world.run(self._ref(name), "app")
        self._cluster.world.log(self._ref(name), "app", *LINES)

    def change(self, name: str) -> None:
        self._cluster.world.touch(self._ref(name))

    def delete(self, name: str) -> None:
        self._cluster.world.delete(self._ref(name))

    def compact(self) -> None:
        self._cluster.world.history.compact()

    def stranger(self) -> Api:
        self._cluster.access.rules = (Allow("get", "none"),)
        return self.api

    def _ref(self, name: str) -> PodRef:
        return PodRef(self.api.namespace, name)


class Real:
    """The testbed, in a fresh namespace."""

    def __init__(self, kubectl: Kubectl, api: Api) -> None:
        self.api = api
        self._kubectl = kubectl
        self._changes = 0

    @classmethod
    @contextmanager
    def running(cls, kubeconfig: Path) -> Iterator["Real"]:
        admin = Kubectl(kubeconfig)
        view = admin.json("config", "view", "--raw", "--flatten")
        cluster, user = view["clusters"][0]["cluster"], view["users"][0]["user"]
        authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
        with admin.fresh_namespace("contract") as own:
            api = Api(cluster["server"], own.namespace, token=user["token"], authority=authority)
            try:
                yield cls(own, api)
            finally:
                api.close()

    def create(self, name: str, *, runs: bool = False) -> None:
        self._apply(name, selector="{}" if runs else "{kubevigil.test/nowhere: nowhere}")
        if runs:
            wait_for("the first instance runs", lambda: self._runs(name, 0))

    def create_without_image(self, name: str) -> None:
        self._apply(name, selector="{}", image="kubevigil.test/there-is-none:1")
        wait_for("it waits for its image", lambda: self._waits_for(name) in {"ErrImagePull", "ImagePullBackOff"})

    def crash(self, name: str) -> None:
        count = self._status(name)["restartCount"]
        self._kubectl("exec", name, "--", "kill", "-USR1", "1")
        wait_for("the next instance runs", lambda: self._runs(name, count + 1))

    def change(self, name: str) -> None:
        self._changes += 1
        self._kubectl("annotate", "pod", name, "--overwrite", f"kubevigil.test/changes={self._changes}")

    def delete(self, name: str) -> None:
        self._kubectl("delete", "pod", name, "--wait=true")

    def compact(self) -> None:
        """As etcd's own compaction; the API server keeps some history too, so it begins anew."""
        revision = _etcd("range", key=base64.b64encode(b"compact_rev_key").decode())["header"]["revision"]
        _etcd("compaction", revision=revision, physical=True)
        component("kill", "kube-apiserver")
        component("start", "kube-apiserver")
        wait_for("the API server is back", self._answers, 60)

    def stranger(self) -> Api:
        self._kubectl("create", "serviceaccount", "stranger")
        return self.api.with_token(self._kubectl("create", "token", "stranger"))

    def _apply(self, name: str, *, selector: str, image: str = "kubevigil.test/busybox:1") -> None:
        self._kubectl.apply(POD.replace("NAME", name).replace("SELECTOR", selector).replace("IMAGE", image))

    def _waits_for(self, name: str) -> str:
        return str(self._status(name).get("state", {}).get("waiting", {}).get("reason", ""))

    def _status(self, name: str) -> Any:
        return next(iter(self._kubectl.statuses(name)), {})

    def _runs(self, name: str, restarts: int) -> bool:
        status = self._status(name)
        if "running" not in status.get("state", {}) or status["restartCount"] != restarts:
            return False
        return self._kubectl("logs", name).splitlines() == list(LINES)

    def _answers(self) -> bool:
        command = ["kubectl", f"--kubeconfig={self._kubectl.kubeconfig}", "--request-timeout=2s", "get", "--raw"]
        return subprocess.run([*command, "/readyz"], capture_output=True, check=False, timeout=10).returncode == 0


def _etcd(verb: str, **question: object) -> Any:
    """etcd's own API, which takes JSON over HTTP."""
    request = urllib.request.Request(f"{ETCD}/v3/kv/{verb}", json.dumps(question).encode())
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)
