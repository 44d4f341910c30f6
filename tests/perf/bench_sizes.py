"""How Kubevigil grows with the cluster, as it ships: memory and CPU by the number of pods, a storm of crashes, a table.

sizes [PODS...]: start and first list, resident memory, what a scrape is for Prometheus; a line for each number of pods.
storm [PODS]: a twentieth of all pods dies within a minute. Whether it keeps up: the greatest backlog seen, how long
after the last event all deaths are counted, CPU and bytes of the store for each crash, its log included.

CPU is the process's own; seconds by the wall are those of a quiet machine only.
Run: .venv/bin/python -m tests.perf.bench_sizes sizes|storm [...]; needs testbed/build pod-protobuf
"""

import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.perf.binaries import built
from tests.perf.contenders import kubevigil
from tests.perf.course import first_list
from tests.perf.history import Event, History
from tests.perf.measured import Measured
from tests.perf.recording import record
from tests.perf.replay import ReplayServer
from tests.perf.table import aligned, megabytes, number, seconds, size

SIZES: Final = (1_000, 5_000, 10_000, 20_000, 50_000, 100_000)
STORM_PODS: Final = 10_000
_STORM_SHARE: Final = 0.05
_STORM_SECONDS: Final = 60
_POLL: Final = 2.0
"""Seconds between two looks at the backlog; each is a scrape, and counts as CPU of ours."""

_GIVE_UP: Final = 600
_SCRAPES: Final = 10


@dataclass(frozen=True, slots=True)
class Size:
    """What a cluster of `pods` takes: CPU in seconds, memory in MB, bytes."""

    pods: int
    sync_cpu: float
    rss: float
    peak: float
    scrape_cpu: float
    plain: int
    compressed: int
    series: int
    store: int

    def cells(self) -> tuple[str, ...]:
        """As text, in the order of the head."""
        return (
            f"{self.pods:,}",
            seconds(self.sync_cpu),
            megabytes(self.rss),
            megabytes(self.peak),
            seconds(self.scrape_cpu),
            size(self.plain),
            size(self.compressed),
            number(self.series),
            size(self.store),
        )


_HEAD: Final = ("pods", "CPU to sync", "resident", "most", "gzip scrape", "plain", "gzip", "series", "store")


@contextmanager
def running(history: History, events: Sequence[Event]) -> Iterator[tuple[Measured, ReplayServer, Path]]:
    """Kubevigil as it ships, synced, beside a replay of the cluster; its data directory."""
    with tempfile.TemporaryDirectory() as name:
        recording, own = Path(name, "recording"), Path(name, "own")
        recording.mkdir()
        own.mkdir()
        record(recording, history.first, events, built("pod-protobuf") / "pod-protobuf")
        with ReplayServer(recording) as server, kubevigil(own, server.url) as exporter:
            yield exporter, server, own / "data"


def measure_size(pods: int) -> Size:
    """One size."""
    with running(History(pods), ()) as (exporter, server, data):
        first = first_list(exporter, server)
        plain = exporter.scrape(gzip=False).body
        before = exporter.settle()
        compressed = [exporter.scrape(gzip=True).size for _ in range(_SCRAPES)][-1]
        scrape_cpu = (exporter.settle() - before) / _SCRAPES
        return Size(
            pods=pods,
            sync_cpu=first.cpu,
            rss=first.rss,
            peak=exporter.memory()[1],
            scrape_cpu=scrape_cpu,
            plain=len(plain),
            compressed=compressed,
            series=sum(not line.startswith(b"#") for line in plain.splitlines()),
            store=_bytes_in(data),
        )


def measure_sizes(sizes: Sequence[int]) -> None:
    """Prints a line for each, and the growth for each pod between the least and the most."""
    found = [measure_size(pods) for pods in sizes]
    for line in aligned([_HEAD, *(each.cells() for each in found)]):
        _tell(line)
    least, most = found[0], found[-1]
    if (more := most.pods - least.pods) > 0:
        cpu, rss = (most.sync_cpu - least.sync_cpu) / more, (most.rss - least.rss) * 1e6 / more
        _tell(f"for each further pod {cpu * 1e6:.0f} µs at the first list and {rss:,.0f} bytes resident")


def measure_storm(pods: int) -> None:
    """Prints whether it keeps up with a storm of crashes."""
    history = History(pods)
    crashes = history.crashes(_STORM_SHARE)
    with running(history, crashes) as (exporter, server, data):
        first_list(exporter, server)
        cpu, stored = exporter.cpu, _bytes_in(data)
        server.begin(len(crashes), per_second=max(1, len(crashes) // _STORM_SECONDS))
        backlog, began = 0.0, time.monotonic()
        while time.monotonic() - began < _STORM_SECONDS:
            backlog = max(backlog, _value(exporter, "kubevigil_journal_backlog"))
            time.sleep(_POLL)
        server.finish()
        late = _until_counted(exporter, history.deaths)
        read = _value(exporter, 'kubevigil_crash_logs_captured_total{result="ok"}')
        cpu, stored = exporter.settle() - cpu, _bytes_in(data) - stored
        _tell(f"{pods:,} pods, {len(crashes):,} crashes in {_STORM_SECONDS} s; the logs of {read:,.0f} read")
        _tell(f"greatest backlog seen {backlog:,.0f}; all counted {late:.1f} s after the last (by the wall)")
        _tell(f"CPU {seconds(cpu / len(crashes))} and {stored / len(crashes):,.0f} bytes of store for each crash")
        _tell(f"most resident {megabytes(exporter.memory()[1])}")


def _until_counted(exporter: Measured, deaths: int) -> float:
    """Seconds. Raises TimeoutError."""
    began = time.monotonic()
    while _value(exporter, "kubevigil_workload_terminations_total{") < deaths:
        if time.monotonic() - began > _GIVE_UP:
            raise TimeoutError(f"not all of {deaths} deaths counted after {_GIVE_UP} s")
        time.sleep(_POLL)
    return time.monotonic() - began


def _value(exporter: Measured, name: str) -> float:
    """The sum of the samples that begin so."""
    lines = exporter.scrape(gzip=False).body.decode().splitlines()
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(name))


def _bytes_in(data: Path) -> int:
    return sum(file.stat().st_size for file in data.iterdir())


def _tell(line: str) -> None:
    print(line, flush=True)  # noqa: T201  a measurement's figures


def main() -> None:
    """Does what the arguments say."""
    _tell(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    match sys.argv[1:]:
        case ["sizes", *sizes]:
            measure_sizes([int(word) for word in sizes] or SIZES)
        case ["storm", *sizes]:
            for pods in [int(word) for word in sizes] or [STORM_PODS]:
                measure_storm(pods)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
