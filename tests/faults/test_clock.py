"""The wall clock jumps by an hour or a day, ours or the nodes': no storm, no stall, nothing counted twice or dropped.

What runs by time (backoff, read timeouts, staleness, tidying) goes by the monotonic clock, which does not jump. The
wall clock dates facts. What a jump of ours does to those, bounded by the jump itself:
- `seen_at`, `gone_at`: after a jump ahead of a day what is known of *gone* pods is dropped up to a day early, after one
  back it is kept that much longer. What is known of living pods is not dropped by age.
- `observed_at` of records, `idle_since` of workloads: kept that much shorter or longer than the retention says.
- the baseline window: an exporter that first starts on an empty store with a clock that is ahead reports fewer of the
  deaths before its start, with one that is behind more of them: at most the two a container that the API still shows.
A jump back of a node's clock may cost one death a container its details, where the API showed it as `lastState` only:
it looks older than one that is known. It is counted.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from kubevigil.demo.cluster import SimulatedCluster
from kubevigil.demo.plan import PodRef
from kubevigil.demo.world import World
from kubevigil.kube.errors import Gone
from kubevigil.model import clock as real
from tests.api.running import until

from .conftest import Tell
from .network_exporter import Hurried, assert_settles
from .network_line import Assembly, Clock, Line, assert_told, crash

HOUR, DAY = 3600.0, 86_400.0
JUMPS = [HOUR, -HOUR, DAY, -DAY]
_TURNS = 41


@pytest.fixture
def cluster() -> Iterator[SimulatedCluster]:
    cluster = SimulatedCluster(seed=37)
    yield cluster
    cluster.stop()


class Life:
    """Pods crash, come and go, a turn before each watch; `jump` comes in the middle, a tidying after it.

    One pod crashes at first only: what is known of it is old when the store is tidied.
    """

    def __init__(self, world: World, clock: Clock, *, turns: int = _TURNS) -> None:
        self.world = world
        self.jump: Callable[[], None] = lambda: None
        self.tidy: Callable[[], None] = lambda: None
        self._clock = clock
        self._random = Random(41)
        self._pods = [world.create_pod(f"pod-{n}", "shop") for n in range(8)]
        self._quiet = world.create_pod("quiet", "shop")
        self._turn = 0
        self._turns = turns

    def goes_on(self) -> bool:
        self._turn += 1
        self._clock.wait(20.0)
        if self._turn < 6:
            crash(self.world, self._quiet)
        if self._turn == self._turns // 2:
            self.jump()
        if self._turn in {self._turns // 2, self._turns // 2 + 2}:
            self.tidy()
        for ref in self._random.sample(self._pods, 3):
            crash(self.world, ref)
        if self._turn % 4 == 0:
            self._replace()
        return self._turn < self._turns

    def living(self) -> dict[str, int]:
        return {ref.name: self.world.inspect(ref).container("app").restart_count for ref in [self._quiet, *self._pods]}

    def _replace(self) -> None:
        gone = self._pods.pop(0)
        self.world.delete(gone)
        self._pods.append(self.world.create_pod(f"pod-{self._turn}-again", "shop"))


def _twice(body: bytes) -> list[bytes]:
    """Every event of the stream, and the whole stream once more."""
    return [body, body]


@pytest.mark.parametrize("jump", JUMPS)
@pytest.mark.parametrize("whose", ["ours", "the nodes'", "everybody's"])
def test_a_jump_of_the_wall_clock_loses_nothing_doubles_nothing_and_drops_nothing_that_lives(
    tmp_path: Path, tell: Tell, jump: float, whose: str
) -> None:
    clock, nodes = Clock(), Clock()
    world = World(seed=43, wall=lambda: nodes.wall() + clock.now)
    life = Life(world, clock)
    line = Line(world, clock)
    line.idle, line.through = life.goes_on, _twice
    assembly = Assembly(line, tmp_path)

    def now_it_jumps() -> None:
        clock.pushed += jump if whose != "the nodes'" else 0.0
        nodes.pushed += jump if whose != "ours" else 0.0

    def tidy() -> None:
        assembly.write()
        assembly.tidy()

    life.jump, life.tidy = now_it_jumps, tidy
    assembly.run()
    _look_once(assembly)
    found = assert_told(assembly)
    assert assembly.rows() == life.living()
    without_details = sum(r.termination.class_ == "unseen" for r in found.terminations)
    assert len(line.times("list")) == 2  # one a run
    assembly.close()
    again = Assembly(line, tmp_path)
    _look_once(again)
    again.write()
    assert again.records == []
    assert again.counted() == found.expected
    again.close()
    tell(deaths=found.expected, lost=found.lost, doubled=found.doubled, without_details=without_details)


def _look_once(assembly: Assembly) -> None:
    looks = [True, False]
    assembly.line.idle = lambda: looks.pop(0)
    assembly.run()


@pytest.mark.parametrize("jump", JUMPS)
def test_a_jump_in_a_time_of_relists_keeps_the_numbers_whatever_details_are_gone(
    tmp_path: Path, tell: Tell, jump: float
) -> None:
    clock, nodes = Clock(), Clock()
    world = World(seed=47, wall=lambda: nodes.wall() + clock.now)
    pods = [world.create_pod(f"pod-{n}", "shop") for n in range(5)]
    line = Line(world, clock)
    assembly = Assembly(line, tmp_path)
    turn = 0

    def relisted() -> bool:
        nonlocal turn
        turn += 1
        if turn == 10:
            clock.pushed = nodes.pushed = jump
            assembly.write()
            assembly.tidy()
        for ref in pods:
            crash(world, ref)
        return turn < 40

    def expired(body: bytes) -> Iterator[Gone]:
        del body
        yield Gone("too old resource version")

    line.idle, line.through = relisted, expired
    assembly.run()
    line.through = lambda body: [body]
    _look_once(assembly)
    found = assert_told(assembly)
    assembly.close()
    without_details = sum(r.termination.class_ == "unseen" for r in found.terminations)
    tell(deaths=found.expected, lost=found.lost, doubled=found.doubled, without_details=without_details)


@pytest.mark.parametrize("off", [DAY, -DAY])
def test_a_first_start_with_a_wrong_clock_reports_at_most_what_the_api_still_shows_and_then_counts_exactly(
    tmp_path: Path, tell: Tell, off: float
) -> None:
    clock = Clock()
    world = World(seed=53, wall=lambda: clock.wall() - clock.pushed)
    pods = [world.create_pod(f"pod-{n}", "shop") for n in range(10)]
    for ref in pods * 5:
        crash(world, ref)
    before = len(world.truth())
    clock.wait(2 * HOUR)
    clock.pushed = off
    line = Line(world, clock)
    assembly = Assembly(line, tmp_path)
    _look_once(assembly)
    of_before = len({r.id for r in assembly.records})
    assert of_before <= (2 * len(pods) if off < 0 else 0)
    _crash_all(world, pods)
    _look_once(assembly)
    assembly.write()
    assert len({r.id for r in assembly.records}) - of_before == len(world.truth()) - before == len(pods)
    assembly.close()
    tell(deaths_before=before, of_them_reported=of_before, deaths_since=len(pods))


def _crash_all(world: World, pods: list[PodRef]) -> None:
    for ref in pods:
        crash(world, ref)


def test_jumps_under_a_running_exporter_cost_no_request_no_readiness_and_no_crash(
    cluster: SimulatedCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tell: Tell
) -> None:
    pushed = 0.0
    url = cluster.start()
    pod = cluster.world.create_pod("a", "shop")
    running = Hurried(monkeypatch, url, tmp_path, wall=lambda: real.wall() + pushed, read_timeout=60.0)
    until(running.ready)
    until(lambda: _of_the_watch(cluster) == 2)
    for jump in (HOUR, -HOUR, DAY, -DAY):
        pushed += jump
        crash(cluster.world, pod)
        deaths = len(cluster.truth())
        until(lambda deaths=deaths: len(running.records) == deaths, 10)  # type: ignore[misc]  # bound to this turn
        assert running.ready()
        assert running.get("/healthz")[0] == 200
    found = assert_settles(cluster, running)
    requests = _of_the_watch(cluster)
    assert requests == 2
    assert running.stop() == []
    tell(jumps=4, requests=requests, deaths=found.expected, lost=found.lost, doubled=found.doubled)


def _of_the_watch(cluster: SimulatedCluster) -> int:
    """Requests that list or watch pods; others are for the evidence of a crash."""
    return sum(request.call.path == "/api/v1/pods" for request in cluster.requests())
