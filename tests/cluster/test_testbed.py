"""The testbed is a real cluster, its witness tells the truth, and its misery is what it says."""

import errno
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from .cluster import CRASHER, NODE, TESTBED, Apply, Kubectl, WitnessLog, component, wait_for

pytestmark = pytest.mark.real


def terminated(status: dict[str, Any]) -> list[dict[str, Any]]:
    slots = (status.get("state", {}), status.get("lastState", {}))
    return [slot["terminated"] for slot in slots if "terminated" in slot]


def is_ready(kubectl: Kubectl) -> bool:
    conditions = {c["type"]: c["status"] for c in kubectl.json("get", "node", NODE)["status"]["conditions"]}
    return bool(conditions["Ready"] == "True")


def test_the_node_is_ready(kubectl: Kubectl) -> None:
    assert is_ready(kubectl)


def test_a_crash_is_told_by_the_runtime_and_by_the_api_alike(
    apply: Apply, namespace: Kubectl, witness: WitnessLog
) -> None:
    apply(CRASHER)
    uid = namespace.pod("crasher")["metadata"]["uid"]
    end = wait_for("an exit in the runtime", lambda: witness.ends(uid))[0]
    shown = wait_for("an exit in the API", lambda: terminated(namespace.statuses("crasher")[0]))[-1]
    assert (end["kind"], end["container"], end["exit_code"]) == ("exit", "app", 3)
    assert (shown["containerID"], shown["exitCode"]) == (end["container_id"], 3)


def test_the_log_of_the_instance_that_died_can_be_read(apply: Apply, namespace: Kubectl) -> None:
    apply(CRASHER)
    wait_for("a restart", lambda: namespace.statuses("crasher")[0]["restartCount"] > 0)
    wait_for("a running successor", lambda: "running" in namespace.statuses("crasher")[0]["state"])
    assert namespace("logs", "crasher", "--previous") == "the last words\n"


def test_a_container_whose_start_fails_is_told_as_never_started(namespace: Kubectl, witness: WitnessLog) -> None:
    namespace("run", "nothing", "--image=kubevigil.test/busybox:1", "--command", "--", "/no/such/program")
    uid = namespace.pod("nothing")["metadata"]["uid"]
    end = wait_for("the end", lambda: witness.ends(uid))[0]
    assert (end["kind"], end["exit_code"]) == ("created_never_started", 128)


def test_exits_while_the_runtime_and_the_kubelet_are_away_are_told_once(
    apply: Apply, namespace: Kubectl, witness: WitnessLog
) -> None:
    apply(CRASHER.replace("sleep 1", "sleep 3"))
    uid = namespace.pod("crasher")["metadata"]["uid"]
    wait_for("a start", lambda: witness.facts(uid, "started"))
    for name in ("kubelet", "containerd"):
        component("kill", name)
    for name in ("containerd", "kubelet"):
        component("start", name)
    ends = wait_for("two ends", lambda: witness.ends(uid)[1:] and witness.ends(uid), 60)
    ids = [end["container_id"] for end in ends]
    assert len(ids) == len(set(ids))
    wait_for("a node that is Ready again", lambda: is_ready(namespace))
    assert ids[: len(ends)] == [fact["container_id"] for fact in witness.facts(uid, "created")][: len(ends)]


def test_a_probe_that_ends_is_not_the_end_of_its_container(namespace: Kubectl, witness: WitnessLog) -> None:
    probe = "readinessProbe: {exec: {command: ['true']}, periodSeconds: 1}"
    namespace.apply(CRASHER.replace("sleep 1;", "sleep 600;") + f"      {probe}\n")
    pod = namespace.pod("crasher")["metadata"]["uid"]
    wait_for("a good probe", lambda: namespace.statuses("crasher")[0]["ready"])
    assert witness.facts(pod, "started")
    assert witness.ends(pod) == []


