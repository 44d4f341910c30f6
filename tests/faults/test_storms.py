"""Storms: 410 without end, 429 with all kinds of Retry-After, events twice, again and in the wrong order."""

from collections.abc import Callable, Iterator
from email.utils import formatdate
from pathlib import Path
from random import Random
from threading import Lock

import pytest
from msgspec import json

from kubevigil.demo import faults
from kubevigil.demo.calls import Call
from kubevigil.demo.cluster import SimulatedCluster
from kubevigil.demo.faults import Answer, Fault, Step
from kubevigil.demo.plan import ContainerPlan, Owner, PodPlan, PodRef
from kubevigil.demo.replies import Reply, status_json
from kubevigil.demo.world import World
from kubevigil.kube.errors import Gone
from tests.api.running import until

from .conftest import Tell
from .network_exporter import Hurried, Hurry, assert_settles, end_watch, watched
from .network_line import START, Assembly, Clock, Line, assert_told, crash

_EXPIRED = 1000
_BUSY = 500


@pytest.fixture
def cluster() -> Iterator[SimulatedCluster]:
    cluster = SimulatedCluster(seed=13)
    yield cluster
    cluster.stop()


def test_a_thousand_410_in_a_row_make_no_storm_of_lists_and_lose_nothing(tmp_path: Path, tell: Tell) -> None:
    clock, random = Clock(), Random(17)
    world = World(seed=17, wall=clock.wall)
    pods = [world.create_pod(f"pod-{n}", "shop") for n in range(20)]
    line = Line(world, clock)
    told = 0

    def expired(call: Call) -> None:
        nonlocal told
        if told < _EXPIRED and call.verb == "watch":
            told += 1
            raise Gone("too old resource version")

    def life_goes_on() -> bool:
        crash(world, random.choice(pods))
        return told < _EXPIRED or not line.times("watch")

    line.asked, line.idle = expired, life_goes_on
    assembly = Assembly(line, tmp_path)
    assembly.run()
    last = [True, False]
    line.idle = lambda: last.pop(0)
    assembly.run()
    found = assert_told(assembly)
    assembly.close()
    lists, lasted = len(line.times("list")), clock.now
    assert lists >= _EXPIRED
    assert lists / lasted <= 0.25
    tell(
        expired=told,
        lists=lists,
        simulated=f"{lasted / 3600:.1f} h",
        lists_per_second=f"{lists / lasted:.3f}",
        deaths=found.expected,
        lost=found.lost,
        doubled=found.doubled,
    )


class Busy(faults.Quiet):
    """Answers 429 `times` times, each time with another wait, as seconds or as a date; notes requests that came early.

    `early` are the seconds by which a request came before it was allowed to.
    """

    def __init__(self, times: int, hurry: Hurry, random: Random) -> None:
        super().__init__()
        self.answered = 0
        self.early: list[float] = []
        self.waits: list[float] = []
        self._times = times
        self._hurry = hurry
        self._random = random
        self._allowed = 0.0
        self._guard = Lock()

    def before(self, _call: Call, /) -> list[Step] | None:
        with self._guard:
            now = self._hurry.monotonic()
            if now < self._allowed:
                self.early.append(self._allowed - now)
            self._allowed = 0.0
            if self.answered >= self._times:
                return None
            self.answered += 1
            wait = self._random.choice((0, 1, 2, 7, 30, 31, 61, self._random.randint(0, 600)))
            self._allowed = now + wait
            self.waits.append(wait)
            return [Answer(self._reply(wait))]

    def _reply(self, wait: int) -> Reply:
        body = status_json(429, "too many requests, please try again later")
        match self._random.randint(0, 2):
            case 0:
                headers = {"Retry-After": str(wait)}
            case 1:
                headers = {"Retry-After": formatdate(START + wait, usegmt=True), "Date": formatdate(START, usegmt=True)}
            case _:
                headers, body["details"] = {}, {"retryAfterSeconds": wait}
        return Reply(429, json.encode(body), headers=headers)


