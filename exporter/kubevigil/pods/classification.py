"""Why a container instance ended, from the pod's status alone.

The classes are closed (`TerminationClass`); the order of the questions is the rule: what the node or an operator did
to the whole pod first, then how the process itself ended.
"""

import signal
from typing import Final, NamedTuple

from kubevigil.model.clock import seconds_of
from kubevigil.model.pod import ContainerType, Pod, PodCondition, Terminated
from kubevigil.model.record import TerminationClass

_DISRUPTIONS: Final = {
    "PreemptionByScheduler": TerminationClass.PREEMPTED,
    "EvictionByEvictionAPI": TerminationClass.EVICTED,
    "DeletionByTaintManager": TerminationClass.EVICTED,
    "DeletionByPodGC": TerminationClass.EVICTED,
    "TerminationByKubelet": TerminationClass.EVICTED,
}
"""Reasons of the condition DisruptionTarget (Kubernetes, "Pod disruption conditions")."""

_POD_ENDS: Final = {
    "Evicted": TerminationClass.EVICTED,
    "Preempting": TerminationClass.PREEMPTED,
    "Terminated": TerminationClass.GRACEFUL,
    "NodeShutdown": TerminationClass.GRACEFUL,
    "Shutdown": TerminationClass.GRACEFUL,
    "NodeLost": TerminationClass.LOST,
}
"""`status.reason` of a failed pod, as the kubelet and the node controllers set it."""

_START_ERRORS: Final = frozenset({"StartError", "ContainerCannotRun"})
"""containerd's and dockershim's words for a container that was created and could not be started."""

_STATUS_UNKNOWN: Final = "ContainerStatusUnknown"
"""The kubelet's word for a container that is gone behind its back; its exit code 137 is made up."""

_SIGNAL_BASE: Final = 128
_LABELLED_CODES: Final = frozenset({0, 1, 2, *range(126, 144), 255})
_CLOCK_CUT: Final = 1.0
"""finishedAt and lastTransitionTime are cut to seconds."""


class Cause(NamedTuple):
    """Why it ended: the class, and the words that Kubernetes had for it."""

    class_: TerminationClass
    reason: str = ""
    exit_code: int | None = None
    signal: str = ""


def cause_of(pod: Pod, container_type: ContainerType, container: str, end: Terminated) -> Cause:
    """Why the instance that `end` describes ended. Expects an end with details, that is with a containerID."""
    reason = end.reason or ""
    if reason == _STATUS_UNKNOWN:
        return Cause(TerminationClass.LOST, reason)
    return Cause(
        class_=_class_of(pod, container_type, container, end),
        reason=reason,
        exit_code=end.exit_code,
        signal=signal_name(end),
    )


def pod_end_cause(pod: Pod) -> Cause | None:
    """Why the pod as a whole ended, for pods that a node or a controller failed; None for all others."""
    reason = pod.status.reason
    if pod.status.phase != "Failed" or not reason:
        return None
    return Cause(_POD_ENDS.get(reason, TerminationClass.UNKNOWN), reason)


def signal_name(end: Terminated) -> str:
    """The signal that ended the process, such as 'SIGKILL'; '' where there was none or it has no name.

    By the shell's convention, which the runtimes follow, an exit code above 128 is 128 + the signal's number. A
    container that never started has 128 itself.
    """
    number = end.signal or (end.exit_code - _SIGNAL_BASE if end.exit_code > _SIGNAL_BASE else 0)
    try:
        return signal.Signals(number).name if number else ""
    except ValueError:
        return ""


def code_label(code: int | None) -> str:
    """The exit code as a label of bounded values: 0, 1, 2, 126-143, 255 or 'other'."""
    return str(code) if code in _LABELLED_CODES else "other"


def is_lost(end: Terminated | None) -> bool:
    """Whether the kubelet says of this end that it does not know anything of the container any more."""
    return end is not None and not end.container_id and end.reason == _STATUS_UNKNOWN


def _class_of(pod: Pod, container_type: ContainerType, container: str, end: Terminated) -> TerminationClass:
    if end.reason == "OOMKilled":
        return TerminationClass.OOM
    if end.reason in _START_ERRORS:
        return TerminationClass.START_ERROR
    for wanted in (_disruption(pod, end), _deletion(pod, end), _sidecar_of_a_finished_pod(pod, container_type, end)):
        if wanted is not None:
            return wanted
    if end.exit_code != 0:
        return TerminationClass.ERROR
    if _must_go_on(pod, container_type, container):
        return TerminationClass.EXITED
    return TerminationClass.COMPLETED


def _disruption(pod: Pod, end: Terminated) -> TerminationClass | None:
    if pod.status.phase == "Failed" and pod.status.reason in _POD_ENDS:
        return _POD_ENDS[pod.status.reason] if _never_earlier(end, _disruption_time(pod)) else None
    condition = _disruption_condition(pod)
    if condition is None or not _never_earlier(end, seconds_of(condition.last_transition_time)):
        return None
    return _DISRUPTIONS.get(condition.reason or "", TerminationClass.EVICTED)


def _disruption_condition(pod: Pod) -> PodCondition | None:
    conditions = pod.status.conditions or ()
    return next((c for c in conditions if c.type == "DisruptionTarget" and c.status == "True"), None)


def _disruption_time(pod: Pod) -> float | None:
    condition = _disruption_condition(pod)
    return seconds_of(condition.last_transition_time) if condition else None


def _deletion(pod: Pod, end: Terminated) -> TerminationClass | None:
    """Graceful if the instance ended after somebody asked for the pod's deletion, however it took the signal."""
    deadline = seconds_of(pod.metadata.deletion_timestamp)
    if deadline is None:
        return None
    asked = deadline - (pod.metadata.deletion_grace_period_seconds or 0)
    return TerminationClass.GRACEFUL if _never_earlier(end, asked) else None


def _sidecar_of_a_finished_pod(pod: Pod, container_type: ContainerType, end: Terminated) -> TerminationClass | None:
    """Graceful for a sidecar that the kubelet stops once all containers of a Job's pod have ended."""
    if container_type is not ContainerType.SIDECAR or pod.spec.restart_policy == "Always":
        return None
    apps = [s.state.terminated if s.state else None for s in pod.status.container_statuses or ()]
    if not apps or not all(apps):
        return None
    last = max((seconds_of(t.finished_at) or 0.0 for t in apps if t), default=0.0)
    return TerminationClass.GRACEFUL if _never_earlier(end, last) else None


def _never_earlier(end: Terminated, moment: float | None) -> bool:
    """Whether the end is not known to lie before the moment."""
    finished = seconds_of(end.finished_at)
    return moment is None or finished is None or finished + _CLOCK_CUT > moment


def _must_go_on(pod: Pod, container_type: ContainerType, container: str) -> bool:
    """Whether Kubernetes was told to keep this container running, so that even an exit with 0 is not wanted."""
    if container_type is ContainerType.SIDECAR:
        return True
    if container_type is not ContainerType.APP:
        return False
    own = next((c.restart_policy for c in pod.spec.containers or () if c.name == container), None)
    return (own or pod.spec.restart_policy or "Always") == "Always"