def test_nothing_outside_can_be_reached() -> None:
    with pytest.raises(OSError, match="unreachable") as refused:
        socket.create_connection(("192.0.2.1", 443), timeout=5)
    assert refused.value.errno == errno.ENETUNREACH


@pytest.fixture(scope="module")
def misery(kubectl: Kubectl) -> Iterator[Kubectl]:
    with kubectl.fresh_namespace("misery") as own:
        for manifest in ("misery-pods", "misery-workloads"):
            own.apply(TESTBED / f"manifests/{manifest}.yaml")
        yield own


def signs(pod: dict[str, Any]) -> set[str]:
    """Every reason that the pod's status shows, with the exit code where there is one."""
    status = pod["status"]
    found = {status.get("reason", "")}
    for container in [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]:
        found |= {f"{end.get('reason')} {end['exitCode']}" for end in terminated(container)}
        found |= {container["state"].get("waiting", {}).get("reason", "")}
    return found


@pytest.mark.parametrize(
    ("pod", "sign"),
    [
        ("crash-1", "Error 1"),
        ("crash-3-fast", "CrashLoopBackOff"),
        ("exit-0-always", "Completed 0"),
        ("segfault", "Error 139"),
        ("oom", "OOMKilled 137"),
        ("two-crashers", "Error 12"),
        ("start-error", "StartError 128"),
        ("image-missing", "ImagePullBackOff"),
        ("config-missing", "CreateContainerConfigError"),
        ("liveness", "Error 137"),
        ("post-start-fails", "PostStartHookError"),
        ("init-fails", "Error 4"),
        ("sidecar-crashes", "Error 5"),
        ("never-fails-once", "Error 6"),
        ("never-completes", "Completed 0"),
        ("on-failure", "Error 255"),
        ("chatty", "Error 7"),
        ("fills-its-disk", "Evicted"),
    ],
)
def test_each_misery_shows_its_sign(misery: Kubectl, pod: str, sign: str) -> None:
    seen: set[str] = set()

    def shown() -> bool:
        seen.update(signs(misery.pod(pod)))
        return sign in seen

    wait_for(f"{sign} at {pod}", shown, 60)
    assert sign in seen


@pytest.mark.parametrize(
    ("owner", "sign"),
    [
        ("app=crashing", "Error 1"),
        ("app=stateful", "Error 2"),
        ("app=daemon", "Error 9"),
    ],
)
def test_each_workload_shows_its_sign(misery: Kubectl, owner: str, sign: str) -> None:
    seen: set[str] = set()

    def shown() -> bool:
        for pod in misery.json("get", "pods", "--selector", owner)["items"]:
            seen.update(signs(pod))
        return sign in seen

    wait_for(f"{sign} at {owner}", shown, 60)
    assert sign in seen


@pytest.mark.parametrize(
    ("job", "end"), [("succeeds", "Complete"), ("fails-never", "Failed"), ("fails-on-failure", "Failed")]
)
def test_each_job_ends_as_its_name_says(misery: Kubectl, job: str, end: str) -> None:
    def conditions() -> set[str]:
        return {
            c["type"] for c in misery.json("get", "job", job)["status"].get("conditions", []) if c["status"] == "True"
        }

    ended = wait_for(f"the end of {job}", lambda: conditions() & {"Complete", "Failed"}, 60)
    assert ended == {end}


@pytest.mark.parametrize(("pod", "code"), [("graceful", 0), ("ignores-term", 137)])
def test_a_pod_that_is_deleted_stops_in_its_own_way(misery: Kubectl, witness: WitnessLog, pod: str, code: int) -> None:
    wait_for(f"{pod} runs", lambda: misery.statuses(pod)[0]["ready"])
    uid = misery.pod(pod)["metadata"]["uid"]
    misery("delete", "pod", pod, "--wait=false")
    assert wait_for("its end", lambda: witness.ends(uid))[0]["exit_code"] == code
