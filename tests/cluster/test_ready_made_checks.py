"""The ready-made checks on a real cluster with a real Argo: each finds nothing wrong, and what it is there for."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from .argo import Checks, Object
from .cluster import NODE, Kubectl, component, wait_for
from .health import Health, looked_after
from .image_registry import serving
from .installing import CHART, RESTRICTED
from .ready_image import TOOLS, import_tools

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

NAMESPACE = "ready"
WARD = "ward"
"""Whose pods are critical here."""
DNS = "10.43.0.10"


@pytest.fixture(scope="module")
def health(kubectl: Kubectl, kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Health]:
    folder = tmp_path_factory.mktemp("ready")
    import_tools(folder)
    for name in (NAMESPACE, WARD):
        kubectl("create", "namespace", name)
    kubectl("label", "namespace", WARD, RESTRICTED)
    with looked_after(Kubectl(kubeconfig, NAMESPACE), kubeconfig, folder) as health:
        yield health
    for name in (NAMESPACE, WARD):
        kubectl("delete", "namespace", name, "--wait=false")


@pytest.fixture(scope="module")
def checks(health: Health) -> Checks:
    return health.checks


def rendered(key: str, **values: Any) -> list[Object]:
    """What the chart makes of one check."""
    given = {
        "healthchecks": {"enabled": True},
        "checks": {"image": TOOLS, key: {"enabled": True, "repeatAfterSec": 3600, **values}},
    }
    command = ["helm4", "template", "kubevigil", str(CHART), f"--namespace={NAMESPACE}", "--values=-"]
    command += ["--show-only=templates/checks.yaml"]
    answer = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, check=True, timeout=60)
    return [document for document in yaml.safe_load_all(answer.stdout) if document]


def apply(checks: Checks, objects: list[Object]) -> str:
    """Makes them, each in its own namespace, and gives the check's name."""
    Kubectl(checks.kubectl.kubeconfig).apply(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
    (check,) = [item for item in objects if item["kind"] == "HealthCheck"]
    return str(check["metadata"]["name"])


def again(health: Health, name: str) -> Object:
    """Runs it once more, and gives its status."""
    health.command("run", name, "--wait")
    return health.checks.status(name)


WELL: dict[str, dict[str, Any]] = {
    "clusterDns": {},
    "nodeLocalDns": {"address": DNS},
    "apiObjects": {},
    "access": {},
    "nodeDisk": {"limit": 100},
    "nodeThreads": {"limit": 100},
    "criticalPods": {"namespaces": [WARD]},
    "certificates": {"days": 1},
    "policyEngine": {"namespace": WARD},
}


@pytest.mark.parametrize("key", WELL)
def test_a_check_finds_nothing_wrong_with_a_cluster_that_is_well_and_does_so_again(
    health: Health, checks: Checks, key: str
) -> None:
    name = apply(checks, rendered(key, **WELL[key]))
    checks.until(name, 120, status="Succeeded", successCount=1)
    assert again(health, name)["successCount"] == 2


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "nodeLocalDns": ({"address": "10.43.0.11"}, "failed"),
    "nodeDisk": ({"limit": 1}, "failed"),
    "certificates": ({"days": 3650, "hosts": []}, "the certificate of 10.43.0.1:443 ends in "),
    "policyEngine": ({"namespace": NAMESPACE}, f"a privileged pod is let into {NAMESPACE}"),
}


@pytest.mark.parametrize("key", WRONG)
def test_a_check_tells_what_it_finds(health: Health, checks: Checks, key: str) -> None:
    values, words = WRONG[key]
    told = again(health, apply(checks, rendered(key, **values)))
    assert (told["status"], words in told["errorMessage"]) == ("Failed", True), told


