"""Crashes of the past on a server: taken once, below all that is there, whoever takes them at the same time."""

from threading import Thread

from sqlalchemy import URL

from kubevigil.model.record import Record
from kubevigil.moving import past
from kubevigil.store.archive import Filter
from kubevigil.store.sharing import SharedStore
from tests.unit.store.making import NOW, Store, record
from tests.unit.store.places import address, opened_archive, opened_outbox

MANY = 450
"""More than one transaction takes."""

PAST = [(record(1000 + number), NOW - number) for number in range(MANY)]


def numbers(records: list[Record]) -> list[int]:
    return [one.container.restart_count for one in records]


def test_what_is_imported_lies_below_all_that_is_there_and_is_told_to_no_follower_and_no_sink(place: URL) -> None:
    store = Store(place, sinks=("es",))
    store.crash(1, 2)
    archive = opened_archive(place)
    end = archive.end()
    assert past.add(SharedStore(address(place)), PAST) == MANY
    store.crash(3)
    assert numbers(archive.newer_than(end)[0]) == [3]
    assert numbers(archive.records(Filter(), 9999)) == [3, 2, 1, *(1000 + number for number in range(MANY))]
    assert opened_outbox(place, "es").balance(NOW).seen == 3
    assert numbers(store.journal.unsettled(9)) == [1, 2, 3]


def test_two_that_import_the_same_at_once_take_each_crash_once(place: URL) -> None:
    added: list[int] = []
    store = Store(place)

    def take() -> None:
        added.append(past.add(SharedStore(address(place)), PAST))

    threads = [Thread(target=take) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(added) == MANY
    assert past.add(SharedStore(address(place)), PAST) == 0
    for table in ("crashes", "crash_order", "crash_logs"):
        assert store.one(f"SELECT count(*) FROM kubevigil_{table}") == MANY
