"""Observations in, records and counters out, over a real SQLite file; faults of the store are raised by wrapping it."""

from pathlib import Path
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kubevigil.model.pod import ContainerType, Pod
from kubevigil.model.record import Record
from kubevigil.model.record import TerminationClass as Is
from kubevigil.pods.bookkeeper import Bookkeeper
from kubevigil.pods.counters import Counters
from kubevigil.pods.observation import Backlog, Gone, Item, Listed, Observed
from kubevigil.pods.recording import Cleaned
from kubevigil.store.database import open_sqlite
from kubevigil.store.errors import Damaged, StoreError, WriteFailed
from kubevigil.store.journal import Batch, Committed, Journal, Loaded

from .statuses import EPOCH, ended, pod, running, terminated

NOW = EPOCH + 1000.0


def seen(the_pod: Pod, *, was_running: bool = False, scope: str = "") -> Observed:
    containers = [(ContainerType.APP, s) for s in the_pod.status.container_statuses or ()]
    return Observed(the_pod, containers, frozenset({"app"} if was_running else ()), NOW, scope)


class Books:
    """One process's life: opens the store, keeps books, ends."""

    def __init__(
        self,
        directory: Path,
        *,
        limit: int = 100,
        journal: type[Journal] = Journal,
        cleaned: Cleaned = lambda text, _: text,
    ) -> None:
        engine = open_sqlite(directory, now=lambda: NOW)
        self.journal = journal(engine, cluster="test", wall=lambda: NOW)
        loaded = self.journal.load()
        self.counters = Counters(loaded.workloads, loaded.vanished, limit=limit)
        self.backlog = Backlog()
        self.records: list[Record] = []
        self.failures: list[StoreError] = []
        self.keeper = Bookkeeper(
            self.journal,
            loaded,
            self.counters,
            self.backlog,
            cluster="test",
            baseline_window=600,
            cleaned=cleaned,
            recorded=self.records.append,
            failed=self.failures.append,
        )
        self.stop = Event()

    def take(self, *items: Item) -> None:
        for item in items:
            self.backlog.put(item)
        while self.keeper.step(0, self.stop):
            pass

    def total(self) -> int:
        lines = self.counters.text().decode().splitlines()
        return sum(int(line.rsplit(" ", 1)[1]) for line in lines if line.startswith("kubevigil_workload_terminations"))


@pytest.fixture
def books(tmp_path: Path) -> Books:
    books = Books(tmp_path)
    books.take(Listed("", frozenset()))
    return books


def test_a_crash_is_recorded_and_counted_once_however_often_it_is_observed(books: Books) -> None:
    crashed = seen(pod(terminated(0)))
    books.take(crashed, crashed)
    books.take(crashed)
    assert [r.termination.class_ for r in books.records] == [Is.ERROR]
    assert books.total() == 1


def test_the_next_process_knows_what_the_last_one_counted(tmp_path: Path, books: Books) -> None:
    books.take(seen(pod(terminated(0))))
    after = Books(tmp_path)
    after.take(seen(pod(terminated(0))), seen(pod(terminated(1))))
    assert len(after.records) == 1
    assert after.total() == 2


def test_deaths_during_our_own_downtime_are_caught_up(tmp_path: Path, books: Books) -> None:
    books.take(seen(pod(terminated(0))))
    after = Books(tmp_path)
    after.take(seen(pod(terminated(4, last=ended(3)))))
    assert [r.termination.class_ for r in after.records] == [Is.UNSEEN, Is.UNSEEN, Is.ERROR, Is.ERROR]
    assert after.total() == 5


def test_two_writers_with_the_same_news_count_it_once(tmp_path: Path, books: Books) -> None:
    other = Books(tmp_path)
    books.take(seen(pod(terminated(0))))
    other.take(seen(pod(terminated(0))))
    assert len(books.records) + len(other.records) == 1
    assert Books(tmp_path).total() == 1


def test_at_the_first_sync_of_an_empty_store_old_deaths_are_known_and_recent_ones_told(tmp_path: Path) -> None:
    books = Books(tmp_path)
    old, recent = (
        pod(terminated(7, end=ended(7, at=10)), uid="old"),
        pod(terminated(7, end=ended(7, at=900)), uid="recent"),
    )
    books.take(seen(old), seen(recent), Listed("", frozenset({"old", "recent"})))
    assert [r.pod_uid for r in books.records] == ["recent"]
    books.take(seen(pod(terminated(8, end=ended(8, at=950)), uid="old")), seen(pod(terminated(2), uid="new")))
    assert [r.pod_uid for r in books.records[1:]] == ["old", "new", "new", "new"]


def test_a_scope_watched_for_the_first_time_is_taken_as_it_is_found(books: Books) -> None:
    books.take(seen(pod(terminated(3, end=ended(3, at=1)), namespace="other"), scope="other"))
    assert books.records == []


