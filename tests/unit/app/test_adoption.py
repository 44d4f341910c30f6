"""Crashes that another process left unsettled are found, at the start and for a while after it."""

from pathlib import Path

import pytest

from kubevigil.app.adoption import Adoption
from kubevigil.model.record import Record
from kubevigil.store.batch import Batch
from kubevigil.store.errors import StoreError
from tests.unit.store.making import Store, crash, record, said


class Begun:
    """A process that has begun beside whatever else writes to the store."""

    def __init__(self, folder: Path) -> None:
        self.store = Store(folder)
        self.seconds = 0.0
        self.asked: list[str] = []
        self.failures: list[StoreError] = []
        self.adoption = Adoption(
            self.store.journal, lambda record: self.asked.append(record.id), self.failures.append, lambda: self.seconds
        )

    def look(self, seconds: float) -> None:
        self.seconds = seconds
        self.adoption.look()

    def records(self, one: Record) -> None:
        self.store.journal.commit(crash(one))
        self.adoption.recorded(one)


@pytest.fixture
def begun(tmp_path: Path) -> Begun:
    return Begun(tmp_path)


def test_what_the_last_process_left_is_asked_for_at_once_and_once(begun: Begun) -> None:
    (left,) = begun.store.crash(1)
    for seconds in (0.0, 3.0, 8.0, 15.0, 35.0, 3600.0):
        begun.look(seconds)
    assert begun.asked == [left.id]


@pytest.mark.parametrize("seconds", [3.0, 8.0, 15.0, 35.0])
def test_what_a_process_records_while_it_ends_is_asked_for_by_the_next(begun: Begun, seconds: float) -> None:
    begun.look(0.0)
    (left,) = begun.store.crash(1)
    begun.look(seconds)
    assert begun.asked == [left.id]


def test_a_crash_of_ones_own_is_not_asked_for_twice(begun: Begun) -> None:
    begun.look(0.0)
    begun.records(record(1))
    begun.look(3.0)
    assert begun.asked == [record(1).id]


def test_what_the_other_process_settled_itself_is_left_alone(begun: Begun) -> None:
    begun.look(0.0)
    (settled,) = begun.store.crash(1)
    begun.store.journal.commit(Batch(evidence={settled.id: said()}))
    begun.look(3.0)
    assert begun.asked == []


def test_between_two_looks_the_store_is_not_asked(begun: Begun) -> None:
    begun.look(0.0)
    begun.store.crash(1)
    begun.look(2.9)
    assert begun.asked == []


def test_a_store_that_refuses_is_told_of_and_asked_again(begun: Begun) -> None:
    with begun.store.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE kubevigil_crash_logs RENAME TO away")
    begun.look(0.0)
    assert len(begun.failures) == 1
    with begun.store.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO kubevigil_crash_logs")
    (left,) = begun.store.crash(1)
    begun.look(3.0)
    assert begun.asked == [left.id]
