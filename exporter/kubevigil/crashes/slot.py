"""Where the log of a dead instance is to be asked for, by what the pod shows at this moment. Pure.

Source: the kubelet's choice of an instance (`validateContainerLogStatus` in pkg/kubelet/kubelet_pods.go, Kubernetes
1.35): `previous` means `lastState.terminated`, without it the newest instance. The choice is made at the moment of
asking and not when the death was seen: asked by what had been seen 2.5 s before, 216 of 227 logs were another's.
"""

from enum import StrEnum

from kubevigil.crashes.pod_now import PodNow
from kubevigil.model.pod import ContainerState


class Slot(StrEnum):
    """The place of the dead instance in its pod."""

    CURRENT = "current"
    """It is the newest instance: ask without `previous`."""
    PREVIOUS = "previous"
    """It is the one in `lastState`: ask with `previous`."""
    SUPERSEDED = "superseded"
    """The pod shows other instances only."""
    GONE = "gone"
    """The pod is gone, or another pod has its name, or it shows nothing of that container."""


def slot_of(pod: PodNow | None, *, uid: str, container: str, container_id: str) -> Slot:
    """The slot of the instance `container_id`; `pod` is None where there is no pod of that name."""
    if pod is None or pod.metadata.uid != uid or not container_id:
        return Slot.GONE
    status = pod.status_of(container)
    if status is None:
        return Slot.GONE
    if _ended(status.state) == container_id:
        return Slot.CURRENT
    return Slot.PREVIOUS if _ended(status.last_state) == container_id else Slot.SUPERSEDED


def _ended(state: ContainerState | None) -> str | None:
    return state.terminated.container_id if state and state.terminated else None
