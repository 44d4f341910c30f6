"""Believable pods by number: what they are is decided by a seed, what they show by their `State`. Pure.

A pod is 8.5 kB of JSON on average, a third of it managedFields, as pods of Deployments are. Shares: one, two or three
containers 67, 26 and 7 %; 20 % have ever restarted, 5 % are unwell. Times lie on one day in the past, so that two runs
compare and no crash of the first list is news.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256
from random import Random
from typing import Any, Final

from tests.perf.pod_making import DAY, REPLICAS, Making, hashed_uid, making
from tests.perf.pod_status import status_of

_UNWELL: Final = 0.05
_EVER_RESTARTED: Final = 0.20
_CRASH_LOOPS, _NO_IMAGES, _NO_CONFIGS = 0.7, 0.2, 0.1
"""Of those that are unwell."""

_RESTARTED_ALTHOUGH_WELL: Final = (_EVER_RESTARTED - _UNWELL * _CRASH_LOOPS) / (1 - _UNWELL)

Json = dict[str, Any]


class Condition(StrEnum):
    """How the pod's first container does; ENDED is a pod that was deleted, at its last sight."""

    RUNNING = "running"
    CRASH_LOOP = "CrashLoopBackOff"
    NO_IMAGE = "ImagePullBackOff"
    NO_CONFIG = "CreateContainerConfigError"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class State:
    """A pod at one moment. `deaths` are of its first container; `touched` counts changes that mean nothing to us."""

    number: int
    deaths: int = 0
    condition: Condition = Condition.RUNNING
    touched: int = 0

    @property
    def uid(self) -> str:
        """A pod's number is never given again."""
        return hashed_uid("pod", self.number)

    @property
    def restarts(self) -> int:
        """restartCount: an instance that waits for its back-off has died and is not restarted yet."""
        return self.deaths - (self.condition is Condition.CRASH_LOOP)


def first_states(count: int, seed: int = 1) -> list[State]:
    """The pods of a cluster before anything happens."""
    random = Random(seed)
    return [_first_state(number, random) for number in range(count)]


def _first_state(number: int, random: Random) -> State:
    state = State(number)
    if random.random() < _UNWELL:
        kinds = (Condition.CRASH_LOOP, Condition.NO_IMAGE, Condition.NO_CONFIG)
        condition = random.choices(kinds, weights=(_CRASH_LOOPS, _NO_IMAGES, _NO_CONFIGS))[0]
        deaths = random.randint(3, 400) if condition is Condition.CRASH_LOOP else 0
        return replace(state, condition=condition, deaths=deaths)
    if random.random() < _RESTARTED_ALTHOUGH_WELL:
        return replace(state, deaths=1 + int(random.expovariate(0.5)))
    return state


def place_of(state: State) -> str:
    """namespace/name."""
    made = making(state.number)
    return f"{made.namespace}/{made.name}"


def containers_of(state: State) -> int:
    """How many containers it has."""
    return len(making(state.number).containers)


def pod(state: State, version: int) -> Json:
    """The pod as the API server shows it at that resourceVersion."""
    made = making(state.number)
    return {
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": _metadata(state, made, version),
        "spec": made.spec,
        "status": status_of(
            made, number=state.number, deaths=state.deaths, restarts=state.restarts, condition=state.condition.value
        ),
    }


def _metadata(state: State, made: Making, version: int) -> Json:
    deleted = {"deletionTimestamp": f"{DAY}T10:00:30Z", "deletionGracePeriodSeconds": 30}
    return {
        "name": made.name,
        "generateName": f"{made.workload}-{made.hash}-",
        "namespace": made.namespace,
        "uid": state.uid,
        "resourceVersion": str(version),
        "generation": 1,
        "creationTimestamp": f"{DAY}T06:00:00Z",
        "labels": {
            "app.kubernetes.io/name": made.workload,
            "app.kubernetes.io/instance": f"{made.workload}-production",
            "app.kubernetes.io/part-of": made.namespace,
            "app.kubernetes.io/managed-by": "Helm",
            "pod-template-hash": made.hash,
            "topology.example/tier": "backend",
        },
        "annotations": {
            "checksum/config": sha256(made.workload.encode()).hexdigest(),
            "policy.example/last-scan": f"{DAY}T07:{state.touched // 60 % 60:02d}:{state.touched % 60:02d}Z",
            "prometheus.io/port": "9090",
            "prometheus.io/scrape": "true",
        },
        "ownerReferences": [
            {
                "apiVersion": "apps/v1",
                "kind": "ReplicaSet",
                "name": f"{made.workload}-{made.hash}",
                "uid": hashed_uid("replicaset", state.number // REPLICAS),
                "controller": True,
                "blockOwnerDeletion": True,
            }
        ],
        "managedFields": made.managed,
        **(deleted if state.condition is Condition.ENDED else {}),
    }
