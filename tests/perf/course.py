"""The course that each contender runs in turn, over the same recording: first list, scrapes, changes, bursts, a rate.

What happens is decided before anybody runs (`plan`), so that the recording holds it. The contender is checked at the
end: the sum of the restarts that it shows is that of the cluster, or its figures are worth nothing.
"""

import gzip
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.perf.history import Event, History
from tests.perf.measured import Measured
from tests.perf.pods import State
from tests.perf.recording import record
from tests.perf.replay import ReplayServer

ROUNDS: Final = 3
"""Of each figure the least of so many."""

BURST: Final = 5_000
RATE: Final = 1_000
RATE_SECONDS: Final = 15
CHANGED: Final = 0.01
_GZIP_SCRAPES: Final = 10
_PLAIN_SCRAPES: Final = 3
_PAUSE: Final = 0.1
_IDLE_SECONDS: Final = 4.0
_RESTARTS: Final = ("kubevigil_container_restarts_total{", "kube_pod_container_status_restarts_total{")
_OURS: Final = "kubevigil_"
_DEATHS: Final = "kubevigil_workload_terminations_total{"


@dataclass(frozen=True, slots=True)
class Plan:
    """What happens, and what is true at its end."""

    pods: int
    first: tuple[State, ...]
    changes: tuple[tuple[Event, ...], ...]
    bursts: tuple[tuple[Event, ...], ...]
    rate: tuple[Event, ...]
    restarts: int
    deaths: int

    def record(self, folder: Path, translator: Path) -> None:
        """Encodes it."""
        events = [event for part in (*self.changes, *self.bursts, self.rate) for event in part]
        record(folder, self.first, events, translator)


def plan(pods: int, seed: int = 1) -> Plan:
    """The course for so many pods."""
    history = History(pods, seed)
    changes = tuple(tuple(history.relevant(CHANGED)) for _ in range(ROUNDS))
    bursts = tuple(tuple(history.mixed(BURST)) for _ in range(ROUNDS))
    rate = tuple(history.mixed(RATE * RATE_SECONDS))
    return Plan(pods, history.first, changes, bursts, rate, history.restarts, history.deaths)


@dataclass(frozen=True, slots=True)
class Figures:
    """What came of it: CPU in seconds, memory in MB, sizes in bytes, `waits` in seconds by the wall, in their order."""

    sync_cpu: float
    sync_rss: float
    peak: float
    end_rss: float
    gzip_cpu: float
    changed_cpu: float
    plain_cpu: float
    event_cpu: float
    idle_cores: float
    plain_bytes: int
    gzip_bytes: int
    series: int
    waits: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class FirstList:
    """What a start and the first list took: CPU seconds, and MB resident after it."""

    cpu: float
    rss: float


def first_list(contender: Measured, server: ReplayServer) -> FirstList:
    """Waits until it has listed the cluster, and watches it."""
    server.happen(0)
    cpu = contender.settle()
    return FirstList(cpu, contender.memory()[0])


def run(contender: Measured, server: ReplayServer, plan: Plan) -> Figures:
    """One contender over the whole course. Raises AssertionError if what it shows in the end is not the truth."""
    sync = first_list(contender, server)
    body = contender.scrape(gzip=False).body
    contender.settle()
    gzip_cpu = min(_scrapes(contender, _GZIP_SCRAPES, gzip=True) for _ in range(ROUNDS))
    plain_cpu = min(_scrapes(contender, _PLAIN_SCRAPES, gzip=False) for _ in range(ROUNDS))
    changed_cpu = min(_after(contender, server, len(events)) for events in plan.changes)
    event_cpu = min(_burst(contender, server, len(events)) for events in plan.bursts)
    waits = _under_rate(contender, server, len(plan.rate))
    contender.settle()
    shown = contender.scrape(gzip=True)
    check(shown.body, plan)
    end_rss, peak = contender.memory()
    return Figures(
        sync_cpu=sync.cpu,
        sync_rss=sync.rss,
        peak=peak,
        end_rss=end_rss,
        gzip_cpu=gzip_cpu,
        changed_cpu=changed_cpu,
        plain_cpu=plain_cpu,
        event_cpu=event_cpu,
        idle_cores=_idle(contender),
        plain_bytes=len(body),
        gzip_bytes=shown.size,
        series=sum(not line.startswith(b"#") for line in body.splitlines()),
        waits=waits,
    )


def check(body: bytes, plan: Plan) -> None:
    """Raises AssertionError where the restarts, or the deaths that ours counts, are not those of the cluster."""
    text = gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body
    lines = text.decode().splitlines()
    restarts = sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(_RESTARTS))
    assert restarts == plan.restarts, f"it shows {restarts:,.0f} restarts, there are {plan.restarts:,}"
    if any(line.startswith(_OURS) for line in lines):
        deaths = sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(_DEATHS))
        assert deaths == plan.deaths, f"it counts {deaths:,.0f} deaths, there were {plan.deaths:,}"


def _scrapes(contender: Measured, count: int, *, gzip: bool) -> float:
    before = contender.cpu
    for _ in range(count):
        contender.scrape(gzip=gzip)
    return (contender.settle() - before) / count


def _after(contender: Measured, server: ReplayServer, events: int) -> float:
    server.happen(events)
    contender.settle()
    return _scrapes(contender, 1, gzip=True)


def _burst(contender: Measured, server: ReplayServer, events: int) -> float:
    before = contender.cpu
    server.happen(events)
    return (contender.settle() - before) / events


def _under_rate(contender: Measured, server: ReplayServer, events: int) -> tuple[float, ...]:
    server.begin(events, per_second=RATE)
    began = time.monotonic()
    waits = []
    while time.monotonic() - began < RATE_SECONDS:
        waits.append(contender.scrape(gzip=True).wall)
        time.sleep(_PAUSE)
    server.finish()
    return tuple(sorted(waits))


def _idle(contender: Measured) -> float:
    before, began = contender.cpu, time.monotonic()
    time.sleep(_IDLE_SECONDS)
    return (contender.cpu - before) / (time.monotonic() - began)
