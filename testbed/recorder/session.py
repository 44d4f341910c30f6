"""The scripted misery: rounds of all that can happen to a container, on a timetable, through kubectl and the testbed.

A round lives in a namespace of its own, which is deleted at its end while the next round starts. Every container that
a session makes has ended when it returns, and the API has said so: truth and recording can be compared without rest.
"""

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from . import runtime

TESTBED = Path(__file__).resolve().parent.parent
NODE = "node-1"
ROUND_SECONDS = 150
SETTLE_SECONDS = 4


class SessionError(Exception):
    """The testbed did not do what a step needs."""


def rounds_in(minutes: float) -> int:
    """How many rounds fit into a session, with the deletion at its end; at least one."""
    return max(1, int((minutes * 60 - 20) // ROUND_SECONDS))


def play(minutes: float, say: Callable[[str], None]) -> list[str]:
    """Plays the rounds; `say` hears each step. Takes some 20 s longer than the rounds.

    A step that fails does not end the session: what else happened is evidence too. Returns the failures.
    """
    failures: list[str] = []
    for number in range(1, rounds_in(minutes) + 1):
        failures += Round(number, say).play()
    try:
        _until(_no_pods, 120, "pods of the session are still there")
    except SessionError as problem:
        failures.append(str(problem))
    time.sleep(SETTLE_SECONDS)  # the last events are on their way
    return failures


class Round:
    """One round; `number` varies how long the kubelet stays away."""

    def __init__(self, number: int, say: Callable[[str], None]) -> None:
        self.namespace = f"misery-{number}"
        self._away = (8, 20, 3, 30)[(number - 1) % 4]
        self._say = say

    def play(self) -> list[str]:
        """Does each step at its second of the round, or as soon as the one before is over; returns the failures."""
        timetable: list[tuple[int, Callable[[], None]]] = [
            (0, self.apply_everything),
            (30, self.evict_by_api),
            (34, self.delete_in_mid_crash),
            (38, self.delete_by_force),
            (42, self.roll_out),
            (50, self.debug_with_an_ephemeral_container),
            (56, self.lose_the_kubelet),
            (92, self.lose_a_container),
            (92, self.lose_the_runtime),
            (105, self.preempt),
            (118, self.drain_the_node),
            (130, self.apply_pods_again),
            (ROUND_SECONDS, self.delete_the_namespace),
        ]
        failures: list[str] = []
        began = time.monotonic()
        for second, step in timetable:
            time.sleep(max(0.0, began + second - time.monotonic()))
            self._say(f"{self.namespace}: {step.__name__.replace('_', ' ')}")
            try:
                step()
            except (SessionError, subprocess.SubprocessError) as problem:
                failures.append(f"{self.namespace}: {step.__name__}: {problem}")
                self._say(failures[-1])
        return failures

    def apply_everything(self) -> None:
        """Makes the namespace and all that crashes in it."""
        kubectl("create", "namespace", self.namespace)
        _until(lambda: self._try("get", "serviceaccount", "default"), 30, "no default service account")
        self.apply_pods_again()
        self._apply("misery-workloads")

    def apply_pods_again(self) -> None:
        """Makes the bare pods that are not there (any more); the others stay."""
        self._apply("misery-pods")

    def evict_by_api(self) -> None:
        """Through the eviction sub-resource, as an autoscaler does."""
        for pod in ("graceful", "crash-3-fast"):
            eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod}}
            path = f"/api/v1/namespaces/{self.namespace}/pods/{pod}/eviction"
            kubectl("create", "--raw", path, "-f", "-", text=json.dumps(eviction))

    def delete_in_mid_crash(self) -> None:
        """Pods that crash every few seconds; one of them is between two crashes, most likely."""
        self._kubectl("delete", "pod", "crash-1", "two-crashers", "sidecar-crashes", "start-error", "--wait=false")

    def delete_by_force(self) -> None:
        """The object goes before its containers do: nobody can see how `ignores-term` ends.

        `segfault` goes when its last exit is shown and the next is seconds away: an exit in the last moment before the
        deletion would be hidden as well, but by chance.
        """
        for state in ("running", "waiting"):
            path = f"jsonpath={{.status.containerStatuses[0].state.{state}}}"
            self._kubectl("wait", "pod/segfault", f"--for={path}", "--timeout=15s")
        self._kubectl("delete", "pod", "segfault", "ignores-term", "--force", "--grace-period=0")

    def roll_out(self) -> None:
        """New pods for the workloads, the old ones stop gracefully."""
        self._kubectl("rollout", "restart", "deployment", "crashing", "healthy")
        self._kubectl("rollout", "restart", "daemonset", "daemon")

    def debug_with_an_ephemeral_container(self) -> None:
        """Which fails, once; ephemeral containers are not restarted."""
        shell = ("sh", "-c", "sleep 1; exit 2")
        self._kubectl("debug", "liveness", "--image=kubevigil.test/busybox:1", "--container=debugger", "--", *shell)

    def lose_the_kubelet(self) -> None:
        """By kill -9, with two pods deleted while it is away."""
        component("kill", "kubelet")
        self._kubectl("delete", "pod", "config-missing", "on-failure", "--wait=false")
        time.sleep(self._away)
        component("start", "kubelet")

    def lose_the_runtime(self) -> None:
        """By kill -9; the containers live on, and the runtime's event stream breaks."""
        component("kill", "containerd")
        time.sleep(1)
        component("start", "containerd")

    def lose_a_container(self) -> None:
        """Behind the kubelet's back; the runtime is lost next, and has forgotten the container when it is back."""
        found = self._kubectl("get", "pods", "--selector=app=healthy", "--output=jsonpath={.items[*]..containerID}")
        if found:
            runtime.remove(found.split()[0].removeprefix("containerd://"))

    def preempt(self) -> None:
        """One pod gives its seat on the node to a more urgent one."""
        seat = [{"op": "add", "path": "/status/capacity/example.com~1seat", "value": "1"}]
        kubectl("patch", "node", NODE, "--subresource=status", "--type=json", "--patch", json.dumps(seat))
        self._apply("preempted")
        self._try("wait", "pod/preempted", "--for=condition=Ready", "--timeout=20s")
        self._apply("preemptor")

    def drain_the_node(self) -> None:
        """What is left there is evicted; the time limit ends the wait for what comes back."""
        self._try("drain", NODE, "--force", "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=8s")
        kubectl("uncordon", NODE)

    def delete_the_namespace(self) -> None:
        """And all that is in it, without a wait."""
        kubectl("delete", "namespace", self.namespace, "--wait=false")

    def _apply(self, manifest: str) -> None:
        self._kubectl("apply", "-f", str(TESTBED / f"manifests/{manifest}.yaml"))

    def _kubectl(self, *arguments: str) -> str:
        return kubectl("--namespace", self.namespace, *arguments)

    def _try(self, *arguments: str) -> bool:
        try:
            self._kubectl(*arguments)
        except SessionError as problem:
            self._say(str(problem))
            return False
        return True


def kubectl(*arguments: str, text: str = "") -> str:
    """What it printed. Raises SessionError with what it complained of."""
    answer = subprocess.run(
        ["kubectl", *arguments], input=text, capture_output=True, text=True, check=False, timeout=120
    )
    if answer.returncode != 0:
        raise SessionError(f"kubectl {' '.join(arguments)}: {answer.stderr.strip()}")
    return answer.stdout


def component(verb: str, name: str) -> None:
    """Starts a component of the cluster, or kills it with -9."""
    subprocess.run([TESTBED / "cluster/component", verb, name], check=True, timeout=20)


def _no_pods() -> bool:
    return kubectl("get", "pods", "--all-namespaces", "--output=name") == ""


def _until(holds: Callable[[], bool], seconds: float, complaint: str) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise SessionError(f"after {seconds:.0f} s: {complaint}")
        time.sleep(0.3)
