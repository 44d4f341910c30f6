"""Misery in which containers speak: each line names the instance that printed it, and a book keeps what each said."""

from collections import defaultdict
from itertools import count
from typing import Any

from kubevigil.demo.cluster import SimulatedCluster
from kubevigil.demo.container import Running
from kubevigil.demo.plan import PodRef
from kubevigil.demo.world import World

from .killing_misery import _CONTAINERS, Misery

_SILENT = 0.2
"""The share of instances that print nothing when they die."""


class LogBook:
    """What each instance printed, by containerID. For one thread at a time."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._numbers = count(1)
        self._number: dict[str, int] = defaultdict(lambda: next(self._numbers))
        self.printed: dict[str, str] = defaultdict(str)

    def say(self, ref: PodRef, container: str, what: str) -> None:
        """The newest instance prints a line, which nobody else prints."""
        id_ = self._world.inspect(ref).container(container).container_id
        line = f"{what} of instance {self._number[id_]}"
        self.printed[id_] += line + "\n"
        self._world.log(ref, container, line)


class TalkingMisery(Misery):
    """Containers print while they live, and mostly once more when they die."""

    def __init__(self, cluster: SimulatedCluster, **more: Any) -> None:
        self.book = LogBook(cluster.world)
        super().__init__(cluster, **more)

    def _step(self) -> None:
        super()._step()
        ref, name = self._random.choice(self._living), self._random.choice(_CONTAINERS)
        if isinstance(self._world.inspect(ref).container(name).state, Running):
            self.book.say(ref, name, "at work, it is the turn")

    def _end(self, ref: PodRef, name: str, chance: float) -> None:
        if self._random.random() >= _SILENT:
            self.book.say(ref, name, "these are the last words")
        super()._end(ref, name, chance)
