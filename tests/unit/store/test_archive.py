"""Reading a store that may be written meanwhile, may be another one by now, or may not be there."""

import itertools
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from kubevigil.model.record import CaptureResult, TerminationClass, Workload
from kubevigil.store.archive import Filter, open_archive, open_archive_url
from kubevigil.store.batch import Batch, Loaded
from kubevigil.store.database import FILE_NAME
from kubevigil.store.errors import CannotOpen, Damaged, NewerSchema, NoStore, OlderSchema

from .making import NOW, Store, crash, record, said
from .places import Place, opened_archive

DUMP = Path(__file__).with_name("version_1.sql")


@pytest.fixture
def store(place: Place) -> Store:
    """Six crashes, a minute apart."""
    store = Store(place)
    for number in range(6):
        store.now = NOW + 60 * number
        store.journal.commit(
            crash(
                record(
                    number,
                    pod=f"pod-{number % 2}",
                    namespace="shop" if number < 4 else "data",
                    workload=Workload("Deployment" if number < 3 else "Job", "web" if number != 1 else "api"),
                    class_=TerminationClass.OOM if number == 2 else TerminationClass.ERROR,
                )
            )
        )
    return store


def numbers(records: list[object]) -> list[int]:
    return [r.container.restart_count for r in records]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("which", "limit", "found"),
    [
        (Filter(), 100, [5, 4, 3, 2, 1, 0]),
        (Filter(), 2, [5, 4]),
        (Filter(namespace="shop"), 100, [3, 2, 1, 0]),
        (Filter(workload="web"), 100, [5, 4, 3, 2, 0]),
        (Filter(workload="web", workload_kind="Job"), 100, [5, 4, 3]),
        (Filter(since=NOW + 180), 100, [5, 4, 3]),
        (Filter(classes=(TerminationClass.OOM, TerminationClass.EXITED)), 100, [2]),
        (Filter(namespace="shop", since=NOW + 60, classes=(TerminationClass.ERROR,)), 1, [3]),
        (Filter(cluster="test"), 1, [5]),
        (Filter(cluster="elsewhere"), 100, []),
    ],
)
@pytest.mark.usefixtures("store")
def test_what_is_looked_for_is_found_the_newest_first(
    place: Place, which: Filter, limit: int, found: list[int]
) -> None:
    assert numbers([*opened_archive(place).records(which, limit)]) == found


def test_texts_come_only_where_they_are_asked_for(store: Store, place: Place) -> None:
    ids = {record(n, pod=f"pod-{n % 2}").id for n in range(2)}
    store.journal.commit(Batch(evidence=dict.fromkeys(ids, said("help"))))
    archive = opened_archive(place)
    for texts, text in ((False, ""), (True, "help")):
        for records in (archive.records(Filter(), 9, texts=texts), archive.newer_than(0, texts=texts)[0]):
            logs = [r.log for r in records if r.log is not None]
            assert [(log.text, log.bytes, log.dropped) for log in logs] == [(text, 4, False)] * 2
    assert [r.log and r.log.text for r in archive.find(min(ids))] == ["help"]


def test_the_beginning_of_an_id_finds_one_none_or_several(store: Store, place: Place) -> None:
    ids = sorted(str(id_) for (id_,) in store.rows("SELECT id FROM kubevigil_crashes"))
    archive = opened_archive(place)
    assert [r.id for r in archive.find(ids[0])] == [ids[0]]
    assert [r.id for r in archive.find(ids[3][:10].upper())] == [ids[3]]
    assert [r.id for r in archive.find("", 4)] == ids[:4]
    assert len(archive.find("")) == 2
    for odd in ("zz", "%", "'", "g", "\x00", "é", ids[0] + "0"):
        assert archive.find(odd) == []


@pytest.mark.usefixtures("store")
def test_the_history_of_a_crash_tells_the_ends_of_its_series_and_its_neighbours(place: Place) -> None:
    archive = opened_archive(place)
    history = archive.history(record(2, pod="pod-0"))
    assert history.previous is not None
    assert history.next is not None
    assert history.count == 3
    assert numbers([history.first, history.previous, history.next, history.latest]) == [0, 0, 4, 4]
    first = archive.history(record(1, pod="pod-1"))
    assert (first.previous, first.first.id) == (None, record(1, pod="pod-1").id)


@pytest.mark.usefixtures("store")
def test_the_history_of_a_crash_that_is_not_kept_is_the_crash_alone(place: Place) -> None:
    gone = record(77)
    history = opened_archive(place).history(gone)
    assert (history.count, history.first, history.latest, history.previous) == (1, gone, gone, None)


def test_following_misses_nothing_and_tells_nothing_twice_whatever_the_clock_does(place: Place) -> None:
    store, other = Store(place), Store(place)
    archive = opened_archive(place)
    cursor, told = archive.end(), []
    for number in range(0, 30, 3):
        store.now = other.now = NOW - number * 7 if number % 2 else NOW
        store.crash(number, number + 1)
        other.crash(number + 2)
        records, cursor = archive.newer_than(cursor, limit=2)
        told += numbers([*records])
    while records:
        records, cursor = archive.newer_than(cursor, limit=4)
        told += numbers([*records])
    assert told == list(range(30))