class Failing(Journal):
    """Refuses so many batches; one more for each test that sets it."""

    left = 0

    def commit(self, batch: Batch) -> Committed:
        if Failing.left:
            Failing.left -= 1
            raise WriteFailed("database or disk is full")
        return super().commit(batch)


def test_a_write_that_fails_is_repeated_whole(tmp_path: Path) -> None:
    Failing.left = 3
    books = Books(tmp_path, journal=Failing)
    books.take(Listed("", frozenset()), seen(pod(terminated(0))))
    assert len(books.failures) == 3
    assert len(books.records) == 1


def test_a_message_is_cleaned_once_however_often_its_batch_is_refused_and_once_for_each_death(tmp_path: Path) -> None:
    asked: list[str] = []

    def cleaned(text: str, _: str) -> str:
        asked.append(text)
        return text.upper()

    def with_last_words(uid: str) -> Observed:
        said = replace(ended(0), message="token of ours")
        return seen(pod(terminated(0, end=said), uid=uid))

    Failing.left = 2
    books = Books(tmp_path, journal=Failing, cleaned=cleaned)
    books.take(Listed("", frozenset()), with_last_words("one"), with_last_words("two"))
    assert [r.termination.message for r in books.records] == ["TOKEN OF OURS"] * 2
    assert len(books.failures) == 2
    assert len(asked) == 2


def test_pods_that_are_gone_are_not_kept_in_memory_and_still_known_if_they_are_shown_again(books: Books) -> None:
    books.take(*(seen(pod(terminated(4), uid=str(i))) for i in range(50)))
    told = len(books.records)
    books.take(*(Gone(str(i), "shop", vanished=False) for i in range(50)))
    assert books.keeper._books == {}
    books.take(*(seen(pod(terminated(4), uid=str(i))) for i in range(50)))
    assert len(books.records) == told
    books.take(seen(pod(terminated(5), uid="7")))
    assert len(books.records) == told + 1


def test_a_pod_whose_row_cannot_be_read_is_taken_as_it_is_found_and_followed_from_there(
    tmp_path: Path, books: Books
) -> None:
    books.take(seen(pod(terminated(4))))
    with open_sqlite(tmp_path, now=lambda: NOW).begin() as connection:
        connection.exec_driver_sql("UPDATE kubevigil_ledger SET state = 'garbage'")
        connection.exec_driver_sql("DELETE FROM kubevigil_seen")
    after = Books(tmp_path)
    after.take(seen(pod(terminated(4, end=ended(4, at=10)))))
    assert after.records == []
    after.take(seen(pod(terminated(5))))
    assert len(after.records) == 1


def test_a_store_found_damaged_in_use_is_begun_anew_from_memory_with_nothing_lost(tmp_path: Path) -> None:
    class Rotting(Journal):
        left = 1

        def commit(self, batch: Batch) -> Committed:
            if Rotting.left and batch.entries:
                Rotting.left -= 1
                raise Damaged("database disk image is malformed")
            return super().commit(batch)

    books = Books(tmp_path, journal=Rotting)
    books.take(Listed("", frozenset()), seen(pod(terminated(2), uid="a")))
    assert [str(f) for f in books.failures] == ["database disk image is malformed"]
    books.take(seen(pod(terminated(0), uid="b")), Gone("b", "shop", vanished=True))
    assert (books.total(), len(books.records), books.keeper.failing) == (4, 4, "")
    assert any("damaged" in f.name for f in tmp_path.iterdir())
    after = Books(tmp_path)
    after.take(seen(pod(terminated(2), uid="a")), seen(pod(terminated(0), uid="b")))
    assert (after.total(), after.records) == (4, [])


def test_a_new_store_that_cannot_be_written_yet_is_tried_again_before_anything_else_is(tmp_path: Path) -> None:
    class Stuck(Journal):
        left = 2

        def begin_anew(self, known: Loaded, why: str) -> None:
            Stuck.left -= 1
            if Stuck.left >= 0:
                raise WriteFailed("database or disk is full")
            super().begin_anew(known, why)

    books = Books(tmp_path, journal=Stuck)
    books.take(Listed("", frozenset()), seen(pod(terminated(2))))
    books.keeper.damaged(Damaged("found while tidying"))
    books.take(seen(pod(terminated(3))))
    assert [str(f) for f in books.failures] == ["database or disk is full"] * 2
    assert Books(tmp_path).total() == books.total() == 4


@given(st.lists(st.one_of(st.integers(0, 5), st.just("take"), st.just("settle")), max_size=60))
def test_every_observation_is_settled_superseded_or_waits(steps: list[int | str]) -> None:
    backlog = Backlog(coalesce_above=4)
    taken = 0
    for step in steps:
        match step:
            case int():
                backlog.put(seen(pod(terminated(0), uid=str(step))))
            case "take":
                taken += len(backlog.take(3, 0))
            case _:
                backlog.settle(taken)
                taken = 0
        tally = backlog.tally()
        assert tally.observed == tally.settled + tally.superseded + tally.waiting
        assert tally.waiting == taken + len(backlog)


