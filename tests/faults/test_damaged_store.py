"""A store whose files were flipped or cut: the next process starts, counts on, and tells no old death as new."""

import random
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import NamedTuple

import pytest
from sqlalchemy import Connection, Engine, event

from kubevigil.app import wiring
from kubevigil.app.audit import audit
from kubevigil.demo.cluster import SimulatedCluster
from kubevigil.demo.plan import ContainerPlan
from kubevigil.model.clock import Wall
from kubevigil.model.pod import ContainerType, Pod
from kubevigil.model.record import Record
from kubevigil.pods.bookkeeper import Bookkeeper
from kubevigil.pods.counters import Counters
from kubevigil.pods.observation import Backlog, Item, Listed, Observed
from kubevigil.store.database import FILE_NAME, open_sqlite
from kubevigil.store.errors import StoreError
from kubevigil.store.journal import Journal
from tests.api.running import Running, until
from tests.conftest import Tell
from tests.unit.pods.statuses import EPOCH, ended, pod, terminated

SEED = 11
PODS = 150
DEATHS = 4
LATER = EPOCH + 100_000.0
"""When the next process starts: all deaths so far are older than the baseline's window."""


def of(index: int, deaths: int = DEATHS, at: float | None = None) -> Pod:
    last = ended(deaths - 1, at=at)
    status = terminated(deaths - 1, end=last, last=ended(deaths - 2))
    return pod(status, uid=f"uid-{index:04}", name=f"app-{index}", namespace=f"ns-{index % 7}", version=deaths)


class Process:
    """One process's life on a store: what it told and what it counted."""

    def __init__(self, folder: Path, now: float) -> None:
        self._now = now
        engine = open_sqlite(folder, now=lambda: now)
        self.journal = Journal(engine, cluster="test", wall=lambda: now)
        loaded = self.journal.load()
        self.counters = Counters(loaded.workloads, loaded.vanished, limit=1000)
        self._backlog = Backlog()
        self.records: list[Record] = []
        self.failures: list[StoreError] = []
        self._keeper = Bookkeeper(
            self.journal,
            loaded,
            self.counters,
            self._backlog,
            cluster="test",
            baseline_window=600,
            recorded=self.records.append,
            failed=self.failures.append,
        )

    def take(self, *items: Item) -> None:
        for item in items:
            self._backlog.put(item)
        while self._keeper.step(0, Event()):
            assert len(self.failures) < 5, f"does not come to rest: {self.failures[-1]}"

    def see(self, *pods: Pod) -> list[Record]:
        """What is told of these pods."""
        before = len(self.records)
        self.take(
            *(
                Observed(
                    p, [(ContainerType.APP, s) for s in p.status.container_statuses or ()], frozenset(), self._now, ""
                )
                for p in pods
            )
        )
        return self.records[before:]

    def listed(self, *pods: Pod) -> list[Record]:
        told = self.see(*pods)
        self.take(Listed("", frozenset(p.metadata.uid for p in pods)))
        return told

    def total(self) -> int:
        return sum(self.counters.values()[0].values())


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store in use: half of it in the file, the rest still in the write-ahead log."""
    folder = tmp_path_factory.mktemp("whole")
    process = Process(folder, EPOCH + 1000.0)
    process.take(Listed("", frozenset()))
    process.see(*(of(index, 2) for index in range(PODS)))
    process.journal.close()
    process = Process(folder, EPOCH + 1000.0)
    process.see(*(of(index) for index in range(PODS)))
    copy = tmp_path_factory.mktemp("crashed")
    for file in (FILE_NAME, f"{FILE_NAME}-wal"):
        shutil.copy(folder / file, copy / file)
    assert process.total() == PODS * DEATHS
    process.journal.close()
    return copy


class Damage(NamedTuple):
    file: str
    kind: str
    offset: int

    def do(self, folder: Path) -> None:
        path = folder / self.file
        data = bytearray(path.read_bytes())
        match self.kind:
            case "cut":
                del data[self.offset :]
            case "bit":
                data[self.offset] ^= 1 << (self.offset % 8)
            case "byte":
                data[self.offset] = (data[self.offset] + 0x55) & 0xFF
            case _:
                data[self.offset : self.offset + 4096] = bytes(len(data[self.offset : self.offset + 4096]))
        path.write_bytes(data)


def damages(store: Path, count: int) -> Iterator[Damage]:
    """Spread over both files; the first page, which everything hangs on, gets more than its share."""
    chance = random.Random(SEED)
    for index in range(count):
        file = FILE_NAME if index % 3 else f"{FILE_NAME}-wal"
        size = (store / file).stat().st_size
        offset = chance.randrange(min(size, 8192)) if index % 5 == 0 else chance.randrange(size)
        yield Damage(file, ("bit", "cut", "byte", "zeros")[index % 4], offset)


def set_aside(folder: Path) -> bool:
    return any("damaged" in f.name for f in folder.iterdir())


@pytest.mark.timeout(600)
def test_a_store_flipped_or_cut_anywhere_is_read_or_set_aside_and_counts_on_without_a_storm(
    store: Path, tmp_path: Path, long_form: bool, tell: Tell
) -> None:
    count = 500 if long_form else 40
    aside = in_use = 0
    told_again, slowest = 0, 0.0
    for index, damage in enumerate(damages(store, count)):
        folder = shutil.copytree(store, tmp_path / str(index))
        damage.do(folder)
        begun = time.monotonic()
        process = Process(folder, LATER)
        slowest = max(slowest, time.monotonic() - begun)
        aside += set_aside(folder)
        # A log that was cut gives up its last commits whole, counters too: those deaths are told again, and rightly.
        lost_commits = PODS * DEATHS - process.total() if process.total() else 0
        again = len(process.listed(*(of(index) for index in range(PODS)))) - lost_commits
        told_again = max(told_again, again)
        assert abs(again) <= DEATHS, f"seed {SEED}, {damage}: {again} old deaths told as new"
        new = process.see(*(of(index, DEATHS + 1, at=99_990) for index in range(PODS)))
        assert len(new) in range(PODS - 1, PODS + DEATHS), f"seed {SEED}, {damage}"
        in_use += bool(process.failures)
        process.journal.close()
        shutil.rmtree(folder)
    assert slowest <= 5, f"seed {SEED}"
    tell(
        damages=count,
        set_aside_at_the_start=aside,
        found_while_in_use=in_use,
        most_old_deaths_told_again=told_again,
        slowest_start_seconds=f"{slowest:.2f}",
    )


def test_a_store_that_rots_while_it_is_used_is_begun_anew_from_memory_and_nothing_is_lost(
    store: Path, tmp_path: Path, tell: Tell
) -> None:
    folder = shutil.copytree(store, tmp_path / "store")
    process = Process(folder, LATER)
    assert process.listed(*(of(index) for index in range(PODS))) == []
    path = folder / FILE_NAME
    process.journal.close()
    path.write_bytes(path.read_bytes()[:4096] + b"\xa5" * (path.stat().st_size - 4096))
    new = process.see(*(of(index, DEATHS + 1, at=99_990) for index in range(PODS)))
    assert [str(f) for f in process.failures] != []
    assert set_aside(folder)
    assert (len(new), process.total()) == (PODS, PODS * (DEATHS + 1))
    process.journal.close()
    after = Process(folder, LATER)
    assert after.total() == PODS * (DEATHS + 1)
    assert after.listed(*(of(index, DEATHS + 1, at=99_990) for index in range(PODS))) == []
    assert len(after.see(of(0, DEATHS + 2, at=99_995))) == 1
    after.journal.close()
    tell(failed_writes=len(process.failures), lost=0, doubled=0, counters_kept=process.total())


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite reads its file again for each transaction; what it still holds in memory would hide the damage."""

    def opening(directory: Path, *, now: Wall) -> Engine:
        engine = open_sqlite(directory, now=now)

        @event.listens_for(engine, "begin")
        def _forget(connection: Connection) -> None:
            connection.exec_driver_sql("PRAGMA shrink_memory")

        return engine

    monkeypatch.setattr(wiring, "open_sqlite", opening)


