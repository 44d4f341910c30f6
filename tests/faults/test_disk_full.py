"""The disk fills up while containers die: scrapes go on, what waits is told exactly, and room that comes back heals.

Without root the full disk is SQLite's own limit of pages, which ends a write with the same error; the long form mounts
a small tmpfs and fills it.
"""

import contextlib
import resource
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine, event

from kubevigil.app import wiring
from kubevigil.app.audit import audit
from kubevigil.demo.cluster import SimulatedCluster
from kubevigil.demo.plan import ContainerPlan
from kubevigil.model.clock import Wall
from kubevigil.store.database import open_sqlite
from kubevigil.store.errors import CannotOpen
from tests.api.running import Running, until
from tests.conftest import Tell

from .conftest import LONG

PODS = 20
DEATHS = 30
SECONDS = 30.0


class Disk(NamedTuple):
    """Where the store lies, and how its room is taken and given back."""

    folder: Path
    fill: Callable[[], None]
    free: Callable[[], None]


@pytest.fixture
def limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Disk:
    """A store that may not grow while it is full."""
    opened: list[Engine] = []
    full: list[bool] = []

    def opening(directory: Path, *, now: Wall) -> Engine:
        engine = open_sqlite(directory, now=now)

        @event.listens_for(engine, "begin")
        def _limit(connection: object) -> None:
            # SQLite lowers the limit no further than the pages there are.
            pages = 1 if full else 1_000_000
            connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")  # type: ignore[attr-defined]

        opened.append(engine)
        return engine

    monkeypatch.setattr(wiring, "open_sqlite", opening)
    return Disk(tmp_path, lambda: full.append(True), full.clear)


@pytest.fixture
def tmpfs(tmp_path: Path) -> Iterator[Disk]:
    """A file system of its own, four MiB large."""
    place = tmp_path / "small"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)], check=True)
    ballast = place / "ballast"

    def fill() -> None:
        with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
            while file.write(b"x" * 4096):
                pass

    try:
        yield Disk(place, fill, ballast.unlink)
    finally:
        subprocess.run(["umount", str(place)], check=True)


def balance(running: Running) -> tuple[float, float]:
    """Both sides of: observed = settled + superseded + waiting, of one scrape."""
    status, text = running.get("/metrics")
    assert status == 200
    values = {s.name: s.value for family in text_string_to_metric_families(text) for s in family.samples}
    told = [values[f"kubevigil_observations_{kind}total"] for kind in ("", "settled_", "superseded_")]
    return told[0], told[1] + told[2] + values["kubevigil_journal_backlog"]


def crashes(cluster: SimulatedCluster, pods: list[object], times: int) -> None:
    for _ in range(times):
        for pod in pods:
            cluster.world.crash(pod, "app", exit_code=3)  # type: ignore[arg-type]
            cluster.world.run(pod, "app")  # type: ignore[arg-type]


def run_out_of_room(disk: Disk, tell: Tell) -> None:
    cluster = SimulatedCluster(seed=5)
    pods: list[object] = [
        cluster.world.create_pod(f"app-{n}", "shop", containers=(ContainerPlan("app"),)) for n in range(PODS)
    ]
    # Without evidence, which comes when it comes, what waits can be told exactly.
    running = Running(cluster.start(), disk.folder, capture="off")
    scrapes = 0
    try:
        until(running.ready, SECONDS)
        crashes(cluster, pods, 2)
        until(lambda: len(running.records) == 2 * PODS, SECONDS)
        disk.fill()
        crashes(cluster, pods, DEATHS)
        restarts = float(PODS * (DEATHS + 2))
        until(lambda: sum(running.values("kubevigil_container_restarts_total")) == restarts, SECONDS)
        until(lambda: sum(running.values("kubevigil_store_errors_total")) >= 3, SECONDS)
        until(lambda: not running.ready(), SECONDS)
        for _ in range(20):
            observed, accounted = balance(running)
            assert observed == accounted
            scrapes += 1
        waiting = running.values("kubevigil_journal_backlog")[0]
        recorded = sum(running.values("kubevigil_workload_terminations_total"))
        assert recorded == len(running.records)
        assert waiting == 2 * PODS * DEATHS
        errors = sum(running.values("kubevigil_store_errors_total"))
        disk.free()
        until(lambda: running.values("kubevigil_journal_backlog") == [0.0], SECONDS)
        until(running.ready, SECONDS)
        verdict = audit(cluster.truth(), running.records)
        assert (verdict.expected, verdict.lost, verdict.doubled) == (PODS * (DEATHS + 2), 0, 0)
        assert sum(running.values("kubevigil_workload_terminations_total")) == verdict.expected
        assert balance(running)[0] == balance(running)[1]
        assert sum(running.values("kubevigil_thread_restarts_total")) == 0
        assert not any("damaged" in file.name for file in (disk.folder / "data").iterdir())
    finally:
        assert running.stop() == []
        cluster.stop()
    tell(
        deaths=verdict.expected,
        waited=int(waiting),
        recorded_before_room_came=int(recorded),
        refused_writes=int(errors),
        scrapes_200=scrapes,
        lost=verdict.lost,
        doubled=verdict.doubled,
    )


DISKS = ["limited", "tmpfs"] if LONG else ["limited"]


@pytest.mark.parametrize("kind", DISKS)
def test_a_full_disk_costs_no_scrape_and_no_death(kind: str, request: pytest.FixtureRequest, tell: Tell) -> None:
    run_out_of_room(request.getfixturevalue(kind), tell)


@contextlib.contextmanager
def no_file_may_grow() -> Iterator[None]:
    """A write beyond the limit fails; SQLite calls that an I/O error, as a full disk at times."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_start_without_room_is_refused_in_a_line_and_takes_nothing_for_damaged(tmp_path: Path) -> None:
    open_sqlite(tmp_path, now=lambda: 0.0).dispose()
    with no_file_may_grow(), pytest.raises(CannotOpen, match=r"kubevigil\.db: .*"):
        open_sqlite(tmp_path, now=lambda: 0.0)
    assert [f.name for f in tmp_path.iterdir() if "damaged" in f.name] == []
    open_sqlite(tmp_path, now=lambda: 0.0).dispose()
