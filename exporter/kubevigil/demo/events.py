"""The Events of the simulated cluster: the latest few, as `kubectl describe` would show them.

Not locked by itself: the world's lock guards it. Bounded by `_KEPT`, oldest first out.
"""

from collections import deque
from typing import Final

from kubevigil.demo.pod import Pod
from kubevigil.demo.render import Json, stamp

_KEPT: Final = 500


class EventBook:
    """The latest Events with their namespaces."""

    def __init__(self) -> None:
        self._events: deque[tuple[str, Json]] = deque(maxlen=_KEPT)
        self._count = 0

    def add(self, pod: Pod, reason: str, message: str, *, warning: bool, version: int, now: float) -> None:
        """Write an Event about the pod."""
        self._count += 1
        namespace, name = pod.ref
        event: Json = {
            "metadata": {
                "name": f"{name}.{self._count:016x}",
                "namespace": namespace,
                "resourceVersion": str(version),
                "creationTimestamp": stamp(now),
            },
            "involvedObject": {"kind": "Pod", "namespace": namespace, "name": name, "uid": pod.uid, "apiVersion": "v1"},
            "reason": reason,
            "message": message,
            "type": "Warning" if warning else "Normal",
            "count": 1,
            "firstTimestamp": stamp(now),
            "lastTimestamp": stamp(now),
            "source": {"component": "kubelet", "host": pod.plan.node},
        }
        self._events.append((namespace, event))

    def of(self, namespace: str | None) -> list[Json]:
        """The Events of one namespace, or of all for None, oldest first."""
        return [event for where, event in self._events if namespace in (None, where)]
