"""The metrics of containers and pods: what a pod's status shows now, as rows of text.

`restarts_total` stands for every container, from its first sight; all else only for what is or was not well, so that
a healthy cluster costs one series a container.
"""

from collections.abc import Sequence
from typing import Final

from kubevigil.metrics.blocks import Rows
from kubevigil.metrics.text import Family, label_pairs, label_value, sample
from kubevigil.model.clock import seconds_of
from kubevigil.model.pod import ContainerStatus, ContainerType, ObjectMeta, Pod
from kubevigil.model.record import TerminationClass, Workload
from kubevigil.pods.classification import cause_of
from kubevigil.pods.ledger import latest_end
from kubevigil.pods.ownership import ownership_of

_CONTAINER: Final = ("namespace", "pod", "container", "container_type")

RESTARTS: Final = Family(
    "kubevigil_container_restarts_total",
    "counter",
    "restartCount as the kubelet reports it, for every container; a fall is a reset.",
    _CONTAINER,
)
CRASH_STATE: Final = Family(
    "kubevigil_container_crash_state",
    "gauge",
    "1 while the container waits in a state in which it cannot run, such as CrashLoopBackOff.",
    (*_CONTAINER, "reason"),
)
LAST_TERMINATION: Final = Family(
    "kubevigil_container_last_termination_info",
    "gauge",
    "1; how the container's last instance ended, unless it completed as wanted.",
    (*_CONTAINER, "reason", "exit_code", "signal", "class"),
)
LAST_TERMINATION_TIME: Final = Family(
    "kubevigil_container_last_termination_timestamp_seconds",
    "gauge",
    "Unix time at which the container's last instance ended, unless it completed as wanted.",
    _CONTAINER,
)
POD_INFO: Final = Family(
    "kubevigil_pod_info",
    "gauge",
    "1; joins a pod with its node and workload. Only for pods with a restart, a crash state or a termination, "
    "unless pods.info is 'all'.",
    ("namespace", "pod", "uid", "node", "workload_kind", "workload"),
)
POD_OWNER_INFO: Final = Family(
    "kubevigil_pod_owner_info",
    "gauge",
    "1; whom the pod's annotations name. Only for pods with a kubevigil_pod_info and such an annotation.",
    ("namespace", "pod", "owner", "slack_channel"),
)
FAMILIES: Final = (RESTARTS, CRASH_STATE, LAST_TERMINATION, LAST_TERMINATION_TIME, POD_INFO, POD_OWNER_INFO)

WORKLOAD_TERMINATIONS: Final = Family(
    "kubevigil_workload_terminations_total",
    "counter",
    "Container instances that ended, each counted once; survives the pods and the exporter.",
    ("namespace", "workload_kind", "workload", "container", "container_type", "class", "reason", "exit_code"),
)
PODS_VANISHED: Final = Family(
    "kubevigil_pods_vanished_total",
    "counter",
    "Pods that had started a container and were gone without a final status.",
    ("namespace",),
)
COUNTER_FAMILIES: Final = (WORKLOAD_TERMINATIONS, PODS_VANISHED)

_TYPES: Final = {kind: kind.value for kind in ContainerType}
_ON_ITS_WAY: Final = frozenset({"", "ContainerCreating", "PodInitializing"})
"""Reasons to wait that every healthy start goes through; any other is a crash state."""


def render(
    pod: Pod, containers: Sequence[tuple[ContainerType, ContainerStatus]], workload: Workload, *, always_info: bool
) -> Rows:
    """The pod's rows, one text for each of FAMILIES."""
    meta = pod.metadata
    of_pod = f'namespace="{label_value(meta.namespace)}",pod="{label_value(meta.name)}",container="'
    restarts = states = infos = times = ""
    unwell = always_info
    # What a healthy container needs is written out: it is most of what a cluster's first list costs.
    for kind, status in containers:
        count = max(status.restart_count, 0)
        pairs = f'{of_pod}{label_value(status.name)}",container_type="{_TYPES[kind]}"'
        restarts += f"{RESTARTS.name}{{{pairs}}} {count}\n"
        if reason := crash_state(status):
            states += sample(CRASH_STATE.name, f"{pairs},{label_pairs(('reason',), (reason,))}", 1)
        if ended := _last_termination(pod, kind, status, pairs):
            infos += ended[0]
            times += ended[1]
        unwell = unwell or count > 0
    if not (unwell or states or infos):
        return (restarts.encode(),)
    values = (meta.namespace, meta.name, meta.uid, pod.spec.node_name or "", workload.kind, workload.name)
    info = sample(POD_INFO.name, label_pairs(POD_INFO.labels, values), 1)
    texts = (restarts, states, infos, times, info, _owner_info(meta))
    return tuple(text.encode() for text in (texts if texts[-1] else texts[:-1]))


def crash_state(status: ContainerStatus) -> str:
    """Why the container cannot run now; '' when it runs, has ended, or is on its way."""
    waiting = status.state.waiting if status.state else None
    reason = (waiting and waiting.reason) or ""
    return "" if reason in _ON_ITS_WAY else reason


def _owner_info(meta: ObjectMeta) -> str:
    found = ownership_of(meta.annotations)
    if found is None:
        return ""
    return sample(POD_OWNER_INFO.name, label_pairs(POD_OWNER_INFO.labels, (meta.namespace, meta.name, *found)), 1)


def _last_termination(pod: Pod, kind: ContainerType, status: ContainerStatus, pairs: str) -> tuple[str, str] | None:
    """The rows of the container's last end; the second is '' where its time is not known."""
    end = latest_end(status)
    if end is None or not end.container_id:
        return None
    cause = cause_of(pod, kind, status.name, end)
    if cause.class_ is TerminationClass.COMPLETED:
        return None
    code = "" if cause.exit_code is None else str(cause.exit_code)
    labels = label_pairs(LAST_TERMINATION.labels[len(_CONTAINER) :], (cause.reason, code, cause.signal, cause.class_))
    finished = seconds_of(end.finished_at)
    stamp = sample(LAST_TERMINATION_TIME.name, pairs, finished) if finished else ""
    return sample(LAST_TERMINATION.name, f"{pairs},{labels}", 1), stamp
