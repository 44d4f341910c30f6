"""The whole exporter over HTTP, with a driver that is told its timeouts and does not wait out its backoff.

A wait of the driver moves the exporter's clock forward and takes `pause` real seconds, so a hundred faults in a row
take seconds while the backoff still grows as it would.
"""

import threading
import time
from functools import partial
from http import HTTPStatus
from pathlib import Path

import pytest

from kubevigil.app import wiring
from kubevigil.app.audit import Verdict, audit
from kubevigil.app.settings import Settings
from kubevigil.app.wiring import Exporter
from kubevigil.demo import faults
from kubevigil.demo.cluster import SimulatedCluster
from kubevigil.demo.kubeconfig import write_kubeconfig
from kubevigil.demo.plan import PodRef
from kubevigil.kube.connection import Connection, connect
from kubevigil.kube.driver import Driver
from kubevigil.model import clock
from kubevigil.model.clock import Wall
from kubevigil.model.record import Record
from tests.api.running import Running, until

SHORT_TIMEOUT = 0.2


class Hurry:
    """A monotonic clock that jumps where the driver would wait."""

    def __init__(self, pause: float = 0.002) -> None:
        self.ahead = 0.0
        self._pause = pause
        self._briefly = threading.Event()

    def monotonic(self) -> float:
        return time.monotonic() + self.ahead

    def wait(self, seconds: float) -> None:
        self.ahead += seconds
        self._briefly.wait(self._pause)


class Hurried(Running):
    """A running exporter whose watch is in a hurry. Stop it before its cluster."""

    def __init__(
        self,
        patch: pytest.MonkeyPatch,
        cluster_url: str,
        folder: Path,
        *,
        hurry: Hurry | None = None,
        connection: Connection | None = None,
        wall: Wall = clock.wall,
        read_timeout: float = SHORT_TIMEOUT,
        page_size: int = 500,
    ) -> None:
        folder.mkdir(exist_ok=True)
        self.records: list[Record] = []
        self.hurry = hurry or Hurry()
        hurried = partial(Driver, pause=self.hurry.wait, read_timeout=read_timeout, page_size=page_size)
        patch.setattr(wiring, "Driver", hurried)
        self._exporter = Exporter(
            Settings(listen="127.0.0.1:0", data_dir=folder / "data", cluster_name="test"),
            connection or connect(str(write_kubeconfig(folder, cluster_url))),
            recorded=self.records.append,
            wall=wall,
            monotonic=self.hurry.monotonic,
        )
        self.url = self._exporter.start()


def watched(cluster: SimulatedCluster) -> bool:
    """Whether a watch has been opened: a reader is ready before, with its list."""
    return any(request.call.verb == "watch" and request.code == HTTPStatus.OK for request in cluster.requests())


def end_watch(cluster: SimulatedCluster, pod: PodRef) -> None:
    """Breaks the watch that is open in the middle of an event; the event is shown again by the next one."""
    cluster.faults.add(faults.cut(10))
    cluster.world.touch(pod)


def verdict(cluster: SimulatedCluster, running: Running) -> Verdict:
    return audit(cluster.truth(), list(running.records))


def assert_settles(cluster: SimulatedCluster, running: Running, seconds: float = 20.0) -> Verdict:
    """All that was shown is recorded in time, nothing twice, and the counter of a scrape says the same."""
    until(lambda: verdict(cluster, running).lost == 0, seconds)
    found = verdict(cluster, running)
    assert found.doubled == 0
    until(lambda: sum(running.values("kubevigil_workload_terminations_total")) >= found.expected)
    assert sum(running.values("kubevigil_workload_terminations_total")) == found.expected
    return found