def test_an_api_server_that_makes_no_object_is_told_until_it_does(health: Health, checks: Checks) -> None:
    name = apply(checks, rendered("apiObjects"))
    checks.kubectl("create", "quota", "full", "--hard=count/configmaps=1")
    hard = ("get", "quota", "full", "--output=jsonpath={.status.hard}")
    wait_for("the quota counts", lambda: "configmaps" in checks.kubectl(*hard))
    told = again(health, name)
    checks.kubectl("delete", "quota", "full")
    assert told["status"] == "Failed"
    assert "create: " in told["errorMessage"]
    assert "exceeded quota: full" in told["errorMessage"]
    assert again(health, name)["status"] == "Succeeded"


def test_an_account_that_may_more_than_its_role_says_is_told_until_it_may_not(health: Health, checks: Checks) -> None:
    name = apply(checks, rendered("access"))
    checks.kubectl("create", "role", "lax", "--verb=list", "--resource=secrets")
    checks.kubectl("create", "rolebinding", "lax", "--role=lax", f"--serviceaccount={NAMESPACE}:{name}")
    told = again(health, name)
    checks.kubectl("delete", "rolebinding", "lax")
    assert (told["status"], "may list Secrets" in told["errorMessage"]) == ("Failed", True), told
    assert again(health, name)["status"] == "Succeeded"


VOLUME = """
apiVersion: v1
kind: PersistentVolume
metadata: {{name: ready}}
spec:
  capacity: {{storage: 64Mi}}
  accessModes: [ReadWriteOnce]
  storageClassName: ready
  persistentVolumeReclaimPolicy: Retain
  hostPath: {{path: {place}, type: Directory}}
"""


@pytest.fixture
def place(kubectl: Kubectl, checks: Checks, tmp_path: Path) -> Iterator[Path]:
    """The folder of a volume that can be claimed once, by a check that is still to be made."""
    checks.kubectl("delete", "healthcheck", "kubevigil-storage", "--ignore-not-found")
    kubectl.apply(VOLUME.format(place=tmp_path))
    yield tmp_path
    kubectl("delete", "persistentvolume", "ready")


def test_a_volume_is_claimed_written_to_and_let_go(checks: Checks, place: Path) -> None:
    place.chmod(0o777)
    name = apply(checks, rendered("storage", storageClass="ready", limit=100))
    checks.until(name, 120, status="Succeeded")
    wait_for("the claim is let go", lambda: not checks.kubectl("get", "pvc", "--output=name"), 60)


def test_a_volume_that_cannot_be_written_to_is_told(checks: Checks, place: Path) -> None:
    place.chmod(0o555)
    name = apply(checks, rendered("storage", storageClass="ready", limit=100))
    assert "the claim: write: " in checks.until(name, 120, status="Failed")["errorMessage"]
    wait_for("the claim is let go", lambda: not checks.kubectl("get", "pvc", "--output=name"), 60)


def test_an_image_is_pulled_while_there_is_a_registry_and_afterwards_not(health: Health, checks: Checks) -> None:
    with serving() as registry:
        objects = rendered("imagePull", image=registry.image)
        objects[-1]["spec"]["workflow"]["workflowtimeout"] = 30
        name = apply(checks, objects)
        checks.until(name, 60, status="Succeeded")
        assert any("/blobs/" in path for path in registry.asked)
    # The node has the image, and still asks for it.
    assert again(health, name)["status"] == "Failed"
    checks.until_told(name, "WorkflowTimedOut")


FAILED = """
apiVersion: v1
kind: Pod
metadata: {name: spent}
spec:
  restartPolicy: Never
  securityContext: {runAsNonRoot: true, runAsUser: 65534, seccompProfile: {type: RuntimeDefault}}
  containers:
    - name: main
      image: kubevigil.test/busybox:1
      command: [sh, -c, "exit 1"]
      securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
"""


