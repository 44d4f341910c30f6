"""A relist never shows half a cluster: while lists follow one another, every scrape holds every pod that lives."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Self

import pytest

from kubevigil.demo import faults
from kubevigil.demo.calls import Call
from kubevigil.demo.cluster import SimulatedCluster
from kubevigil.demo.faults import Close, Send, Step
from kubevigil.demo.plan import PodRef
from kubevigil.demo.replies import error_line
from tests.api.running import Running, until

from .conftest import Tell
from .network_exporter import Hurried, assert_settles
from .network_line import crash

_RELISTS = 100
_PODS = 300
_PAGE = 40


class Expiring(faults.Quiet):
    """Puts a 410 before the first event of every watch, `times` times; the event comes with the list that follows."""

    def __init__(self, times: int) -> None:
        super().__init__(when=faults.watches, times=times)
        self.told = 0

    def piece(self, call: Call, data: bytes, /) -> list[Step]:
        if not self._concerns(call):
            return [Send(data)]
        self.told += 1
        return [Send(error_line(410, "too old resource version")), Close()]


class Scraper:
    """Scrapes without a pause in a thread of its own, and keeps which pods each answer had."""

    def __init__(self, running: Running) -> None:
        self.answers: list[frozenset[str]] = []
        self._running = running
        self._enough = Event()
        self._thread = Thread(target=self._scrape)

    def _scrape(self) -> None:
        while not self._enough.is_set():
            self.answers.append(frozenset(_pods(self._running.get("/metrics")[1])))
            self._enough.wait(0.005)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._enough.set()
        self._thread.join(20)


def _pods(page: str) -> Iterator[str]:
    for line in page.splitlines():
        if line.startswith("kubevigil_container_restarts_total{"):
            yield line.partition('pod="')[2].partition('"')[0]


@pytest.fixture
def cluster() -> Iterator[SimulatedCluster]:
    cluster = SimulatedCluster(seed=29)
    yield cluster
    cluster.stop()


def _life_goes_on(cluster: SimulatedCluster, crasher: PodRef) -> bool:
    passing = cluster.world.create_pod("passing", "shop")
    crash(cluster.world, crasher)
    cluster.world.force_delete(passing)  # its end is nobody's to see, relist or not
    return True


def test_every_scrape_during_100_forced_relists_holds_every_pod_that_lives(
    cluster: SimulatedCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tell: Tell
) -> None:
    lasting = {cluster.world.create_pod(f"lasting-{n}", "shop").name for n in range(_PODS)}
    running = Hurried(monkeypatch, cluster.start(), tmp_path, read_timeout=20.0, page_size=_PAGE)
    until(running.ready)
    until(lambda: set(_pods(running.get("/metrics")[1])) == lasting)
    expiring = cluster.faults.add(Expiring(_RELISTS))
    crasher = PodRef("shop", "lasting-0")
    with Scraper(running) as scraper:
        until(lambda: _life_goes_on(cluster, crasher) and expiring.told == _RELISTS, 60)
        seen = len(scraper.answers)
        until(lambda: len(scraper.answers) > seen + 1)
    lists = sum(faults.lists(request.call) for request in cluster.requests())
    found = assert_settles(cluster, running)
    assert running.stop() == []
    missing = [lasting - answer for answer in scraper.answers if lasting - answer]
    assert missing == []
    assert expiring.told == _RELISTS
    tell(
        relists=expiring.told,
        pages_of_lists=lists,
        scrapes=len(scraper.answers),
        scrapes_with_a_pod_missing=len(missing),
        pods=_PODS,
        deaths=found.expected,
        lost=found.lost,
        doubled=found.doubled,
    )
