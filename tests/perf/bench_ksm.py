"""Beside kube-state-metrics: the same pods, the same events, one after the other, in one run on this machine.

A recording of a cluster (tests/perf/pods, history) is replayed to each, to ours as JSON, to theirs as protobuf, as each
asks. CPU is that of the process's own clock, all threads, the least of three; it is usable on a busy machine, where
seconds by the wall are not.

  kubevigil                `run` as it ships but for --capture=off: kube-state-metrics reads no logs either
  kubevigil, with logs     `run` as it ships; it also reads, redacts and stores the log of each crash
  kube-state-metrics       pods only, the eight families that answer the same questions, gzip on
  the same as it ships     pods only, all families, no gzip

Run: .venv/bin/python -m tests.perf.bench_ksm [PODS...]; needs testbed/build kube-state-metrics pod-protobuf
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from tests.perf import contenders, course, table
from tests.perf.binaries import built
from tests.perf.course import Figures, FirstList, Plan
from tests.perf.measured import Measured
from tests.perf.replay import ReplayServer
from tests.perf.table import Row

PODS: Final = (10_000, 50_000)
_MORE_STARTS: Final = 2
_MANY: Final = 50_000
"""From here on the second of two ratios is wanted."""

Start = Callable[[Path, str], Measured]


def contestants(binaries: Path) -> Mapping[str, Start]:
    """Who runs the course, by name."""
    ksm = binaries / "kube-state-metrics"
    return {
        "ours": lambda folder, url: contenders.kubevigil(folder, url, ["--capture=off"]),
        "ours with logs": contenders.kubevigil,
        "theirs": lambda folder, url: contenders.kube_state_metrics(folder, url, ksm),
        "theirs as shipped": lambda folder, url: contenders.kube_state_metrics(folder, url, ksm, ()),
    }


def rows(figures: Mapping[str, Figures], starts: Mapping[str, FirstList], pods: int) -> list[Row]:
    """What is compared, and what the ratio should be."""
    ours, logs, theirs, shipped = (figures[n] for n in ("ours", "ours with logs", "theirs", "theirs as shipped"))
    first, their_first = starts["ours"], starts["theirs"]

    def wanted(few: float, many: float) -> float:
        return many if pods >= _MANY else few

    return [
        Row("CPU of start and first list", first.cpu, their_first.cpu, table.seconds, wanted(0.7, 0.4)),
        Row("resident after it", first.rss, their_first.rss, table.megabytes, wanted(0.4, 0.12)),
        Row("most resident of the whole course", ours.peak, theirs.peak, table.megabytes, wanted(0.45, 0.2)),
        Row("resident at its end", ours.end_rss, theirs.end_rss, table.megabytes),
        Row("CPU of a gzip scrape, nothing changed", ours.gzip_cpu, theirs.gzip_cpu, table.seconds, wanted(0.02, 0.01)),
        Row("CPU of a gzip scrape, 1 % changed", ours.changed_cpu, theirs.changed_cpu, table.seconds, 0.2),
        Row("CPU of a plain scrape", ours.plain_cpu, theirs.plain_cpu, table.seconds, 0.5),
        Row("CPU per event of the watch", ours.event_cpu, theirs.event_cpu, table.seconds, 1.0),
        Row("  the same, logs of crashes read too", logs.event_cpu, theirs.event_cpu, table.seconds),
        Row("cores when nothing happens", ours.idle_cores, theirs.idle_cores, table.number),
        Row("gzip scrape then, p50 by the wall", _share(ours, 0.5), _share(theirs, 0.5), table.seconds),
        Row("gzip scrape then, p99 by the wall", _share(ours, 0.99), _share(theirs, 0.99), table.seconds, 0.1),
        Row("bytes of a plain scrape", ours.plain_bytes, theirs.plain_bytes, table.size, 0.3),
        Row("bytes of a gzip scrape", ours.gzip_bytes, theirs.gzip_bytes, table.size),
        Row("series", ours.series, theirs.series, table.number),
        Row("as shipped: CPU of Prometheus's scrape", logs.gzip_cpu, shipped.gzip_cpu, table.seconds),
        Row("as shipped: bytes of Prometheus's scrape", logs.gzip_bytes, shipped.gzip_bytes, table.size),
        Row("as shipped: series", logs.series, shipped.series, table.number),
        Row("as shipped: CPU of start and first list", starts["ours with logs"].cpu, shipped.sync_cpu, table.seconds),
        Row("as shipped: most resident", logs.peak, shipped.peak, table.megabytes),
        Row("as shipped: CPU per event of the watch", logs.event_cpu, shipped.event_cpu, table.seconds),
    ]


def measure(pods: int, binaries: Path) -> None:
    """Prints a table for a cluster of so many pods."""
    with tempfile.TemporaryDirectory() as name:
        recording = Path(name)
        plan = course.plan(pods)
        plan.record(recording, binaries / "pod-protobuf")
        figures: dict[str, Figures] = {}
        starts: dict[str, FirstList] = {}
        for who, start in contestants(binaries).items():
            figures[who] = _whole_course(recording, start, plan)
            starts[who] = _best_start(recording, start, figures[who])
    _tell(f"\n{pods:,} pods; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for line in table.table(rows(figures, starts, pods)):
        _tell(line)


def _whole_course(recording: Path, start: Start, plan: Plan) -> Figures:
    with (
        ReplayServer(recording) as server,
        tempfile.TemporaryDirectory() as own,
        start(Path(own), server.url) as contender,
    ):
        return course.run(contender, server, plan)


def _best_start(recording: Path, start: Start, figures: Figures) -> FirstList:
    found = [FirstList(figures.sync_cpu, figures.sync_rss)]
    for _ in range(_MORE_STARTS):
        with (
            ReplayServer(recording) as server,
            tempfile.TemporaryDirectory() as own,
            start(Path(own), server.url) as contender,
        ):
            found.append(course.first_list(contender, server))
    return FirstList(min(each.cpu for each in found), min(each.rss for each in found))


def _share(figures: Figures, share: float) -> float:
    return figures.waits[int(share * (len(figures.waits) - 1))]


def _tell(line: str) -> None:
    print(line, flush=True)  # noqa: T201  a measurement's figures


def main() -> None:
    """For each number of pods that is given."""
    binaries = built("kube-state-metrics", "pod-protobuf")
    _tell("Beside " + _version(binaries / "kube-state-metrics"))
    for pods in map(int, sys.argv[1:] or PODS):
        measure(pods, binaries)


def _version(binary: Path) -> str:
    return subprocess.run([binary, "version"], stdout=subprocess.PIPE, check=True, text=True).stdout.splitlines()[0]


if __name__ == "__main__":
    main()
