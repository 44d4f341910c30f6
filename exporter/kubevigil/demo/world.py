"""The simulated cluster's state: every verb that something happens by, one lock, no clock of its own running.

Each call is one thing that happens; it returns when the API shows it. Time only dates what happens: nothing here
waits. The truth is written down where the end happens, with the class that a person would give it; whether a client
could know of it is decided where a version is published. HTTP readers use `history` and `log`, never the pods.

Bounded by the number of pods, the history's length, two logs a container, and the latest Events.
"""

import threading
from collections.abc import Iterable
from typing import Final

from msgspec import json

from kubevigil.demo.container import SIGKILL_EXIT, UNKNOWN_REASON, Container, Ended, NotPossible, Waiting
from kubevigil.demo.events import EventBook
from kubevigil.demo.history import History
from kubevigil.demo.identity import Identifiers
from kubevigil.demo.judgement import class_of, stopped_class
from kubevigil.demo.logread import read_log
from kubevigil.demo.logs import LogLine
from kubevigil.demo.plan import ContainerPlan, Owner, PodPlan, PodRef, Role
from kubevigil.demo.pod import Condition, Deletion, Pod
from kubevigil.demo.render import Json, pod_json, status_json
from kubevigil.demo.truth import TrueEnd, Truth
from kubevigil.model.clock import Wall

_GRACE: Final = 30