def test_a_pod_that_failed_for_good_is_found_and_taken_away_by_the_remedy(
    health: Health, checks: Checks, kubeconfig: Path
) -> None:
    ward = Kubectl(kubeconfig, WARD)
    ward.apply(FAILED)
    wait_for("it failed", lambda: ward.pod("spent")["status"]["phase"] == "Failed")
    # Made anew, it runs at once, and not again before its remedy has done its work.
    checks.kubectl("delete", "healthcheck", "kubevigil-critical-pods", "--ignore-not-found")
    name = apply(checks, rendered("criticalPods", namespaces=[WARD], remedy={"enabled": True}))
    told = checks.until(name, 150, status="Failed")["errorMessage"]
    assert f"{WARD}/spent is Error, 0/1 containers ready" in told
    checks.until(name, 120, remedyStatus="Succeeded", remedySuccessCount=1)
    assert not ward("get", "pods", "--output=name")
    assert again(health, name)["status"] == "Succeeded"


RESOLVER = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: resolver}
spec:
  selector: {matchLabels: {app: resolver}}
  template:
    metadata: {labels: {app: resolver}}
    spec:
      terminationGracePeriodSeconds: 1
      containers: [{name: main, image: kubevigil.test/busybox:1, command: [sleep, "3600"]}]
"""


def test_a_dns_that_is_gone_is_found_and_its_deployment_restarted(health: Health, checks: Checks) -> None:
    checks.kubectl.apply(RESOLVER)
    remedy = {"enabled": True, "namespace": NAMESPACE, "deployment": "resolver"}
    component("kill", "coredns")
    try:
        name = apply(checks, rendered("clusterDns", remedy=remedy))
        again(health, name)
        told = checks.until(name, 120, status="Failed")["errorMessage"]
        assert "kubernetes.default.svc.cluster.local" in told
        checks.until(name, 200, remedyStatus="Succeeded", remedySuccessCount=1)
    finally:
        component("start", "coredns")
    template = checks.kubectl.json("get", "deployment", "resolver")["spec"]["template"]
    assert "kubectl.kubernetes.io/restartedAt" in template["metadata"]["annotations"]
    assert again(health, name)["status"] == "Succeeded"


CROWD = """
import sys, threading
threading.stack_size(65_536)
over = threading.Event()
for _ in range(int(sys.argv[1])):
    threading.Thread(target=over.wait, daemon=True).start()
print(flush=True)
sys.stdin.read()
"""


@contextmanager
def crowded(percent: int) -> Iterator[int]:
    """The machine has this many threads more, which is so many percent of those that it may have. They only wait."""
    count = int(Path("/proc/sys/kernel/threads-max").read_text()) * percent // 100
    command = [sys.executable, "-c", CROWD, str(count)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as crowd:
        assert crowd.stdout is not None
        assert crowd.stdout.readline() == b"\n"
        yield count


def test_a_node_that_is_short_of_threads_is_told(health: Health, checks: Checks) -> None:
    name = apply(checks, rendered("nodeThreads", limit=1))
    before = {workflow["metadata"]["name"] for workflow in checks.workflows(name)}
    with crowded(2) as count:
        assert again(health, name)["status"] == "Failed"
    (latest,) = [one for one in checks.workflows(name) if one["metadata"]["name"] not in before]
    pods = [node for node in latest["status"]["nodes"].values() if node["type"] == "Pod"]
    (told,) = [pod["message"] for pod in pods if pod["phase"] == "Failed"]
    found = re.search(f"{NODE}: ([0-9]+) threads of [0-9]+ are [0-9]+ %, more than 1 %", told)
    assert found, told
    assert int(found[1]) > count


def test_a_check_of_each_node_has_a_pod_on_it(health: Health, checks: Checks) -> None:
    name = apply(checks, rendered("nodeThreads", limit=100))
    assert again(health, name)["status"] == "Succeeded"
    (workflow, *_) = checks.workflows(name)
    nodes = {node.get("hostNodeName") for node in workflow["status"]["nodes"].values() if node["type"] == "Pod"}
    assert nodes == {NODE}
    assert [node for node in workflow["status"]["nodes"].values() if node.get("templateName") == "check"]
