"""The scripted story: believable workloads that end for believable reasons, by a seed.

The short story has an end: about forty deaths in `SCRIPT_SECONDS`, in less than 20 s at `SCRIPT_SPEED`. The endless
one goes on at a pace that the cluster's speed sets. The same seed makes the same ends in the same order.
"""

import random
import threading
from typing import Final

from kubevigil.demo.cast import CAST
from kubevigil.demo.cluster import SimulatedCluster
from kubevigil.demo.kubelet import Kubelet
from kubevigil.demo.stage import Stage
from kubevigil.demo.timeline import Timeline

SCRIPT_SECONDS: Final = 220.0
SCRIPT_SPEED: Final = 14.0
"""At this pace no container that prints dies twice within a second: the log of each can be read in time."""


class Story:
    """One run of the story. `done` is set when `run` has ended, for whatever reason."""

    def __init__(self, *, endless: bool = False) -> None:
        self.done = threading.Event()
        self._endless = endless

    def run(self, cluster: SimulatedCluster, stop_event: threading.Event) -> None:
        """Play on the cluster, in the calling thread, to the end or until `stop_event` is set."""
        timeline = Timeline()
        rng = random.Random(cluster.seed)  # noqa: S311  a story, not a secret
        kubelet = Kubelet(cluster.world, timeline, rng)
        stage = Stage(cluster.world, timeline, kubelet, rng, self._endless)
        try:
            for part in CAST:
                part(stage)
            until = None if self._endless else SCRIPT_SECONDS
            timeline.run(until=until, speed=cluster.speed, monotonic=cluster.monotonic, stop=stop_event)
        finally:
            self.done.set()