@pytest.mark.usefixtures("forgetful")
def test_a_running_exporter_whose_store_rots_goes_on_scraped_and_ready_with_nothing_lost_or_doubled(
    tmp_path: Path, tell: Tell
) -> None:
    cluster = SimulatedCluster(seed=SEED)
    pods = [cluster.world.create_pod(f"app-{n}", "shop", containers=(ContainerPlan("app"),)) for n in range(20)]

    def crash_all(times: int) -> None:
        for ref in pods * times:
            cluster.world.crash(ref, "app", exit_code=3)
            cluster.world.run(ref, "app")

    exporter = Running(cluster.start(), tmp_path)
    try:
        until(exporter.ready)
        crash_all(5)
        until(lambda: len(exporter.records) == 100)
        for file in (tmp_path / "data").iterdir():
            if not file.name.endswith("-shm"):
                file.write_bytes(b"\xa5" * file.stat().st_size)
        crash_all(5)
        until(lambda: set_aside(tmp_path / "data"))
        until(lambda: sum(exporter.values("kubevigil_workload_terminations_total")) == 200)
        until(exporter.ready)
        verdict = audit(cluster.truth(), exporter.records)
        assert (verdict.expected, verdict.lost, verdict.doubled, len(exporter.records)) == (200, 0, 0, 200)
        assert sum(exporter.values("kubevigil_thread_restarts_total")) == 0
        errors = sum(exporter.values("kubevigil_store_errors_total"))
    finally:
        assert exporter.stop() == []
        cluster.stop()
    after = Process(tmp_path / "data", LATER)
    assert after.total() == 200
    after.journal.close()
    tell(deaths=verdict.expected, lost=0, doubled=0, refused_writes=int(errors), thread_restarts=0)
