"""What a pod's status shows of how its first container does. Pure."""

from hashlib import sha256
from typing import Any, Final

from tests.perf.pod_making import DAY, Making

Json = dict[str, Any]

_STARTED: Final = f"{DAY}T06:00:08Z"
_PHASES: Final = {"running": "Running", "CrashLoopBackOff": "Running", "ended": "Succeeded"}
"""All others wait for their first start."""

_MESSAGES: Final = {
    "CrashLoopBackOff": "back-off 5m0s restarting failed container={}",
    "ImagePullBackOff": "Back-off pulling image",
    "CreateContainerConfigError": 'secret "database" not found',
}
_ENDS: Final = ((1, "Error"), (137, "OOMKilled"), (2, "Error"), (139, "Error"))


def status_of(made: Making, *, number: int, deaths: int, restarts: int, condition: str) -> Json:
    """Of the pod of that number, whose first container died so often and is in that condition; the others are well."""
    ready = "True" if condition == "running" else "False"
    conditions = {"PodReadyToStartContainers": "True", "Initialized": "True", "PodScheduled": "True"}
    statuses = []
    for name, image in zip(made.containers, made.images, strict=True):
        first = name == made.containers[0]
        statuses.append(
            _Container(number, name, deaths if first else 0, restarts if first else 0).status(
                condition if first or condition == "ended" else "running", image
            )
        )
    return {
        "observedGeneration": 1,
        "phase": _PHASES.get(condition, "Pending"),
        "conditions": [
            {"type": kind, "status": value, "lastProbeTime": None, "lastTransitionTime": f"{DAY}T06:00:09Z"}
            for kind, value in (conditions | {"Ready": ready, "ContainersReady": ready}).items()
        ],
        "hostIP": "10.8.0.7",
        "hostIPs": [{"ip": "10.8.0.7"}],
        "podIP": made.address,
        "podIPs": [{"ip": made.address}],
        "startTime": f"{DAY}T06:00:00Z",
        "containerStatuses": statuses,
        "qosClass": "Burstable",
    }


class _Container:
    """One container; instances are numbered from 0, those below `deaths` are dead."""

    def __init__(self, number: int, name: str, deaths: int, restarts: int) -> None:
        self._number = number
        self._name = name
        self._deaths = deaths
        self._restarts = restarts

    def status(self, condition: str, image: str) -> Json:
        runs = condition == "running"
        body: Json = {
            "name": self._name,
            "state": self._state(condition),
            "lastState": {"terminated": self._last_end()} if self._deaths else {},
            "ready": runs,
            "restartCount": self._restarts,
            "image": image,
            "imageID": f"{image.partition(':')[0]}@sha256:{sha256(image.encode()).hexdigest()}",
            "started": runs,
        }
        if condition in _PHASES:
            body["containerID"] = self._id(self._restarts)
        return body

    def _state(self, condition: str) -> Json:
        if condition == "running":
            return {"running": {"startedAt": _STARTED}}
        if condition == "ended":
            return {"terminated": self._end(self._deaths, 0, "Completed", f"{DAY}T10:00:00Z")}
        return {"waiting": {"reason": condition, "message": _MESSAGES[condition].format(self._name)}}

    def _last_end(self) -> Json:
        code, reason = _ENDS[self._number % len(_ENDS)]
        instance = self._deaths - 1
        minute, second = divmod(instance % 3600, 60)
        return self._end(instance, code, reason, f"{DAY}T08:{minute:02d}:{second:02d}Z")

    def _end(self, instance: int, code: int, reason: str, finished: str) -> Json:
        times = {"startedAt": _STARTED, "finishedAt": finished}
        return {"exitCode": code, "reason": reason, "containerID": self._id(instance), **times}

    def _id(self, instance: int) -> str:
        return f"containerd://{sha256(f'{self._number}/{self._name}/{instance}'.encode()).hexdigest()}"
