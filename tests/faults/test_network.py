"""Silence and breaks between us and the API server: each is noticed, the watch is opened again, and nothing is lost."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from random import Random
from shutil import rmtree
from threading import Lock
from time import monotonic

import pytest

from kubevigil.demo import faults
from kubevigil.demo.calls import Call
from kubevigil.demo.cluster import SimulatedCluster
from kubevigil.demo.faults import Close, Pause, Send, Step
from kubevigil.demo.plan import PodRef
from kubevigil.demo.world import World
from kubevigil.kube.driver import READ_TIMEOUT
from kubevigil.kube.errors import Stalled, Unreachable
from kubevigil.kube.interrupt import Interrupt
from tests.api.running import Running, until

from .conftest import Tell
from .network_exporter import SHORT_TIMEOUT, Hurried, assert_settles, end_watch, watched
from .network_line import Assembly, Clock, Line, Piece, assert_told, crash

_SILENCES = 100
_PROMISED = 75.0
_KIB_64 = 64 * 1024


@pytest.fixture
def cluster() -> Iterator[SimulatedCluster]:
    cluster = SimulatedCluster(seed=7)
    yield cluster
    cluster.stop()


class Silences(faults.Quiet):
    """`times` silences in turn: a watch that is never answered, and one that stops in the middle of an event.

    `noticed` is how long each lasted until the next request came in.
    """

    def __init__(self, times: int, seconds: float) -> None:
        super().__init__(when=faults.watches)
        self.noticed: list[float] = []
        self.begun = 0
        self._times = times
        self._silence: tuple[Step, ...] = (Pause(seconds), Close())
        self._since: float | None = None
        self._guard = Lock()

    def before(self, call: Call, /) -> list[Step] | None:
        with self._guard:
            if self._since is not None:
                self.noticed.append(monotonic() - self._since)
                self._since = None
            if not faults.watches(call) or self.begun >= self._times or self.begun % 2:
                return None
            return self._fall_silent()

    def piece(self, call: Call, data: bytes, /) -> list[Step]:
        with self._guard:
            if not faults.watches(call) or self.begun >= self._times or not self.begun % 2 or self._since is not None:
                return [Send(data)]
            return [Send(data[: len(data) // 2]), *self._fall_silent()]

    def _fall_silent(self) -> list[Step]:
        self.begun += 1
        self._since = monotonic()
        return list(self._silence)


def test_a_hundred_black_holes_and_half_open_streams_are_opened_again_in_time_and_nothing_is_lost(
    cluster: SimulatedCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tell: Tell
) -> None:
    url = cluster.start()
    pods = [cluster.world.create_pod(f"pod-{n}", "shop") for n in range(5)]
    running = Hurried(monkeypatch, url, tmp_path)
    until(lambda: running.ready() and watched(cluster))
    silences = cluster.faults.add(Silences(_SILENCES, seconds=5.0))
    end_watch(cluster, pods[0])  # the watches to come find the silences
    deaths = 0
    while len(silences.noticed) < _SILENCES:
        heard = len(silences.noticed)
        crash(cluster.world, pods[deaths % 5])
        deaths += 1
        passing = cluster.world.create_pod(f"passing-{deaths}", "shop")
        if deaths % 3:
            cluster.world.force_delete(passing)
        until(lambda heard=heard: len(silences.noticed) > heard, 10)  # type: ignore[misc]  # bound to this turn
    found = assert_settles(cluster, running)
    until(lambda: len(running.values("kubevigil_container_restarts_total")) == len(cluster.world.pods()))
    until(running.ready)
    assert running.stop() == []
    slowest = max(silences.noticed)
    assert slowest <= SHORT_TIMEOUT + 1.0
    assert found.expected == deaths
    tell(
        silences=len(silences.noticed),
        read_timeout=SHORT_TIMEOUT,
        opened_again_slowest=f"{slowest:.2f} s",
        deaths=deaths,
        lost=found.lost,
        doubled=found.doubled,
    )


def test_with_the_production_constants_a_silent_stream_is_open_again_within_75_seconds(
    tmp_path: Path, tell: Tell
) -> None:
    clock = Clock()
    world = World(seed=3, wall=clock.wall)
    pods = [world.create_pod(f"pod-{n}", "shop") for n in range(5)]
    line = Line(world, clock)
    random = Random(11)
    silent_since: list[float] = []

    def lives_and_falls_silent(body: bytes) -> Iterator[Piece]:
        clock.wait(random.uniform(50.0, 600.0))
        yield body
        silent_since.append(clock.now)
        clock.wait(READ_TIMEOUT)
        yield Stalled("silent for too long")

    def goes_on() -> bool:
        crash(world, pods[len(silent_since) % 5])
        return len(silent_since) < 100

    line.through, line.idle = lives_and_falls_silent, goes_on
    assembly = Assembly(line, tmp_path)
    goes_on()
    assembly.run()
    line.through, line.idle = _all_of_it, _once()
    assembly.run()
    opened = line.times("watch")
    waits = [min(at for at in opened if at > since) - since for since in silent_since[:-1]]
    found = assert_told(assembly)
    assembly.close()
    assert max(waits) <= _PROMISED
    tell(
        silences=len(waits),
        opened_again_slowest=f"{max(waits):.2f} s",
        deaths=found.expected,
        lost=found.lost,
        doubled=found.doubled,
    )


@pytest.mark.long
@pytest.mark.timeout(200)
def test_with_the_production_constants_and_real_time_a_half_open_stream_is_open_again_within_75_seconds(
    cluster: SimulatedCluster, tmp_path: Path, tell: Tell
) -> None:
    """75 real seconds; the test above moves a clock instead."""
    url = cluster.start()
    pod = cluster.world.create_pod("a", "shop")
    running = Running(url, tmp_path)
    until(running.ready)
    silences = cluster.faults.add(Silences(2, seconds=170.0))
    silences.begun = 1  # only the half-open one
    crash(cluster.world, pod)
    until(lambda: silences.noticed, 100)
    found = assert_settles(cluster, running)
    assert running.stop() == []
    assert silences.noticed[0] <= _PROMISED
    tell(opened_again=f"{silences.noticed[0]:.2f} s", lost=found.lost, doubled=found.doubled)


class CutEverywhere:
    """Passes the stream on and cuts it one byte later each time: in a piece, mid-character, between two events.

    `at` is the place of the next cut in the stream as a whole.
    """

    def __init__(self, whole: bytes, random: Random) -> None:
        self.at = 0
        self._whole = whole
        self._random = random

    def through(self, rest: bytes) -> Iterator[Piece]:
        # The rest begins where the last whole event ended: the driver asks from that version on.
        taken = len(self._whole) - len(rest)
        assert self._whole.endswith(rest)
        assert taken == self._whole.rfind(b"\n", 0, max(self.at - 1, 0)) + 1
        until_cut = self._whole[taken : self.at]
        self.at += 1
        middle = self._random.randint(0, len(until_cut))
        yield from filter(None, (until_cut[:middle], until_cut[middle:]))
        if self._random.random() < 0.5:
            yield Unreachable("reset")


def _stream(world: World, pods: list[PodRef], size: int) -> int:
    """Has pods crash, come and go until the events since are `size` bytes; the version before the first of them."""
    before = world.history.version
    turn = 0
    while sum(map(len, _events(world, before))) < size:
        crash(world, pods[turn % len(pods)])
        passing = world.create_pod(f"passing-{turn}", "shop")
        if turn % 2:
            world.force_delete(passing)
        turn += 1
    return before


def _restarts(world: World) -> dict[str, int]:
    return {ref.name: world.inspect(ref).container("app").restart_count for ref in world.pods()}


def _events(world: World, version: int) -> list[bytes]:
    came = world.history.wait(version, 0, 0.0)
    return [
        b'{"type":"' + c.type.encode() + b'","object":{"kind":"Pod","apiVersion":"v1",' + c.body[1:] + b"}\n"
        for c in came.changes
    ]


def _all_of_it(body: bytes) -> list[Piece]:
    return [body]


def _once() -> Callable[[], bool]:
    left = [True, False]
    return lambda: left.pop(0)


def _without_bookmark(body: bytes) -> bytes:
    lines = body.splitlines(keepends=True)
    return b"".join(line for line in lines if not line.startswith(b'{"type":"BOOKMARK"'))


def test_a_stream_cut_at_every_byte_of_64_kib_ends_in_the_truth(tmp_path: Path, tell: Tell) -> None:
    clock = Clock()
    world = World(seed=5, wall=clock.wall)
    pods = [world.create_pod(name, "shop") for name in ("a", "b", "ä")]
    line = Line(world, clock)
    assembly = Assembly(line, tmp_path)
    cut: CutEverywhere | None = None

    def through(body: bytes) -> Iterator[Piece]:
        assert cut is not None
        return cut.through(_without_bookmark(body))

    def goes_on() -> bool:
        nonlocal cut
        if cut is None:
            before = _stream(world, pods, _KIB_64)
            cut = CutEverywhere(b"".join(_events(world, before)), Random(1))
        return cut.at <= _KIB_64

    line.idle, line.through = goes_on, through
    assembly.run()
    assert len(line.times("list")) == 1
    line.idle, line.through = _once(), _all_of_it
    assembly.run()
    found = assert_told(assembly)
    assert assembly.rows() == _restarts(world)
    assembly.close()
    tell(cuts=_KIB_64, deaths=found.expected, lost=found.lost, doubled=found.doubled)


class FromThen(Line):
    """A line whose lists are the one that was taken earlier, so that each new exporter has the whole stream to read."""

    def __init__(self, world: World, clock: Clock, listed: bytes) -> None:
        super().__init__(world, clock)
        self._listed = listed

    def get_bytes(
        self, path: str, query: Mapping[str, str], *, read_timeout: float, interrupt: Interrupt | None
    ) -> bytes:
        super().get_bytes(path, query, read_timeout=read_timeout, interrupt=interrupt)
        return self._listed


def _cut_once(at: int) -> Callable[[bytes], Iterator[Piece]]:
    cuts = [at]

    def through(body: bytes) -> Iterator[Piece]:
        if cuts:
            yield body[: cuts.pop()]
            yield Unreachable("reset")
        yield body

    return through


def test_a_new_exporter_whose_first_stream_is_cut_anywhere_ends_in_the_truth(
    tmp_path: Path, tell: Tell, long_form: bool
) -> None:
    clock = Clock()
    world = World(seed=61, wall=clock.wall)
    pods = [world.create_pod(name, "shop") for name in ("a", "b")]
    before = Line(world, clock)
    listed = before.get_bytes("/api/v1/pods", {}, read_timeout=READ_TIMEOUT, interrupt=None)
    _stream(world, pods, _KIB_64)
    cuts = Random(67).sample(range(1, _KIB_64), 2000 if long_form else 60)
    for at in cuts:
        line = FromThen(world, clock, listed)
        line.through, looks = _cut_once(at), [True, True, False]
        line.idle = lambda looks=looks: looks.pop(0)  # type: ignore[misc]  # bound to this cut
        assembly = Assembly(line, tmp_path / str(at))
        assembly.run()
        found = assert_told(assembly)
        assert assembly.rows() == _restarts(world), at
        assembly.close()
        rmtree(tmp_path / str(at))
    tell(exporters=len(cuts), deaths_each=found.expected, lost=found.lost, doubled=found.doubled)