def test_500_answers_of_429_are_never_followed_by_a_request_before_its_time(
    cluster: SimulatedCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tell: Tell
) -> None:
    url = cluster.start()
    pod = cluster.world.create_pod("a", "shop")
    hurry = Hurry()
    running = Hurried(monkeypatch, url, tmp_path, hurry=hurry, read_timeout=10.0)
    until(lambda: running.ready() and watched(cluster))
    busy = cluster.faults.add(Busy(_BUSY, hurry, Random(19)))
    end_watch(cluster, pod)
    crash(cluster.world, pod)
    until(lambda: busy.answered == _BUSY and running.ready(), 40)
    found = assert_settles(cluster, running)
    assert running.stop() == []
    assert busy.early == []
    tell(answers=busy.answered, waits_asked=f"{sum(busy.waits):.0f} s", early=len(busy.early), lost=found.lost)


def _crash_some(world: World, random: Random, deaths: int) -> list[PodRef]:
    """Pods crash, come and go in a random turn, until so many ended by themselves; those that are left."""
    pods = [_pod(world, n) for n in range(6)]
    for n in range(deaths):
        crash(world, random.choice(pods))
        if random.random() < 0.15:
            gone = pods.pop(random.randrange(len(pods)))
            random.choice((world.delete, world.force_delete))(gone)
            pods.append(_pod(world, 6 + n))
    return pods


def _pod(world: World, number: int) -> PodRef:
    owner = Owner("ReplicaSet", f"web-{number % 3}-5d4c7b9f8")
    return world.create(PodPlan(PodRef("shop", f"web-{number}"), (ContainerPlan("app"),), owner=owner))


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(faults.duplicate, id="twice"),
        pytest.param(lambda: faults.Replay(25, times=None), id="the last 25 again after each"),
        pytest.param(lambda: faults.Reorder(times=None), id="in the wrong order"),
    ],
)
def test_events_that_come_twice_again_or_in_the_wrong_order_are_counted_as_they_happened(
    cluster: SimulatedCluster,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    tell: Tell,
    fault: Callable[[], Fault],
) -> None:
    url = cluster.start()
    running = Hurried(monkeypatch, url, tmp_path, read_timeout=20.0)
    until(running.ready)
    cluster.faults.add(fault())
    left = _crash_some(cluster.world, Random(23), 200)
    cluster.world.history.bookmark()  # lets go of an event that waits for the next one
    found = assert_settles(cluster, running)
    until(lambda: sorted(_restarts(running)) == sorted(ref.name for ref in left))
    truth = {ref.name: cluster.world.inspect(ref).container("app").restart_count for ref in left}
    assert _restarts(running) == truth
    unseen = sum(record.termination.class_ == "unseen" for record in running.records)
    assert running.stop() == []
    tell(deaths=found.expected, seen=found.seen, lost=found.lost, doubled=found.doubled, without_details=unseen)


def test_after_events_in_the_wrong_order_the_uids_are_those_of_the_cluster(
    cluster: SimulatedCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tell: Tell
) -> None:
    url = cluster.start()
    random, differing = Random(59), 0
    running = Hurried(monkeypatch, url, tmp_path, read_timeout=20.0)
    until(running.ready)
    for turn in range(10):
        fault = cluster.faults.add(faults.Reorder(times=None))
        names = [cluster.world.create_pod(f"pod-{turn}-{n}", "shop", started=random.random() < 0.5) for n in range(9)]
        for ref in random.sample(names, 4):
            cluster.world.force_delete(ref)
        cluster.faults.remove(fault)
        cluster.world.history.bookmark()  # the next line of the stream lets go of an event that was kept back
        living = {ref.name for ref in cluster.world.pods()}
        until(lambda living=living: set(_restarts(running)) == living, 10)  # type: ignore[misc]  # bound to this turn
        differing += set(_restarts(running)) != living
    assert running.stop() == []
    tell(turns=10, pods_left=len(cluster.world.pods()), sets_that_differ=differing)


def _restarts(running: Hurried) -> dict[str, int]:
    lines = running.get("/metrics")[1].splitlines()
    rows = (line.rpartition(" ") for line in lines if line.startswith("kubevigil_container_restarts_total{"))
    return {labels.partition('pod="')[2].partition('"')[0]: int(float(value)) for labels, _, value in rows}
