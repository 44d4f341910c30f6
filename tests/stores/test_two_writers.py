"""Two exporters of one cluster at once, killed or cut off: each identity counts once, and each crash has one place."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from random import Random
from threading import Thread
from typing import Any
from unittest import mock

import pytest
from sqlalchemy import URL, Connection, event

from kubevigil.store import receipts, schema, writing
from kubevigil.store.batch import Committed
from kubevigil.store.errors import WriteFailed
from kubevigil.store.turns import take_turn
from tests.unit.store.making import LABELS, NOW, Store, crash, record
from tests.unit.store.places import address, opened_archive, opened_outbox, url_of

CRASHES = 60
KILLS = 6
ROOT = Path(__file__).parents[2]
DEADLINE_SECONDS = 100

EXPORTER = """
import sys
from random import Random
from kubevigil.store.address import address_of
from kubevigil.store.batch import Batch
from kubevigil.store.errors import WriteFailed
from tests.unit.store.making import Store, crash, record, said

store = Store(address_of(sys.argv[1]), sinks=("elasticsearch",))
numbers = [*range(int(sys.argv[2]))]
Random(sys.argv[3]).shuffle(numbers)
def commit(batch):
    while True:
        try:
            return store.journal.commit(batch)
        except WriteFailed:
            continue
for number in numbers:
    dead = record(number)
    commit(crash(dead))
    print(number, flush=True)
    commit(Batch(evidence={dead.id: said(f"words of {number}")}))
store.journal.close()
"""


@contextmanager
def exporter(place: URL, seed: int) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-c", EXPORTER, url_of(place), str(CRASHES), str(seed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT) as process:
        try:
            yield process
        finally:
            process.kill()


def finished(process: subprocess.Popen[bytes]) -> None:
    _, told = process.communicate(timeout=DEADLINE_SECONDS)
    assert (process.returncode, told) == (0, b"")


def test_two_exporters_that_are_killed_again_and_again_count_each_death_once(place: URL) -> None:
    random = Random(7)
    with exporter(place, 100) as beside:
        for life in range(KILLS):
            with exporter(place, life) as victim:
                assert victim.stdout is not None
                for _ in range(random.randrange(1, 8)):
                    victim.stdout.readline()
                victim.kill()
        with exporter(place, 101) as last:
            finished(last)
        finished(beside)
    store = Store(place, sinks=("elasticsearch",))
    for table in ("seen", "crashes", "crash_order", "crash_logs", "outbox"):
        assert store.one(f"SELECT count(*) FROM kubevigil_{table}") == CRASHES
    assert store.rows("SELECT seq FROM kubevigil_crash_order ORDER BY seq") == [(n + 1,) for n in range(CRASHES)]
    assert store.journal.load().workloads == {LABELS: CRASHES}
    balance = opened_outbox(place, "elasticsearch").balance(NOW)
    assert (balance.seen, balance.waiting) == (CRASHES, CRASHES)


def in_thread(store: Store, *numbers: int) -> "tuple[Thread, SimpleQueue[Any]]":
    """Commits crashes; what comes of it."""
    came: SimpleQueue[Any] = SimpleQueue()

    def run() -> None:
        try:
            came.put(store.journal.commit(crash(*map(record, numbers))))
        except WriteFailed as error:
            came.put(error)

    thread = Thread(target=run)
    thread.start()
    return thread, came


def test_a_writer_waits_for_the_turn_of_the_other_and_then_sees_what_that_one_wrote(place: URL) -> None:
    store, other = Store(place), Store(place)
    other.journal.load()
    with store.engine.begin() as connection:
        take_turn(connection)
        thread, came = in_thread(other, 1, 2)
        store.journal._insert_entries(connection, crash(record(1)), NOW)
        store.journal._add_to_counters(connection, committed_one())
        assert came.empty()
    thread.join()
    assert [one.id for one in came.get().records] == [record(2).id]
    assert store.journal.load().workloads == {LABELS: 2}


def committed_one() -> Committed:
    return Committed([], Counter({LABELS: 1}), Counter())


def test_a_writer_that_was_cut_off_in_its_turn_holds_the_other_up_for_some_seconds_and_harms_nothing(
    place: URL,
) -> None:
    store, other = Store(place), Store(place)
    event.listen(other.engine, "engine_connect", impatient)
    cut_off = store.engine.connect()
    take_turn(cut_off)
    store.journal._insert_entries(cut_off, crash(record(1)), NOW)
    with pytest.raises(WriteFailed, match=r"(?i)cannot write to the store: .*lock"):
        other.journal.commit(crash(record(1)))
    cut_off.invalidate()  # as the server does with one that it misses
    cut_off.close()
    assert other.journal.commit(crash(record(1))).workloads == {LABELS: 1}
    assert other.one("SELECT count(*) FROM kubevigil_crash_order") == 1


def impatient(connection: Connection) -> None:
    """Waits for its turn for a second."""
    mysql = connection.dialect.name == "mysql"
    connection.exec_driver_sql("SET innodb_lock_wait_timeout = 1" if mysql else "SET lock_timeout = '1s'")
    connection.commit()


@pytest.mark.parametrize("table", ["kubevigil_seen", "kubevigil_crashes"])
def test_where_turns_are_not_kept_the_key_of_the_identity_refuses_the_second_writer(place: URL, table: str) -> None:
    """As on a cluster of servers that lock nothing for each other."""
    store, other = Store(place), Store(place)
    intruded: list[str] = []

    def intrude(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith(f"INSERT INTO {table} ") and not intruded:
            intruded.append(statement)
            if table == "kubevigil_seen":
                other.journal.commit(crash(record(2)))
            else:
                with other.engine.begin() as connection:
                    insert_crashes_alone(connection)

    event.listen(store.engine, "before_cursor_execute", intrude)
    with mock.patch.object(receipts, "take_turn"):
        with pytest.raises(WriteFailed, match="another process wrote the same"):
            store.journal.commit(crash(record(1), record(2)))
        assert store.one("SELECT count(*) FROM kubevigil_seen") == (1 if table == "kubevigil_seen" else 0)
        store.journal.commit(crash(record(1), record(2)))
    assert store.journal.load().workloads == {LABELS: 2}
    assert store.one("SELECT count(*) FROM kubevigil_crashes") == 2


def insert_crashes_alone(connection: Connection) -> None:
    connection.execute(schema.crashes.insert(), [writing._row("test", record(2), NOW)])


def test_a_follower_misses_nothing_while_two_write(place: URL) -> None:
    store, other = Store(place), Store(place)
    archive = opened_archive(place)
    threads, cursor, told = [], 0, list[int]()
    for number in range(0, 40, 2):
        threads += [in_thread(store, number)[0]]
        threads += [in_thread(other, number + 1)[0]]
        for thread in threads[-2:]:
            records, cursor = archive.newer_than(cursor, limit=3)
            told += [one.container.restart_count for one in records]
            thread.join()
    while True:
        records, cursor = archive.newer_than(cursor, limit=3)
        if not records:
            break
        told += [one.container.restart_count for one in records]
    assert sorted(told) == list(range(40))
    assert address(place) == place
