"""Pods come, crash and go, tens of thousands of them: series and memory return to where they were."""

import gc
import re
from pathlib import Path
from threading import Event

import pytest

from kubevigil.metrics.exposition import Exposition
from kubevigil.model.pod import OwnerReference, Pod
from kubevigil.pods.bookkeeper import Bookkeeper
from kubevigil.pods.counters import Counters
from kubevigil.pods.families import FAMILIES
from kubevigil.pods.intake import Intake
from kubevigil.pods.observation import Backlog
from kubevigil.pods.selection import Selection
from kubevigil.store.database import open_sqlite
from kubevigil.store.journal import Journal
from tests.conftest import Tell
from tests.unit.pods.statuses import EPOCH, ended, pod, running, terminated

NOW = EPOCH + 1000.0
AT_ONCE = 500
MIB = 1024 * 1024
ROOM = 16 * MIB
"""What an allocator may keep for itself; a book of every pod that is gone would be more than that in the long form."""

OWNER = OwnerReference(kind="ReplicaSet", name="app-7d4b9c6f5", controller=True)


def resident() -> int:
    """Bytes of the process in memory, without what could be collected."""
    gc.collect()
    found = re.search(r"VmRSS:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    assert found is not None
    return int(found[1]) * 1024


class Exporter:
    """Everything between the decoder and the scrape."""

    def __init__(self, folder: Path) -> None:
        self.journal = Journal(open_sqlite(folder, now=lambda: NOW), cluster="test", wall=lambda: NOW)
        loaded = self.journal.load()
        self.backlog = Backlog()
        self.counters = Counters(loaded.workloads, loaded.vanished, limit=1000)
        self.told = 0
        self.intake = Intake("", selection=Selection(), always_info=False, pass_on=self.backlog.put, wall=lambda: NOW)
        self.exposition = Exposition(FAMILIES, self.counters.text)
        self.keeper = Bookkeeper(
            self.journal,
            loaded,
            self.counters,
            self.backlog,
            cluster="test",
            baseline_window=600,
            recorded=lambda _: self._count(),
        )
        self._version = 1

    def _count(self) -> None:
        self.told += 1

    def settle(self) -> None:
        while self.keeper.step(0, Event()):
            pass
        if (snapshot := self.intake.snapshot()) is not None:
            self.exposition.publish("", snapshot)

    def series(self) -> int:
        text = b"".join(self.exposition.plain()).decode()
        return sum(1 for line in text.splitlines() if not line.startswith("#"))

    def live(self, first: int, count: int) -> None:
        """So many pods are created, crash twice, and are deleted."""
        for index in range(first, first + count):
            self._change(index, running(0))
            self._change(index, terminated(0))
            self._change(index, terminated(1, last=ended(0)))
        self.settle()
        for index in range(first, first + count):
            self.intake.deleted(self._pod(index, terminated(1, last=ended(0))))
        self.settle()

    def _change(self, index: int, status: object) -> None:
        self.intake.changed(self._pod(index, status))

    def _pod(self, index: int, status: object) -> Pod:
        self._version += 1
        return pod(
            status,  # type: ignore[arg-type]
            name=f"app-7d4b9c6f5-{index:06}",
            uid=f"00000000-0000-4000-8000-{index:012}",
            version=self._version,
            owner=OWNER,
            meta={"labels": None},
        )


@pytest.mark.timeout(600)
def test_after_pods_came_crashed_and_went_series_and_memory_are_where_they_were(
    tmp_path: Path, long_form: bool, tell: Tell
) -> None:
    count = 100_000 if long_form else 5_000
    exporter = Exporter(tmp_path)
    exporter.intake.sync_started()
    exporter.intake.sync_finished("1")
    exporter.settle()
    # As many as the deleted pods that are remembered, so that what is bounded is full before it is weighed.
    warm = 4_500
    exporter.live(0, AT_ONCE)
    series = exporter.series()
    for first in range(AT_ONCE, warm, AT_ONCE):
        exporter.live(first, AT_ONCE)
    before = resident()
    for first in range(warm, warm + count, AT_ONCE):
        exporter.live(first, AT_ONCE)
    grown = resident() - before
    assert exporter.told == 2 * (warm + count)
    assert exporter.series() == series
    assert exporter.keeper._books == {}
    assert exporter.backlog.tally().waiting == 0
    assert grown < ROOM
    tell(
        pods=warm + count,
        deaths_recorded=exporter.told,
        series_before_and_after=series,
        grown_mib=f"{grown / MIB:.1f}",
        books_of_gone_pods=len(exporter.keeper._books),
        store_mib=f"{exporter.journal.size() / MIB:.0f}",
    )
    exporter.journal.close()