def test_a_process_that_dies_between_commit_and_memory_counts_nothing_twice(tmp_path: Path) -> None:
    class Dying(Journal):
        def commit(self, batch: Batch) -> Committed:
            super().commit(batch)
            raise KeyboardInterrupt

    Books(tmp_path).take(Listed("", frozenset()))
    with pytest.raises(KeyboardInterrupt):
        Books(tmp_path, journal=Dying).take(seen(pod(terminated(0))))
    after = Books(tmp_path)
    after.take(seen(pod(terminated(0))))
    assert after.records == []
    assert after.total() == 1


def test_stopping_while_the_store_cannot_be_written_ends_without_a_loss_of_order(tmp_path: Path) -> None:
    class Full(Journal):
        def commit(self, batch: Batch) -> Committed:
            raise WriteFailed(f"disk is full, {len(batch.rows)} rows wait")

    books = Books(tmp_path, journal=Full)
    books.stop.set()
    books.backlog.put(seen(pod(terminated(0), uid="a")))
    assert not books.keeper.step(0, books.stop)
    assert not books.keeper.step(0, books.stop)
    assert [str(f) for f in books.failures] == ["disk is full, 1 rows wait"] * 2


def test_an_evicted_pod_is_counted_once_and_its_containers_by_themselves(books: Books) -> None:
    evicted = pod(terminated(0), status={"phase": "Failed", "reason": "Evicted"})
    books.take(seen(evicted), seen(evicted))
    assert sorted((r.container.name, r.termination.class_) for r in books.records) == [
        ("", "evicted"),
        ("app", "evicted"),
    ]


def test_only_crashes_get_a_record_in_the_store(tmp_path: Path, books: Books) -> None:
    job = pod(terminated(0, end=ended(0, exit_code=0)), spec={"restart_policy": "Never"}, uid="job")
    books.take(seen(job), seen(pod(terminated(0), uid="crash")))
    engine = open_sqlite(tmp_path, now=lambda: NOW)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT class FROM kubevigil_crashes").scalars().all() == ["error"]
    assert books.total() == 2


def test_a_completed_detail_makes_a_record_and_moves_no_counter(books: Books) -> None:
    books.take(seen(pod(running(1))), seen(pod(running(1, last=ended(0)))))
    assert [r.termination.class_ for r in books.records] == [Is.UNSEEN, Is.ERROR]
    assert books.records[0].id == books.records[1].id
    assert books.total() == 1


def test_a_pod_that_vanished_is_counted_once_even_if_its_deletion_is_played_again(tmp_path: Path, books: Books) -> None:
    gone = Gone("uid-1", "shop", vanished=True)
    books.take(seen(pod(terminated(0))), gone, gone)
    Books(tmp_path).take(gone)
    assert b'kubevigil_pods_vanished_total{namespace="shop"} 1\n' in Books(tmp_path).counters.text()


def test_a_pod_that_comes_back_into_view_is_still_known(tmp_path: Path, books: Books) -> None:
    books.take(seen(pod(terminated(0))), Listed("", frozenset()))
    with open_sqlite(tmp_path, now=lambda: NOW).connect() as connection:
        assert connection.exec_driver_sql("SELECT gone_at FROM kubevigil_ledger").scalar() == NOW
    after = Books(tmp_path)
    after.take(seen(pod(terminated(0))))
    with open_sqlite(tmp_path, now=lambda: NOW).connect() as connection:
        assert connection.exec_driver_sql("SELECT gone_at FROM kubevigil_ledger").scalar() is None
    assert after.records == []


def test_beyond_the_cap_terminations_are_counted_in_a_series_that_keeps_only_the_class(tmp_path: Path) -> None:
    books = Books(tmp_path, limit=2)
    pods = [seen(pod(terminated(0), uid=str(i), namespace=f"ns-{i}")) for i in range(5)]
    books.take(Listed("", frozenset()), *pods)
    lines = [line for line in books.counters.text().decode().splitlines() if not line.startswith("#")]
    assert len(lines) == 3
    overflow = '{namespace="",workload_kind="other",workload="",container="",container_type="",class="error"'
    assert [line.endswith(" 3") for line in lines if overflow in line] == [True]
    assert books.total() == 5


def test_a_backlog_that_waits_for_the_store_keeps_the_newest_of_each_pod_and_all_else() -> None:
    backlog = Backlog(coalesce_above=10)
    for index in range(100):
        backlog.put(seen(pod(terminated(index), uid=str(index % 3))))
        if index == 50:
            backlog.put(Gone("x", "shop", vanished=False))
    items = backlog.take(1000, 0)
    assert len(items) <= 11
    assert Gone("x", "shop", vanished=False) in items
    last = {i.pod.metadata.uid: i for i in items if isinstance(i, Observed)}
    assert {i.containers[0][1].restart_count for i in last.values()} == {97, 98, 99}
