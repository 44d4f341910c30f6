"""What the journal reads back, and how a file that is found damaged in use is replaced."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from kubevigil.store.database import FILE_NAME, open_sqlite
from kubevigil.store.errors import Damaged, WriteFailed
from kubevigil.store.housekeeping import Retention
from kubevigil.store.journal import Batch, Entry, Journal, Loaded, PodRow

from .making import record

LABELS = ("shop", "Deployment", "web", "app", "app", "error", "Error", "1")
KNOWN = Loaded({"a": PodRow("shop", "{}")}, {""}, {LABELS: 7}, {"shop": 2})


def opened(folder: Path) -> tuple[Engine, Journal]:
    engine = open_sqlite(folder, now=lambda: 5.0)
    return engine, Journal(engine, cluster="test", wall=lambda: 5.0)


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    _, journal = opened(tmp_path)
    journal.begin_anew(KNOWN, "a test wants it so")
    journal.close()
    return tmp_path


def spoil(folder: Path, statement: str) -> None:
    engine, _ = opened(folder)
    with engine.begin() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


def test_a_new_store_begins_with_what_memory_knows(filled: Path) -> None:
    assert opened(filled)[1].load() == KNOWN


def test_rows_of_gone_pods_are_recalled_and_not_loaded(filled: Path) -> None:
    _, journal = opened(filled)
    journal.commit(Batch(gone={"a"}))
    assert journal.load().ledger == {}
    assert journal.recall({"a", "b"}) == {"a": PodRow("shop", "{}", gone=True)}
    assert journal.recall(()) == {}


@pytest.mark.parametrize(
    "statement",
    [
        """UPDATE kubevigil_workload_counters SET labels = replace(labels, 'web', 'wet')""",
        "UPDATE kubevigil_workload_counters SET labels = '[1'",
        "UPDATE kubevigil_workload_counters SET labels = x'ff'",
        "UPDATE kubevigil_workload_counters SET value = 'many'",
        "UPDATE kubevigil_ledger SET pod_uid = x'61'",
        "UPDATE kubevigil_vanished_counters SET namespace = CAST(x'ff' AS TEXT)",
        "ALTER TABLE kubevigil_ledger RENAME COLUMN state TO stats",
    ],
)
def test_a_store_that_holds_what_was_never_written_is_set_aside_and_begun_anew(filled: Path, statement: str) -> None:
    spoil(filled, statement)
    _, journal = opened(filled)
    assert journal.load() == Loaded({}, set(), {}, {})
    assert [f.name for f in filled.iterdir() if f.name.endswith(".damaged-5")] == [f"{FILE_NAME}.damaged-5"]
    journal.commit(Batch(rows={"b": PodRow("shop", "{}")}))
    assert journal.load().ledger == {"b": PodRow("shop", "{}")}


@pytest.mark.parametrize(
    "use",
    [
        pytest.param(lambda journal: journal.commit(Batch(rows={"b": PodRow("shop", "{}")})), id="commit"),
        pytest.param(lambda journal: journal.recall({"a"}), id="recall"),
        pytest.param(lambda journal: journal.tidy(set(), Retention(1.0, 1.0, 1)), id="tidy"),
    ],
)
def test_damage_that_is_found_in_use_is_told_apart_from_a_refusal(
    filled: Path, use: Callable[[Journal], object]
) -> None:
    _, journal = opened(filled)
    journal.close()
    file = filled / FILE_NAME
    file.write_bytes(b"\xa5" * file.stat().st_size)
    with pytest.raises(Damaged):
        use(journal)


def test_a_new_store_that_cannot_be_made_yet_keeps_the_damaged_one_and_is_tried_again(filled: Path) -> None:
    _, journal = opened(filled)
    journal.close()
    damaged = (filled / FILE_NAME).read_bytes()
    aside = filled / f"{FILE_NAME}.damaged-5"
    aside.unlink()
    aside.mkdir()
    with pytest.raises(WriteFailed, match="cannot set aside"):
        journal.begin_anew(KNOWN, "damaged")
    assert (filled / FILE_NAME).read_bytes() == damaged
    aside.rmdir()
    journal.begin_anew(KNOWN, "damaged")
    assert aside.read_bytes() == damaged
    assert journal.load() == KNOWN


def test_details_that_come_later_and_are_played_again_make_one_record(tmp_path: Path) -> None:
    engine, journal = opened(tmp_path)
    for _ in range(2):
        journal.commit(Batch(entries=[Entry(record(1), None)]))
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT seq, id FROM kubevigil_crash_order").all() == [(1, record(1).id)]
        assert connection.exec_driver_sql("SELECT id FROM kubevigil_crashes").all() == [(record(1).id,)]
