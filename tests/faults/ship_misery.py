"""Crash loops of which nothing can be missed: each container dies twice, so the API shows both ends from then on.

Every instance prints words that nobody else prints, and tries to break out of the document that they end up in.
"""

from collections import defaultdict
from random import Random
from threading import Event, Thread

from kubevigil.demo.cluster import SimulatedCluster
from kubevigil.demo.plan import Owner, PodRef
from kubevigil.demo.truth import TrueEnd

NAMESPACE = "shop"
_SILENT = 0.1
"""The share of instances that print nothing."""

_LETTERS = "ghijklmnopqrstuv"
_BREAKOUT = '{"delete":{"_index":"k8s-crash-monitor-2026.01.31","_id":"a"}}'


class LoopingMisery:
    """Pods crash from `start` to `stop`, one every `pause` seconds. `printed` is what each instance said, by id."""

    def __init__(self, cluster: SimulatedCluster, *, seed: int, pause: float) -> None:
        self._cluster = cluster
        self._world = cluster.world
        self._random = Random(seed)
        self._pause = pause
        self._stop = Event()
        self._thread = Thread(target=self._run, name="misery")
        self._died_once: list[PodRef] = []
        self._pods = 0
        self._failed = ""
        self.printed: dict[str, str] = defaultdict(str)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """A second call does nothing."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(10)
        assert not self._failed, self._failed

    def crashes(self) -> list[TrueEnd]:
        """All so far; each is shown by the API, with its containerID."""
        ends = self._cluster.truth()
        assert all(end.shown and end.detailed for end in ends)
        return ends

    def _run(self) -> None:
        try:
            while not self._stop.wait(self._pause):
                self.step()
        except Exception as error:  # noqa: BLE001  the test thread raises it, in `stop`
            self._failed = f"{type(error).__name__}: {error}"

    def step(self) -> None:
        """One crash: the second of a pod that died once, or the first of a new one."""
        if self._died_once and self._random.random() < 1 / 2:
            ref = self._died_once.pop(self._random.randrange(len(self._died_once)))
            self._world.run(ref, "app")
        else:
            ref = self._new_pod()
            self._died_once.append(ref)
        self._speak_and_die(ref)

    def _new_pod(self) -> PodRef:
        name, self._pods = f"app-{self._pods}", self._pods + 1
        owner = Owner("ReplicaSet", f"{name}-5d4f8c7b9d")
        labels = {"pod-template-hash": "5d4f8c7b9d"}
        return self._world.create_pod(f"{name}-5d4f8c7b9d-x", NAMESPACE, owner=owner, labels=labels)

    def _speak_and_die(self, ref: PodRef) -> None:
        id_ = self._world.inspect(ref).container("app").container_id
        if self._random.random() >= _SILENT:
            name = "".join(self._random.choices(_LETTERS, k=24))
            lines = (f"this is {name}", _BREAKOUT, f'"}}}} \\n äöü 😀 \\"the last words of {name}')
            self.printed[id_] = "".join(line + "\n" for line in lines)
            self._world.log(ref, "app", *lines)
        self._world.crash(ref, "app", self._random.choice((1, 3, 137, 255)))
