"""Credentials and rights that change under a running exporter: it keeps up, says what is missing, and recovers."""

from collections.abc import Iterator
from os import utime
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import Self

import pytest

from kubevigil.demo import faults
from kubevigil.demo.access import Allow
from kubevigil.demo.cluster import SimulatedCluster
from kubevigil.kube.access import Server
from kubevigil.kube.connection import Connection
from kubevigil.kube.incluster import TokenFile
from kubevigil.model import clock
from tests.api.running import Running, until

from .conftest import Tell
from .network_exporter import Hurried, assert_settles, end_watch, watched
from .network_line import crash

_NOTICED = 15.0
_RECOVERED = 60.0


@pytest.fixture
def cluster() -> Iterator[SimulatedCluster]:
    cluster = SimulatedCluster(seed=31)
    yield cluster
    cluster.stop()


class ByTokenFile:
    """A service account's access, without the TLS."""

    def __init__(self, url: str, path: Path) -> None:
        self._url = url
        self._token = TokenFile(path, clock.monotonic)

    def server(self) -> Server:
        return Server(self._url)

    def authorization(self) -> str:
        return f"Bearer {self._token.token()}"

    def renew(self) -> None:
        self._token.forget()


class Rotation:
    """Replaces the token's file every so often, as the kubelet does; the server accepts only the newest token.

    The file's time stays the same, as on a volume with coarse times: only a 401 tells that there is a new token.
    """

    def __init__(self, cluster: SimulatedCluster, path: Path, every: float) -> None:
        self.rotations = 0
        self._cluster = cluster
        self._path = path
        self._every = every
        self._enough = Event()
        self._thread = Thread(target=self._rotate)
        self._next()

    def _next(self) -> None:
        self.rotations += 1
        token = f"token-{self.rotations}"
        fresh = self._path.with_suffix(".new")
        fresh.write_text(token, "utf-8")
        utime(fresh, (0, 0))
        fresh.replace(self._path)
        self._cluster.access.token = token

    def _rotate(self) -> None:
        while not self._enough.wait(self._every):
            self._next()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._enough.set()
        self._thread.join(20)


def test_a_token_that_is_replaced_again_and_again_never_locks_us_out(
    cluster: SimulatedCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tell: Tell, long_form: bool
) -> None:
    every, seconds = (2.0, 60.0) if long_form else (0.1, 6.0)
    url = cluster.start()
    pod = cluster.world.create_pod("a", "shop")
    rotation = Rotation(cluster, tmp_path / "token", every)
    access = ByTokenFile(url, tmp_path / "token")
    running = Hurried(monkeypatch, url, tmp_path, connection=Connection(access), read_timeout=10.0)
    until(lambda: running.ready() and watched(cluster))
    requests = 0
    with rotation:
        ends = monotonic() + seconds
        while monotonic() < ends:
            end_watch(cluster, pod)
            crash(cluster.world, pod)
            Event().wait(every / 3)
            requests += 1
    found = assert_settles(cluster, running)
    until(running.ready)
    denied = sum(_reconnects(running, "denied"))
    refused = sum(request.code == 401 for request in cluster.requests())
    assert running.stop() == []
    # A request may fall between the two halves of a rotation; no second one in a row does.
    assert refused > 0
    assert denied <= rotation.rotations / 20
    tell(
        rotations=rotation.rotations,
        breaks=requests,
        answers_of_401=refused,
        of_them_not_mended_at_once=int(denied),
        deaths=found.expected,
        lost=found.lost,
        doubled=found.doubled,
    )


def _reconnects(running: Running, cause: str) -> list[float]:
    start = f'kubevigil_watch_reconnects_total{{resource="pods",cause="{cause}"}} '
    lines = running.get("/metrics")[1].splitlines()
    return [float(line.removeprefix(start)) for line in lines if line.startswith(start)]


def _deny_by_rights(cluster: SimulatedCluster) -> None:
    cluster.access.rules = (Allow("get", "pods"),)


def _deny_by_token(cluster: SimulatedCluster) -> None:
    cluster.access.token = "another"


def _allow(cluster: SimulatedCluster) -> None:
    cluster.access.rules, cluster.access.token = None, None


@pytest.mark.parametrize(
    ("deny", "words"),
    [
        pytest.param(_deny_by_rights, ("may not watch pods", "403", "get, list, watch"), id="403"),
        pytest.param(_deny_by_token, ("refuses the credentials", "401"), id="401"),
    ],
)
def test_rights_that_are_taken_away_are_told_within_15_seconds_and_once_they_are_back_so_are_we(
    cluster: SimulatedCluster, tmp_path: Path, tell: Tell, deny: object, words: tuple[str, ...]
) -> None:
    assert callable(deny)
    url = cluster.start()
    pod = cluster.world.create_pod("a", "shop")
    running = Running(url, tmp_path)
    until(lambda: running.ready() and watched(cluster))
    deny(cluster)
    asked = len(cluster.requests())
    end_watch(cluster, pod)
    until(lambda: len(cluster.requests()) > asked)
    refused = monotonic()
    until(lambda: running.get("/readyz")[0] == 503, _NOTICED)
    noticed = monotonic() - refused
    page = running.get("/readyz")[1]
    assert [word for word in words if word not in page] == []
    assert running.get("/healthz")[0] == 200
    assert running.values("kubevigil_synced") == [0.0]
    crash(cluster.world, pod)
    _allow(cluster)
    restored = monotonic()
    until(running.ready, _RECOVERED)
    recovered = monotonic() - restored
    found = assert_settles(cluster, running)
    assert running.stop() == []
    assert _lists_after_the_first(cluster) == 0
    tell(noticed=f"{noticed:.2f} s", recovered=f"{recovered:.1f} s", lost=found.lost, doubled=found.doubled)


def _lists_after_the_first(cluster: SimulatedCluster) -> int:
    return sum(faults.lists(request.call) and request.call.path == "/api/v1/pods" for request in cluster.requests()) - 1