@pytest.mark.usefixtures("store")
def test_following_with_a_filter_passes_by_what_does_not_fit(place: Place) -> None:
    archive = opened_archive(place)
    records, cursor = archive.newer_than(0, Filter(namespace="data"), 1)
    assert (numbers([*records]), cursor) == ([4], 5)
    assert archive.newer_than(0, Filter(namespace="none")) == ([], 6)
    assert archive.end() == 6


def test_a_store_that_was_begun_anew_is_followed_from_its_beginning(store: Store, tmp_path: Path) -> None:
    archive = open_archive(tmp_path)
    cursor = archive.end()
    store.journal.begin_anew(Loaded({}, set(), {}, {}), "a test wants it so")
    store.crash(7)
    records, cursor = archive.newer_than(cursor)
    assert (numbers([*records]), cursor) == ([7], 1)


def test_reading_goes_on_while_the_exporter_is_in_a_transaction_and_does_not_hold_it_up(
    store: Store, place: Place
) -> None:
    archive = opened_archive(place)
    with store.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM kubevigil_crashes")
        assert len(archive.records(Filter(), 10)) == 6
    assert archive.records(Filter(), 10) == []


def test_reading_leaves_nothing_behind_and_changes_nothing(store: Store, tmp_path: Path) -> None:
    store.journal.close()
    before = {f.name: f.read_bytes() for f in tmp_path.iterdir()}
    archive = open_archive(tmp_path)
    assert len(archive.records(Filter(), 10)) == 6
    archive.close()
    assert {f.name: f.read_bytes() for f in tmp_path.iterdir()} == before == {FILE_NAME: before[FILE_NAME]}


@pytest.mark.usefixtures("store")
def test_what_a_killed_exporter_left_in_its_write_ahead_log_is_read(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("killed")
    for name in (FILE_NAME, f"{FILE_NAME}-wal"):
        shutil.copy(tmp_path / name, folder / name)
    assert len(open_archive(folder).records(Filter(), 10)) == 6


READ = """
import os, sys
from pathlib import Path
from kubevigil.store.archive import Filter, open_archive
if os.geteuid() == 0:
    os.setuid(65534)
print(len(open_archive(Path(sys.argv[1])).records(Filter(), 10)))
"""


def test_a_store_in_a_folder_that_may_not_be_written_is_read(store: Store, tmp_path: Path) -> None:
    store.journal.close()
    for folder in itertools.takewhile(lambda folder: folder.name.startswith(("pytest", "popen")), tmp_path.parents):
        folder.chmod(0o755)
    (tmp_path / FILE_NAME).chmod(0o644)
    tmp_path.chmod(0o555)
    done = subprocess.run([sys.executable, "-c", READ, str(tmp_path)], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("6\n", "")


def test_where_there_is_no_store_that_is_said_and_none_is_made(tmp_path: Path) -> None:
    with pytest.raises(NoStore, match=rf"store: there is none at {tmp_path}/{FILE_NAME}"):
        open_archive(tmp_path)
    with pytest.raises(NoStore, match="there is none at"):
        open_archive(tmp_path / "nowhere")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_still_empty_is_no_store_yet(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).touch()
    with pytest.raises(NoStore, match="has not made its tables in it yet"):
        open_archive(tmp_path)
    assert (tmp_path / FILE_NAME).stat().st_size == 0


def test_an_older_store_is_not_migrated_by_reading_it(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as old:
        old.executescript(DUMP.read_text(encoding="utf-8"))
    before = (tmp_path / FILE_NAME).read_bytes()
    with pytest.raises(OlderSchema, match="version 1, this command reads 4: start this version's exporter once"):
        open_archive(tmp_path)
    assert (tmp_path / FILE_NAME).read_bytes() == before


def test_a_newer_store_is_refused(store: Store, place: Place) -> None:
    with store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE kubevigil_meta SET value = '5' WHERE name = 'schema'")
    with pytest.raises(NewerSchema, match="version 5, this Kubevigil knows 4"):
        opened_archive(place)


def test_a_store_that_is_damaged_is_said_to_be_so_and_left_where_it_is(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no database" * 500)
    with pytest.raises(Damaged, match="not a database"):
        open_archive(tmp_path)
    assert [f.name for f in tmp_path.iterdir()] == [FILE_NAME]


@pytest.mark.usefixtures("store")
def test_a_store_is_opened_by_its_url_too(tmp_path: Path) -> None:
    assert len(open_archive_url(f"sqlite:///{tmp_path}/{FILE_NAME}").records(Filter(), 10)) == 6
    with pytest.raises(CannotOpen, match="must be named"):
        open_archive_url("sqlite:////tmp/other.db")


def test_a_record_that_cannot_be_read_is_left_out_and_does_not_stop_a_follower(store: Store, place: Place) -> None:
    with store.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE kubevigil_crashes SET record = 'x' WHERE id = (SELECT id FROM kubevigil_crash_order WHERE seq = 2)"
        )
    archive = opened_archive(place)
    assert numbers([*archive.records(Filter(), 10)]) == [5, 4, 3, 2, 0]
    assert archive.newer_than(1, limit=1) == ([], 2)


def test_a_crash_without_a_log_says_why(store: Store, place: Place) -> None:
    dead = record(0, pod="pod-0")
    store.journal.commit(Batch(evidence={dead.id: said("", CaptureResult.FORBIDDEN)}))
    records = opened_archive(place).records(Filter(), 10)
    assert [r.log and r.log.result for r in records] == [None] * 5 + [CaptureResult.FORBIDDEN]
