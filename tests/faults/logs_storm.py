"""A storm: so many crashes a second, each with its last words, and how soon after each its log was asked for."""

import signal
from pathlib import Path
from threading import Event, Lock
from time import monotonic
from typing import NamedTuple

from prometheus_client.parser import text_string_to_metric_families

from kubevigil.demo import faults
from kubevigil.demo.calls import Call
from kubevigil.demo.cluster import SimulatedCluster
from kubevigil.demo.faults import Step
from kubevigil.demo.kubeconfig import write_kubeconfig
from kubevigil.demo.plan import PodRef
from tests.api.running import until
from tests.ports import free_port

from .audit_logs import LogVerdict
from .audit_logs_store import count_writes, recorded, unsettled
from .logs_misery import LogBook
from .logs_running import logs_of
from .process import Start, get
from .process_nursery import Order

CRASHES_A_SECOND = 50

_HURRIED = 10
"""Every tenth pod crashes twice at once, so that the first of the two logs is gone before anybody could know of it."""


class Attention(faults.Quiet):
    """No fault: `seconds` from a crash to the first request for the pod that crashed, as the cluster sees it."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []
        self._crashed: dict[str, float] = {}
        self._guard = Lock()

    def crashed(self, pod: str) -> None:
        with self._guard:
            self._crashed.setdefault(pod, monotonic())

    def before(self, call: Call, /) -> list[Step] | None:
        if call.resource == "pods" and call.verb == "get":
            with self._guard:
                since = self._crashed.pop(call.name, None)
                if since is not None:
                    self.seconds.append(monotonic() - since)
        return None

    def percentile(self, share: float) -> float:
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Storm:
    """So many pods that crash in turn, and are started again half a turn later.

    `crashes` counts them, `unreadable` those of which the log was gone at once.
    """

    def __init__(self, cluster: SimulatedCluster, pods: int) -> None:
        self._world = cluster.world
        self._pods = [self._world.create_pod(f"app-{n}", "shop") for n in range(pods)]
        self._down: set[PodRef] = set()
        self.book = LogBook(cluster.world)
        self.attention = cluster.faults.add(Attention())
        self.crashes = self.unreadable = 0

    def rage(self, *, per_second: float, seconds: float) -> float:
        """Lasts `seconds`, unless this machine is too slow for it; how long it lasted."""
        began, turn = monotonic(), 0
        while self.crashes < per_second * seconds:
            Event().wait(max(0.0, began + self.crashes / per_second - monotonic()))
            self._start(turn + len(self._pods) // 2)
            self._crash(turn)
            if turn % _HURRIED == 0:
                self._crash(turn)
                self.unreadable += 1
            turn += 1
        return monotonic() - began

    def _start(self, turn: int) -> None:
        ref = self._pods[turn % len(self._pods)]
        if ref in self._down:
            self._down.remove(ref)
            self._world.run(ref, "app")
            self.book.say(ref, "app", "hello, it is the turn")

    def _crash(self, turn: int) -> None:
        ref = self._pods[turn % len(self._pods)]
        self._start(turn)
        self.book.say(ref, "app", "these are the last words")
        self.attention.crashed(ref.name)
        self._world.crash(ref, "app", 3)
        self._down.add(ref)
        self.crashes += 1


class Survived(NamedTuple):
    """A storm, how long it lasted, the verdict on its logs, and the exporter's last page of metrics."""

    storm: Storm
    seconds: float
    verdict: LogVerdict
    page: str


def survive(start: Start, folder: Path, *, pods: int, seconds: float, a_log_takes: float, seed: int) -> Survived:
    """A storm of 50 crashes a second, and until an exporter beside it has settled all of them; times in seconds."""
    cluster = SimulatedCluster(seed=seed, keep_changes=20_000)
    storm = Storm(cluster, pods)
    cluster.faults.add(faults.slow(a_log_takes, when=faults.logs))
    data, port = folder / "data", free_port()
    kubeconfig = str(write_kubeconfig(folder, cluster.start()))
    child = start(Order(kubeconfig, str(data), f"127.0.0.1:{port}", seconds=int(seconds) + 60))
    try:
        until(lambda: get(port, "/readyz"))
        count_writes(data)
        lasted = storm.rage(per_second=CRASHES_A_SECOND, seconds=seconds)
        until(lambda: recorded(data) == storm.crashes)
        until(lambda: unsettled(data) == 0)
        page = get(port, "/metrics") or ""
    finally:
        child.signal(signal.SIGTERM)
        code = child.wait()
        cluster.stop()
    assert code == 0, child.last_words()
    return Survived(storm, lasted, logs_of(data, storm.book.printed), page)


def upper_bound(page: str, histogram: str, share: float) -> float:
    """The bucket of a histogram in which that share of its observations ends, in seconds."""
    samples = [sample for family in text_string_to_metric_families(page) for sample in family.samples]
    buckets = [(float(s.labels["le"]), s.value) for s in samples if s.name == histogram + "_bucket"]
    return next(bound for bound, below in buckets if below >= share * buckets[-1][1])