class World:
    """All pods, and what happens to them. Thread-safe."""

    def __init__(self, *, seed: int, wall: Wall, keep_changes: int = 5000) -> None:
        self.history = History(keep=keep_changes)
        self.ids = Identifiers(seed)
        self._wall = wall
        self._lock = threading.RLock()
        self._pods: dict[PodRef, Pod] = {}
        self._truth = Truth()
        self._events = EventBook()
        self._namespaces = {"default": wall(), "kube-system": wall()}
        # As on a real server no list is of version 0, which to a watch means: any.
        self.history.next_version()

    # What a person or a controller does.

    def create_pod(
        self,
        name: str,
        namespace: str = "default",
        *,
        containers: Iterable[str | ContainerPlan] = ("app",),
        owner: Owner | None = None,
        labels: dict[str, str] | None = None,
        restart_policy: str = "Always",
        started: bool = True,
    ) -> PodRef:
        """Create a pod from a few words; see `create` for what happens."""
        plans = tuple(ContainerPlan(c) if isinstance(c, str) else c for c in containers)
        plan = PodPlan(PodRef(namespace, name), plans, restart_policy, owner=owner, labels=labels or {"app": name})
        return self.create(plan, started=started)

    def create(self, plan: PodPlan, *, started: bool = True) -> PodRef:
        """Create a pod and place it on its node; `started`: its init containers succeed and the others run.

        Raises NotPossible if the name is taken.
        """
        with self._lock:
            if plan.ref in self._pods:
                raise NotPossible(f"pod {'/'.join(plan.ref)} exists already: delete it first")
            self._namespaces.setdefault(plan.ref.namespace, self._wall())
            pod = Pod(plan, self.ids.uid(), self._wall())
            self._pods[plan.ref] = pod
            self._publish(pod, "ADDED")
            pod.scheduled_at = self._wall()
            if not started:
                self._publish(pod)
                return plan.ref
            return self.start(plan.ref)

    def start(self, ref: PodRef) -> PodRef:
        """Run everything that does not run yet: init containers in turn, each to its success, then the others."""
        with self._lock:
            pod = self._pod(ref)
            for container in pod.of_role(Role.INIT, Role.SIDECAR):
                if not isinstance(container.state, Waiting):
                    continue
                container.run(self.ids.container_id(), self._wall())
                if container.plan.role is Role.INIT:
                    self._publish(pod)
                    self._end(pod, container, 0, "Completed", "completed")
            for container in pod.of_role(Role.APP):
                if isinstance(container.state, Waiting):
                    container.run(self.ids.container_id(), self._wall())
            self._publish(pod)
            return ref

    def delete(self, ref: PodRef, *, exit_code: int = 0, grace: int = _GRACE, disruption: str = "") -> None:
        """Delete a pod gracefully, all steps at once: asked, stopped with `exit_code`, gone.

        `disruption` is the reason of its condition DisruptionTarget, such as EvictionByEvictionAPI.
        """
        with self._lock:
            self.ask_delete(ref, grace=grace, disruption=disruption)
            self.stop(ref, exit_code=exit_code)
            self.finish_delete(ref)

    def ask_delete(self, ref: PodRef, *, grace: int = _GRACE, disruption: str = "") -> None:
        """Step 1 of a graceful deletion: deletionTimestamp is set, the containers still run."""
        with self._lock:
            pod = self._pod(ref)
            now = self._wall()
            if disruption:
                pod.set_condition("DisruptionTarget", Condition(status=True, since=now, reason=disruption))
                self._publish(pod)
            pod.deletion = Deletion(now, grace)
            self._tell(pod, "Killing", "Stopping container", warning=False)
            self._publish(pod)

    def stop(self, ref: PodRef, *, exit_code: int = 0) -> None:
        """Step 2: every running container is stopped; one that never ran ends as unknown, which is no end at all."""
        with self._lock:
            pod = self._pod(ref)
            condition = pod.conditions.get("DisruptionTarget")
            class_ = stopped_class(condition.reason if condition else "")
            for container in pod.of_role(Role.APP, Role.SIDECAR, Role.INIT):
                if container.running:
                    self._end(pod, container, exit_code, "Error" if exit_code else "Completed", class_)
                elif not container.ever_created:
                    container.end_unrun()
                else:
                    container.settle()
            self._publish(pod)

    def finish_delete(self, ref: PodRef) -> None:
        """Step 3: the object is gone; what still ran ends unseen."""
        with self._lock:
            pod = self._pods.pop(ref, None)
            if pod is None:
                raise NotPossible(f"there is no pod {'/'.join(ref)}")
            self.history.publish("DELETED", ref, lambda version: self._encode(pod, version))
            for container in pod.of_role(Role.APP, Role.SIDECAR, Role.INIT):
                if container.running:
                    self._end(pod, container, SIGKILL_EXIT, "Error", "graceful")
            self._truth.close(pod.uid)

    def force_delete(self, ref: PodRef) -> None:
        """`kubectl delete --force --grace-period=0`: gone while its containers run; nobody can see their end."""
        with self._lock:
            self._pod(ref).deletion = Deletion(self._wall(), 0)
            self.finish_delete(ref)

    # What happens on the node.

    def run(self, ref: PodRef, container: str) -> str:
        """The next instance of a container starts; returns its containerID."""
        with self._lock:
            pod = self._pod(ref)
            found = pod.container(container)
            found.run(self.ids.container_id(), self._wall())
            self._publish(pod)
            return found.container_id

    def crash(
        self,
        ref: PodRef,
        container: str,
        exit_code: int = 1,
        reason: str = "",
        *,
        log: Iterable[str] = (),
        message: str = "",
    ) -> str:
        """The living instance prints `log` and ends; returns its containerID. Reason OOMKilled makes it an oom."""
        with self._lock:
            pod = self._pod(ref)
            found = pod.container(container)
            self._print(found, log)
            reason = reason or ("Error" if exit_code else "Completed")
            self._end(pod, found, exit_code, reason, class_of(pod, found, exit_code, reason), message=message)
            self._publish(pod)
            return found.container_id

    def kill_unhealthy(self, ref: PodRef, container: str, *, log: Iterable[str] = ()) -> str:
        """The liveness probe has failed and the process did not stop in time: exit 137, reason Error."""
        self.tell(ref, "Unhealthy", "Liveness probe failed: HTTP probe failed with statuscode: 503")
        return self.crash(ref, container, SIGKILL_EXIT, "Error", log=log)

    def fail_start(self, ref: PodRef, container: str, message: str) -> str:
        """An instance is created and cannot be started (StartError, 128); returns its containerID."""
        with self._lock:
            pod = self._pod(ref)
            found = pod.container(container)
            end = found.fail_start(self.ids.container_id(), message, self._wall())
            self._note(pod, found, end, "start_error")
            self._tell(pod, "Failed", f"Error: failed to create containerd task: {message}")
            self._publish(pod)
            return found.container_id

    def back_off(self, ref: PodRef, container: str, seconds: int = 10) -> None:
        """The kubelet waits before it tries again: CrashLoopBackOff."""
        pod = self._pod(ref)
        where = f"container={container} pod={ref.name}_{ref.namespace}({pod.uid})"
        self.wait(ref, container, "CrashLoopBackOff", f"back-off {seconds}s restarting failed {where}")
        self.tell(ref, "BackOff", f"Back-off restarting failed container {container} in pod {ref.name}")

    def wait(self, ref: PodRef, container: str, reason: str, message: str = "") -> None:
        """A container cannot run: ImagePullBackOff, CreateContainerConfigError, and so on."""
        with self._lock:
            pod = self._pod(ref)
            pod.container(container).wait(reason, message)
            self._publish(pod)

    def lose(self, ref: PodRef, container: str) -> None:
        """The container vanishes behind the kubelet's back: restartCount rises, details are unknown."""
        with self._lock:
            pod = self._pod(ref)
            found = pod.container(container)
            index, lost_id = found.restart_count, found.container_id
            found.lose(for_ever=pod.plan.restart_policy == "Never")
            end = Ended(lost_id, SIGKILL_EXIT, UNKNOWN_REASON)
            self._note(pod, found, end, "lost", index=index)
            self._publish(pod)

    def evict(
        self, ref: PodRef, message: str = "The node was low on resource: memory.", *, exit_code: int = 137
    ) -> None:
        """The kubelet evicts the pod: phase Failed with reason Evicted, then its containers end; the object stays."""
        with self._lock:
            pod = self._pod(ref)
            now = self._wall()
            pod.failure = ("Evicted", message)
            disruption = Condition(status=True, since=now, reason="TerminationByKubelet", message=message)
            pod.set_condition("DisruptionTarget", disruption)
            whole = TrueEnd(*ref, pod.uid, "", "", 0, None, "Evicted", "evicted", now)
            self._truth.add(whole)
            self._tell(pod, "Evicted", message)
            self._publish(pod)
            self.stop(ref, exit_code=exit_code)

    def forget_last(self, ref: PodRef, container: str) -> None:
        """The kubelet's clean-up: `lastState` becomes empty and the log of that instance is gone."""
        with self._lock:
            pod = self._pod(ref)
            pod.container(container).forget_last()
            self._publish(pod)

    def silence(self, ref: PodRef) -> None:
        """The pod's kubelet reports no more; what happens meanwhile is published at `report`, or never."""
        with self._lock:
            self._pod(ref).silent = True

    def report(self, ref: PodRef) -> None:
        """The kubelet is back and reports the present status."""
        with self._lock:
            pod = self._pod(ref)
            pod.silent = False
            self._publish(pod)

    def touch(self, ref: PodRef) -> None:
        """Publish the pod once more with nothing changed but its resourceVersion."""
        with self._lock:
            self._publish(self._pod(ref))

    def log(self, ref: PodRef, container: str, *lines: str) -> None:
        """The newest instance prints lines, all stamped now."""
        with self._lock:
            self._print(self._pod(ref).container(container), lines)

    def tell(self, ref: PodRef, reason: str, message: str) -> None:
        """A Warning Event about the pod."""
        with self._lock:
            self._tell(self._pod(ref), reason, message)

    # What readers ask for.

    def truth(self) -> list[TrueEnd]:
        """Every end so far, oldest first."""
        with self._lock:
            return self._truth.ends()

    def pods(self) -> list[PodRef]:
        """The names of all pods."""
        with self._lock:
            return list(self._pods)

    def uid(self, ref: PodRef) -> str:
        """The uid of a pod. Raises NotPossible if there is none."""
        with self._lock:
            return self._pod(ref).uid

    def inspect(self, ref: PodRef) -> Pod:
        """The living model of a pod, for callers that step the world from one thread."""
        return self._pod(ref)

    def events(self, namespace: str | None) -> list[Json]:
        """The latest Events, of one namespace or of all."""
        with self._lock:
            return self._events.of(namespace)

    def namespaces(self) -> dict[str, float]:
        """Every namespace and when it was made."""
        with self._lock:
            return dict(self._namespaces)

    def containers_of(self, ref: PodRef) -> list[str] | None:
        """The container names of a pod, apps first; None if there is no such pod."""
        with self._lock:
            pod = self._pods.get(ref)
            return [c.plan.name for c in pod.of_role(Role.APP)] if pod else None

    def read_log(self, ref: PodRef, container: str, *, previous: bool) -> list[LogLine] | str:
        """What the kubelet answers for the log, see `logread.read_log`. Raises NoLog, NotPossible."""
        with self._lock:
            return read_log(ref, self._pod(ref).container(container), previous=previous)

    def _pod(self, ref: PodRef) -> Pod:
        try:
            return self._pods[ref]
        except KeyError:
            raise NotPossible(f"there is no pod {'/'.join(ref)}") from None

    def _publish(self, pod: Pod, type_: str = "MODIFIED") -> None:
        pod.refresh(self._wall())
        if not pod.silent:
            pod.shown_status = status_json(pod)
            shown = {i for c in pod.of_role(*Role) for i in c.shown_ends()}
            self._truth.show(pod.uid, shown)
        elif not pod.deletion:
            return
        self.history.publish(type_, pod.ref, lambda version: self._encode(pod, version))

    @staticmethod
    def _encode(pod: Pod, version: int) -> bytes:
        return json.encode(pod_json(pod, version, pod.shown_status))

    def _end(self, pod: Pod, container: Container, code: int, reason: str, class_: str, *, message: str = "") -> None:
        end = container.end(code, reason, message, self._wall())
        self._note(pod, container, end, class_)

    def _note(self, pod: Pod, container: Container, end: Ended, class_: str, *, index: int | None = None) -> None:
        true_end = TrueEnd(
            *pod.ref,
            uid=pod.uid,
            container=container.plan.name,
            container_id=end.container_id,
            restart_count=container.restart_count if index is None else index,
            exit_code=end.exit_code,
            reason=end.reason,
            class_=class_,
            at=self._wall(),
        )
        self._truth.add(true_end)

    def _print(self, container: Container, lines: Iterable[str]) -> None:
        container.write([LogLine(self._wall(), line) for line in lines])

    def _tell(self, pod: Pod, reason: str, message: str, *, warning: bool = True) -> None:
        version = self.history.next_version()
        self._events.add(pod, reason, message, warning=warning, version=version, now=self._wall())
