"""Pods that crash round by round with long last words, for a store that runs out of room."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random

from kubevigil.demo.cluster import SimulatedCluster

from .audit_logs_store import recorded
from .logs_misery import LogBook
from .logs_running import Listening

_PODS = 20
_LINES = 150
_REFUSALS = 3
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


class TalkingPods:
    """Each round every pod is started, prints some 10 KiB that hardly compress, and crashes. `crashes` counts them."""

    def __init__(self, cluster: SimulatedCluster, folder: Path) -> None:
        self.cluster = cluster
        self.book = LogBook(cluster.world)
        self.count = _PODS
        self.crashes = 0
        self._random = Random(7)
        self._pods = [cluster.world.create_pod(f"app-{n}", "shop") for n in range(_PODS)]
        self.running = Listening(cluster.start(), folder)
        self.data = self.running.data

    def round(self) -> None:
        """Every pod crashes once more."""
        for ref in self._pods:
            if self.crashes >= _PODS:
                self.cluster.world.run(ref, "app")
            for _ in range(_LINES):
                words = "".join(self._random.choices(_LETTERS, k=40))
                self.book.say(ref, "app", f"{words[:9]} {words[9:17]} {words[17:29]} {words[29:]}")
            self.cluster.world.crash(ref, "app", 3)
            self.crashes += 1

    def settled(self) -> bool:
        """Whether every crash so far is recorded and has its log or a reason."""
        return recorded(self.data) == self.crashes and self.running.settled()

    def refused(self) -> bool:
        """Whether the store refused writes again and again, so that records wait."""
        return sum(self.running.values("kubevigil_store_errors_total")) >= _REFUSALS


@contextmanager
def talking_pods(folder: Path) -> Iterator[TalkingPods]:
    """The pods, and an exporter beside them."""
    cluster = SimulatedCluster(seed=5)
    pods = TalkingPods(cluster, folder)
    try:
        yield pods
    finally:
        assert pods.running.stop() == []
        cluster.stop()


def bodies(data: Path) -> int:
    """How many texts of logs the store has."""
    with closing(sqlite3.connect(f"file:{data}/kubevigil.db?mode=ro", uri=True)) as store:
        return int(store.execute("SELECT count(*) FROM kubevigil_crash_logs WHERE body IS NOT NULL").fetchone()[0])
