from pathlib import Path
from threading import Event

import pytest

from kubevigil.app.bookkeeping import Bookkeeping
from kubevigil.metrics.selfmetrics import SelfMetrics
from kubevigil.pods.bookkeeper import Bookkeeper
from kubevigil.pods.counters import Counters
from kubevigil.pods.intake import Intake
from kubevigil.pods.observation import Backlog
from kubevigil.pods.selection import Selection
from kubevigil.store.database import open_sqlite
from kubevigil.store.errors import Damaged
from kubevigil.store.housekeeping import Retention
from kubevigil.store.journal import Journal
from tests.unit.pods.statuses import pod, running, terminated

HOUR = 3600.0
DAY = 24 * HOUR


class Process:
    """All that keeps books, with clocks that a test moves."""

    def __init__(self, directory: Path) -> None:
        self.now = 0.0
        journal = Journal(open_sqlite(directory, now=self.clock), cluster="test", wall=self.clock)
        loaded = journal.load()
        self.backlog = Backlog()
        self.counters = Counters(loaded.workloads, loaded.vanished, limit=100)
        self.intake = Intake("", selection=Selection(), always_info=False, pass_on=self.backlog.put, wall=self.clock)
        self.keeper = Bookkeeper(journal, loaded, self.counters, self.backlog, cluster="test", baseline_window=600)
        self.books = Bookkeeping(
            self.keeper,
            journal,
            self.counters,
            [self.intake],
            adopt=lambda: None,
            keep=Retention(workloads=7 * DAY, records=30 * DAY, most_records=100),
            metrics=SelfMetrics(version="1"),
            monotonic=self.clock,
        )

    def clock(self) -> float:
        return self.now

    def work(self) -> None:
        """As a thread that is stopped at once: it still writes all that waits."""
        stop = Event()
        stop.set()
        self.books.run(stop)

    def sees(self, *pods: object) -> None:
        self.intake.sync_started()
        self.intake.page(pods)  # type: ignore[arg-type]
        self.intake.sync_finished("1")
        self.work()


def test_a_stop_still_writes_what_waits(tmp_path: Path) -> None:
    process = Process(tmp_path)
    process.sees()
    process.sees(pod(terminated(0)))
    assert len(process.backlog) == 0
    assert b'class="error"' in process.counters.text()


def test_damage_found_while_tidying_is_mended_with_the_next_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = Process(tmp_path)
    process.sees()
    process.sees(pod(terminated(0)))

    def rotten(*_: object) -> None:
        raise Damaged("database disk image is malformed")

    monkeypatch.setattr(Journal, "tidy", rotten)
    process.books.tidy()
    process.sees(pod(terminated(1)))
    assert any("damaged" in file.name for file in tmp_path.iterdir())
    assert Process(tmp_path).counters.text() == process.counters.text()
    assert process.books.failing == ""


def test_every_hour_it_forgets_what_is_too_old(tmp_path: Path) -> None:
    process = Process(tmp_path)
    process.sees()
    process.sees(pod(terminated(0)))
    process.sees(pod(running(0), uid="another", namespace="other"))
    for _ in range(9):
        process.now += DAY
        process.sees(pod(running(0), uid="another", namespace="other"), pod(terminated(0), uid="x", namespace="other"))
    assert b'namespace="shop"' not in process.counters.text()
    assert b'namespace="other"' in process.counters.text()
