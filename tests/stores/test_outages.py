"""The server goes away, comes back, says nothing, or is away before it has said that it committed."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import SimpleQueue
from threading import Thread
from typing import Any
from unittest import mock

import pytest
from sqlalchemy import URL

from kubevigil.store import server as server_module
from kubevigil.store.address import place as place_in_words
from kubevigil.store.batch import Batch, Committed, PodRow
from kubevigil.store.errors import CannotOpen, StoreError, WriteFailed
from kubevigil.store.schema import Labels
from tests.api.running import until
from tests.conftest import Tell
from tests.unit.store.making import LABELS, NOW, Store, crash, record, said
from tests.unit.store.places import opened_archive, opened_outbox, url_of

from .servers import PASSWORD, Server

CRASHES = 200
KILLS = 5
DEADLINE_SECONDS = 60


def test_a_batch_that_a_killed_server_did_not_take_is_written_once_it_is_back(place: URL, server: Server) -> None:
    store = Store(place, sinks=("es",))
    store.crash(1)
    server.kill()
    for _ in range(2):
        with pytest.raises(WriteFailed, match="cannot write to the store: ") as caught:
            store.journal.commit(crash(record(2)))
        assert "\n" not in str(caught.value)
        assert PASSWORD not in str(caught.value)
    with pytest.raises(WriteFailed, match="cannot read the store: "):
        store.journal.recall({"pod"})
    with pytest.raises(StoreError):
        opened_outbox(place, "es").balance(NOW)
    server.start()
    assert store.journal.commit(crash(record(2))).workloads == {LABELS: 1}
    assert opened_outbox(place, "es").balance(NOW).seen == 2


def test_what_is_kept_in_memory_agrees_with_the_store_however_often_the_server_is_killed(
    place: URL, server: Server, tell: Tell
) -> None:
    store = Store(place)
    counted: Counter[Labels] = Counter()
    recorded: list[str] = []
    done: SimpleQueue[int] = SimpleQueue()
    refused = 0

    def write() -> None:
        nonlocal refused
        for number in range(CRASHES):
            while True:
                try:
                    committed = store.journal.commit(crash(record(number)))
                    break
                except WriteFailed:
                    refused += 1
            counted.update(committed.workloads)
            recorded.extend(one.id for one in committed.records)
            done.put(number)

    writer = Thread(target=write)
    writer.start()
    for _ in range(KILLS):
        for _ in range(CRASHES // (KILLS + 1)):
            done.get(timeout=60)
        server.kill()
        server.start()
    writer.join()
    assert counted == store.journal.load().workloads == {LABELS: CRASHES}
    assert recorded == [record(number).id for number in range(CRASHES)]
    assert store.one("SELECT count(*) FROM kubevigil_crash_order") == CRASHES
    tell(kills=KILLS, commits=CRASHES, refused=refused, lost=0, doubled=0)


@contextmanager
def answer_lost(store: Store, *, committed: bool) -> Iterator[None]:
    """The connection breaks at the commit: after the server has done it, or before."""
    dialect = store.engine.dialect
    do_commit = dialect.do_commit

    def lost(connection: Any) -> None:
        if committed:
            do_commit(connection)
        connection.driver_connection.close()
        raise dialect.loaded_dbapi.InterfaceError("network error")

    with mock.patch.object(dialect, "do_commit", lost), pytest.raises(WriteFailed, match="network error"):
        yield


@pytest.mark.parametrize("committed", [True, False])
def test_whether_an_answer_that_was_lost_was_a_yes_is_found_out_and_all_is_told_that_was_new(
    place: URL, *, committed: bool
) -> None:
    store = Store(place)
    batch = crash(record(1), record(2))
    batch.rows["pod"] = PodRow("shop", "{}")
    batch.evidence[record(1).id] = said("panic")
    batch.vanished["other"] = "shop"
    with answer_lost(store, committed=committed):
        store.journal.commit(batch)
    assert store.one("SELECT count(*) FROM kubevigil_crashes") == (2 if committed else 0)
    assert store.journal.recall({"pod"}) == {}  # so that the same batch is made again
    again = store.journal.commit(batch)
    assert [one.id for one in again.records] == [record(1).id, record(2).id]
    assert (again.workloads, again.vanished, list(again.settled)) == ({LABELS: 2}, {"shop": 1}, [record(1).id])
    assert (again.late, store.journal.recall({"pod"})) == (0, {"pod": PodRow("shop", "{}")})
    loaded = store.journal.load()
    assert (loaded.workloads, loaded.vanished) == ({LABELS: 2}, {"shop": 1})
    assert store.journal.commit(batch).records == []


def test_answers_that_are_lost_one_after_the_other_change_nothing(place: URL) -> None:
    store = Store(place)
    for committed in (False, False, True):
        with answer_lost(store, committed=committed):
            store.journal.commit(crash(record(1)))
    assert store.journal.commit(crash(record(1))).workloads == {LABELS: 1}
    assert store.journal.commit(crash(record(2))).workloads == {LABELS: 1}
    assert store.journal.load().workloads == {LABELS: 2}


def test_a_server_that_says_nothing_is_waited_for_some_seconds(
    place: URL, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "ANSWER_SECONDS", 1)
    monkeypatch.setattr(server_module, "CONNECT_SECONDS", 1)
    store = Store(place)
    server.freeze()
    try:
        with pytest.raises(WriteFailed):
            store.journal.commit(crash(record(1)))
        with pytest.raises(CannotOpen, match="store: cannot be read"):
            opened_archive(place)
    finally:
        server.thaw()
    came: list[Committed] = []

    def written() -> bool:
        with suppress(WriteFailed):  # a second can be too short for the answer of one that is just awake
            came.append(store.journal.commit(crash(record(1))))
        return bool(came)

    until(written, DEADLINE_SECONDS)
    assert came[0].workloads == {LABELS: 1}


def test_a_server_that_cannot_be_used_is_named_in_a_line_without_the_password(place: URL, server: Server) -> None:
    wrong = [
        server.url("nowhere"),
        server.url(str(place.database), password="Secret"),
        place.set(port=1),
        place.set(host="no-such-host.invalid"),
    ]
    for url in wrong:
        for opening in (lambda: Store(url), lambda: opened_archive(url)):  # noqa: B023  called at once
            with pytest.raises(CannotOpen, match=r"^store: ") as caught:
                opening()
            told = str(caught.value)
            assert place_in_words(url) in told
            assert "\n" not in told
            assert "Secret" not in told
            assert PASSWORD not in told
            assert "Secret" not in repr(url)
    assert url_of(place)


def test_a_store_that_holds_what_was_never_written_there_is_not_replaced(place: URL) -> None:
    store = Store(place)
    store.crash(1)
    with store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE kubevigil_workload_counters SET labels = '[]'")
    with pytest.raises(CannotOpen, match="labels of a counter are not those that were written: restore its tables"):
        store.journal.load()
    assert store.journal.commit(Batch(entries=crash(record(2)).entries)).workloads == {LABELS: 1}
