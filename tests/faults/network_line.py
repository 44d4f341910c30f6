"""Driver, intake, bookkeeper and SQLite in one thread on a clock of the test's, fed by a world without a socket.

A `Line` answers as the simulated API server would, through what the test puts in its way; a wait of the driver moves
the clock. So hours of faults pass in seconds, and a run is the same each time.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from random import Random
from threading import Event
from typing import Self
from urllib.parse import urlencode

from kubevigil.app.audit import Verdict, audit
from kubevigil.app.bookkeeping import Bookkeeping
from kubevigil.app.settings import Settings
from kubevigil.app.watching import WatchBoard
from kubevigil.demo.api import Stream as Lines
from kubevigil.demo.api import answer
from kubevigil.demo.calls import Call, parse
from kubevigil.demo.plan import PodRef
from kubevigil.demo.watching import Pace
from kubevigil.demo.world import World
from kubevigil.kube.driver import READ_TIMEOUT, Driver, Scope
from kubevigil.kube.errors import Interrupted, KubeError
from kubevigil.kube.interrupt import Interrupt
from kubevigil.kube.statuses import error_of, wait_asked_for
from kubevigil.metrics.selfmetrics import SelfMetrics
from kubevigil.model.pod import Pod
from kubevigil.model.record import Record
from kubevigil.pods.bookkeeper import Bookkeeper
from kubevigil.pods.counters import Counters
from kubevigil.pods.intake import Intake
from kubevigil.pods.observation import Backlog
from kubevigil.pods.selection import Selection
from kubevigil.store.database import open_sqlite
from kubevigil.store.housekeeping import Retention
from kubevigil.store.journal import Journal

START = 1_800_000_000.0
_RIGHT_AWAY = 0.0

Piece = bytes | KubeError


class Clock:
    """Seconds since the start, as the driver's waits move them; `wall` may be pushed by itself."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pushed = 0.0

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> float:
        return START + self.now + self.pushed

    def wait(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds


class Pieces:
    """A watch's body: what comes piece by piece, an error where it breaks off."""

    def __init__(self, pieces: Iterable[Piece]) -> None:
        self._pieces: Iterator[Piece] = iter(pieces)

    def read(self) -> bytes:
        piece = next(self._pieces, b"")
        if isinstance(piece, KubeError):
            raise piece
        return piece

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return


class Line:
    """The way to a world's API. `asked` may raise instead of an answer, `through` makes the pieces of a watch's body.

    Each watch tells what there is, ends with a bookmark in good order, and comes back to `idle` first: the test lets
    the world go on there, or says that it is enough.
    """

    def __init__(self, world: World, clock: Clock) -> None:
        self.world = world
        self.clock = clock
        self.calls: list[tuple[float, Call]] = []
        self.asked: Callable[[Call], None] = lambda _: None
        self.through: Callable[[bytes], Iterable[Piece]] = lambda body: [body]
        self.idle: Callable[[], bool] = lambda: False
        self._enough = False

    def times(self, verb: str) -> list[float]:
        return [at for at, call in self.calls if call.verb == verb]

    def get_bytes(
        self, path: str, query: Mapping[str, str], *, read_timeout: float, interrupt: Interrupt | None
    ) -> bytes:
        body = self._answer(path, query, read_timeout, interrupt)
        assert isinstance(body, bytes)
        return body

    def open(self, path: str, query: Mapping[str, str], *, read_timeout: float, interrupt: Interrupt | None) -> Pieces:
        if not self.idle():
            assert interrupt is not None
            interrupt.fire()
            raise Interrupted("it is enough")
        body = self._answer(path, query, read_timeout, interrupt)
        return Pieces([body] if isinstance(body, bytes) else self.through(b"".join(body)))

    def _answer(
        self, path: str, query: Mapping[str, str], read_timeout: float, interrupt: Interrupt | None
    ) -> bytes | Iterator[bytes]:
        assert read_timeout == READ_TIMEOUT
        assert interrupt is None or not interrupt.fired
        call = parse("GET", f"{path}?{urlencode(query)}")
        self.calls.append((self.clock.now, call))
        self.asked(call)
        # The world's own clock stands still for a first look and is far ahead at the next: one round, without a wait.
        looks = iter([0.0])
        reply = answer(call, self.world, Pace(lambda: next(looks, 1e9), bookmark_every=_RIGHT_AWAY))
        if isinstance(reply, Lines):
            return reply.lines
        if reply.code >= 300:
            wait = wait_asked_for(reply.headers, self.clock.wall())
            raise error_of(reply.code, "simulated", path, query, reply.body, wait=wait)
        return reply.body


class Assembly:
    """What the exporter is made of, without its threads. `run` returns when the line says that it is enough."""

    def __init__(self, line: Line, folder: Path, *, seed: int = 1, window: float = 600.0) -> None:
        self.records: list[Record] = []
        self.line = line
        clock = line.clock
        self.metrics = SelfMetrics(version="test")
        self.board = WatchBoard("pods", [""], self.metrics, wall=clock.wall, monotonic=clock.monotonic)
        self.journal = Journal(open_sqlite(folder, now=clock.wall), cluster="test", wall=clock.wall)
        loaded = self.journal.load()
        self.counters = Counters(loaded.workloads, loaded.vanished, limit=10_000)
        self._backlog = Backlog()
        selection = Selection(ignore_namespaces=(), ignore_containers=())
        self.intake = Intake("", selection=selection, always_info=True, pass_on=self._backlog.put, wall=clock.wall)
        self.keeper = Bookkeeper(
            self.journal,
            loaded,
            self.counters,
            self._backlog,
            cluster="test",
            baseline_window=window,
            recorded=self.records.append,
        )
        self._random = Random(seed)

    def run(self) -> Self:
        driver = Driver(
            self.line,
            Scope("/api/v1/pods", Pod, {}),
            self.intake,
            self.board.reports[""],
            clock=self.line.clock.monotonic,
            random=self._random,
            pause=self.line.clock.wait,
        )
        driver.run()
        self.write()
        return self

    def write(self) -> None:
        """Has everything written that waits."""
        while self.keeper.step(0.0, Event()):
            pass

    def verdict(self) -> Verdict:
        self.write()
        return audit(self.line.world.truth(), self.records)

    def counted(self) -> int:
        """The sum of the counter that scrapes show."""
        lines = self.counters.text().decode().splitlines()
        named = (line for line in lines if line.startswith("kubevigil_workload_terminations_total{"))
        return sum(int(float(line.rpartition(" ")[2])) for line in named)

    def rows(self) -> dict[str, int]:
        """The restarts that scrapes show, by pod."""
        snapshot = self.intake.snapshot()
        assert snapshot is not None
        return _restarts(b"".join(text for family in snapshot for text in family).decode())

    def tidy(self) -> None:
        """What the exporter does once an hour, with the default retention."""
        defaults = Settings()
        keep = Retention(defaults.workloads_retention, defaults.records_retention, defaults.records_limit)
        Bookkeeping(
            self.keeper,
            self.journal,
            self.counters,
            [self.intake],
            adopt=lambda: None,
            keep=keep,
            metrics=self.metrics,
            monotonic=self.line.clock.monotonic,
        ).tidy()

    def close(self) -> None:
        self.journal.close()


def _restarts(text: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for line in text.splitlines():
        if line.startswith("kubevigil_container_restarts_total{"):
            labels, _, value = line.rpartition(" ")
            found[labels.partition('pod="')[2].partition('"')[0]] = int(float(value))
    return found


def crash(world: World, ref: PodRef) -> None:
    """One full turn of a crash loop: it dies, the kubelet waits, it runs again."""
    world.crash(ref, "app", exit_code=3)
    world.back_off(ref, "app")
    world.run(ref, "app")


def assert_told(assembly: Assembly) -> Verdict:
    """Nothing lost, nothing doubled: in what was recorded, in the counter, and in the rows of the pods there are."""
    verdict = assembly.verdict()
    assert (verdict.lost, verdict.doubled) == (0, 0)
    assert assembly.counted() == verdict.expected
    return verdict
