"""A backlog that goes down, and how soon a crash arrives: the sidecar beside an exporter's journal.

backlog [CRASHES]: so many crashes (100,000) with a log of 4 KiB each wait in a store; `kubevigil ship` sends them while
a journal on the same store goes on committing. Prints documents a second, the sidecar's peak of memory, the journal's
commits without and with the sidecar, and what was lost. With `opensearch` or `elasticsearch` as a further argument it
goes to a real node of that, else to a stand-in.
latency [SECONDS]: `kubevigil run` and `kubevigil ship` beside a simulated cluster with 50 crashes a second.

Run: .venv/bin/python -m tests.perf.bench_ship backlog|latency [...]
"""

import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

from kubevigil.demo.cluster import SimulatedCluster
from kubevigil.demo.kubeconfig import write_kubeconfig
from kubevigil.model import clock
from tests.api.running import until
from tests.faults.logs_storm import CRASHES_A_SECOND, Storm
from tests.faults.process import get
from tests.faults.ship_backlog import backlog, peak_mib, sidecar
from tests.faults.ship_engine import count, engine
from tests.faults.ship_process import Line, command
from tests.faults.ship_server import Server
from tests.faults.ship_store import deliveries, ids_of_sent, numbers
from tests.ports import free_port
from tests.unit.store.making import Store, noise, said

CRASHES = 100_000
BYTES = 4096
COMMITS_EVERY = 0.1
LATENCY_SECONDS = 60


class Committing:
    """An exporter's journal that commits a crash and a log again and again; `seconds` is what each commit took."""

    def __init__(self, folder: Path) -> None:
        self._store = Store(folder, now=clock.wall(), sinks=("elsewhere",))
        self._number = CRASHES * 10
        self.seconds: list[float] = []
        self.wal = 0
        self._folder = folder

    def during(self, work: Callable[[], None]) -> list[float]:
        """What commits took while the work was done, in milliseconds, in order of their size."""
        self.seconds, done = [], Event()
        thread = Thread(target=self._run, args=(done,))
        thread.start()
        try:
            work()
        finally:
            done.set()
            thread.join()
        return sorted(1000 * seconds for seconds in self.seconds)

    def close(self) -> None:
        self._store.journal.close()

    def _run(self, done: Event) -> None:
        while not done.wait(COMMITS_EVERY):
            self._number += 1
            began = time.perf_counter()
            self._store.crash(self._number, evidence=lambda number: said(noise(BYTES, number)))
            self.seconds.append(time.perf_counter() - began)
            self.wal = max(self.wal, (self._folder / "kubevigil.db-wal").stat().st_size)


def measure_backlog(crashes: int, kind: str) -> None:
    """Prints a line a figure."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        began = time.monotonic()
        records = backlog(folder, lambda number: noise(BYTES, number), crashes)
        _tell(f"{crashes:,} crashes with logs of {BYTES:,} bytes written in {time.monotonic() - began:.0f} s")
        committing = Committing(folder)
        alone = committing.during(lambda: time.sleep(10))
        if kind:
            with engine(kind, folder) as url:
                beside = committing.during(lambda: _drain(folder, url, len(records)))
                _tell(f"lost {len(records) - count(url)}")
        else:
            with Server() as server:
                beside = committing.during(lambda: _drain(folder, server.url, len(records)))
                held = server.held()
                lost = {record.id for record in records} - held["documents"].keys()
                _tell(f"lost {len(lost)}, doubled {len(held['documents']) - len(records)}, requests {held['requests']}")
        committing.close()
        _tell(f"a commit of the exporter's journal without the sidecar: {_shares(alone)} ms")
        _tell(f"a commit of the exporter's journal beside the sidecar: {_shares(beside)} ms")
        _tell(f"the write-ahead log at its largest: {committing.wal / 2**20:.0f} MiB")


def _drain(folder: Path, url: str, crashes: int) -> None:
    log = folder / "log"
    process = sidecar(folder, url, log)
    try:
        until(lambda: deliveries(folder)["sent"], 60)
        began, first, peak = time.monotonic(), deliveries(folder)["sent"], 0.0
        while numbers(folder)["sent"] < crashes:
            peak = peak_mib(process.pid)
            time.sleep(0.2)
            assert process.poll() is None, log.read_text("utf-8")[-2000:]
        seconds = time.monotonic() - began
        cpu = sum(map(int, Path(f"/proc/{process.pid}/stat").read_text("ascii").rsplit(") ", 1)[1].split()[11:13]))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    _tell(f"{(crashes - first) / seconds:,.0f} documents a second; {seconds:.0f} s, the first {first} not counted")
    _tell(f"the sidecar's peak of memory: {peak:.0f} MiB; CPU {cpu / os.sysconf('SC_CLK_TCK'):.0f} s")
    _tell(f"noted as sent: {len(ids_of_sent(folder)):,}")


def measure_latency(seconds: int) -> None:
    """Prints how long after the exporter learnt of a crash it was taken by the server."""
    with tempfile.TemporaryDirectory() as name, Server() as server:
        folder = Path(name)
        cluster = SimulatedCluster(seed=1, keep_changes=20_000)
        storm = Storm(cluster, 150)
        port = free_port()
        common = [f"--data-dir={folder / 'data'}", f"--elasticsearch-hosts={server.url}"]
        kubeconfig = write_kubeconfig(folder, cluster.start())
        start = command(folder / "log")
        own = [f"--kubeconfig={kubeconfig}", f"--listen=127.0.0.1:{port}", "--cluster-name=simulated"]
        children = [
            start(Line(["run", *common, *own], seconds=600)),
            start(Line(["ship", *common, "--ship-listen=127.0.0.1:0"], seconds=600)),
        ]
        try:
            until(lambda: get(port, "/readyz"), 60)
            lasted = storm.rage(per_second=CRASHES_A_SECOND, seconds=seconds)
            until(lambda: numbers(folder / "data")["sent"] == storm.crashes, 60)
        finally:
            for child in children:
                child.signal(signal.SIGTERM)
                child.wait()
            cluster.stop()
        took = sorted(at - observed for observed, at in server.held()["documents"].values())
    _tell(f"{storm.crashes} crashes, {storm.crashes / lasted:.0f} a second; lost {storm.crashes - len(took)}")
    _tell(f"from the receipt of the event until it is taken: {_shares(took)} s")


def _shares(ordered: list[float]) -> str:
    p50, p99 = (ordered[int(share * (len(ordered) - 1))] for share in (0.5, 0.99))
    return f"p50 {p50:.2f}, p99 {p99:.2f}, most {ordered[-1]:.2f}, of {len(ordered)}:"


def _tell(line: str) -> None:
    print(line, flush=True)  # noqa: T201  a measurement's figures


def main() -> None:
    """Does what the arguments say."""
    _tell(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    match sys.argv[1:]:
        case ["latency", *more]:
            measure_latency(int(more[0]) if more else LATENCY_SECONDS)
        case ["backlog", *more]:
            numbers_given = [int(word) for word in more if word.isdigit()]
            measure_backlog(
                numbers_given[0] if numbers_given else CRASHES, next((w for w in more if not w.isdigit()), "")
            )
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
