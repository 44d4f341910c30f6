"""What a sink is handed: what is due and in that order, whole, and nothing that is done with."""

from typing import Any

import pytest
from sqlalchemy import text

from kubevigil.model.record import CaptureResult, Delivery, DeliveryState, Record
from kubevigil.store.batch import Batch
from kubevigil.store.outbox import LONGEST_BACKOFF, Outbox
from kubevigil.store.outbox_balance import Balance

from .making import NOW, Store, noise, record, said
from .places import Place, opened_outbox
from .sink import MANY, MUCH, SINK, delivery, ids, one_by_one, settled


@pytest.fixture
def store(place: Place) -> Store:
    return Store(place, sinks=(SINK,))


@pytest.fixture
def outbox(place: Place) -> Outbox:
    return opened_outbox(place, SINK)


def test_a_crash_is_handed_out_whole_with_its_day_and_how_often_it_was_tried(store: Store, outbox: Outbox) -> None:
    (dead,) = settled(store, 1)
    (due,) = outbox.claim(NOW, MANY, MUCH)
    assert due.record.log == said("words of 1").log
    assert (due.record.id, due.record.container.restart_count) == (dead, 1)
    assert (due.day, due.attempts) == ("2023-11-14", 0)


def test_the_longest_due_come_first_and_not_more_than_asked_for(store: Store, outbox: Outbox) -> None:
    found = one_by_one(store, 5, 3, 8, 1)
    assert ids(outbox) == found
    assert ids(outbox, most=2) == found[:2]
    assert ids(outbox, now=NOW + 3) == found[:3]


def test_not_more_bytes_are_handed_out_than_asked_for_but_one_crash_in_any_case(store: Store, outbox: Outbox) -> None:
    found = []
    for number in range(4):
        store.now += 1
        found += [dead.id for dead in store.crash(number, evidence=lambda n: said(noise(10_000, n)))]
    assert ids(outbox, most_bytes=25_000) == found[:2]
    assert ids(outbox, most_bytes=10_000) == found[:1]
    assert ids(outbox, most_bytes=0) == found[:1]


def test_a_text_that_was_given_up_takes_no_bytes_and_is_told(store: Store, outbox: Outbox) -> None:
    found = one_by_one(store, 1, 2)
    with store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE kubevigil_crash_logs SET bytes = 100000, body = NULL, dropped = TRUE")
    assert ids(outbox, most_bytes=5_000) == found
    assert all(due.record.log is not None and due.record.log.dropped for due in outbox.claim(NOW + 9, MANY, MUCH))


def test_what_is_sent_is_not_handed_out_again(store: Store, outbox: Outbox, place: Place) -> None:
    first, second = one_by_one(store, 1, 2)
    outbox.sent([first], NOW + 50)
    assert ids(outbox) == [second]
    assert delivery(place, first) == (Delivery(SINK, DeliveryState.SENT, 1),)
    assert store.one("SELECT sent_at FROM kubevigil_outbox WHERE state = 'sent'") == NOW + 50


def test_what_is_to_be_tried_again_comes_at_its_time_behind_what_was_due_before(
    store: Store, outbox: Outbox, place: Place
) -> None:
    first, second, third = one_by_one(store, 1, 2, 3)
    outbox.retry([first, second], NOW + 60, "429 Too Many Requests")
    assert ids(outbox, now=NOW + 59) == [third]
    due = outbox.claim(NOW + 60, MANY, MUCH)
    assert (due[0].record.id, due[0].attempts) == (third, 0)
    assert {(one.record.id, one.attempts) for one in due[1:]} == {(first, 1), (second, 1)}
    assert delivery(place, first) == (Delivery(SINK, DeliveryState.WAITING, 1, "429 Too Many Requests"),)


def test_what_is_dead_is_not_handed_out_and_says_why(store: Store, outbox: Outbox, place: Place) -> None:
    first, second = one_by_one(store, 1, 2)
    outbox.dead(first, "mapper_parsing_exception:\nfailed to parse")
    assert ids(outbox) == [second]
    assert delivery(place, first) == (
        Delivery(SINK, DeliveryState.DEAD, 1, "mapper_parsing_exception: failed to parse"),
    )


def test_the_verdict_that_came_first_stands_but_a_sink_that_has_it_has_it(store: Store, outbox: Outbox) -> None:
    first, second = one_by_one(store, 1, 2)
    outbox.sent([first], NOW)
    outbox.dead(first, "late")
    outbox.retry([first], NOW, "late")
    assert outbox.balance(NOW)[:5] == (2, 1, 1, 0, 0)
    outbox.dead(second, "refused")
    outbox.retry([second], NOW, "late")
    assert outbox.balance(NOW)[:5] == (2, 0, 1, 1, 0)
    outbox.sent([first, second], NOW)
    assert outbox.balance(NOW)[:5] == (2, 0, 2, 0, 0)


def test_each_sink_has_rows_of_its_own(place: Place) -> None:
    store = Store(place, sinks=("a", "b"))
    (dead,) = settled(store, 1)
    a, b = (opened_outbox(place, sink) for sink in ("a", "b"))
    a.sent([dead], NOW)
    assert (ids(a), ids(b)) == ([], [dead])
    b.dead(dead, "no")
    assert (ids(a), ids(b), a.balance(NOW).sent, b.balance(NOW).dead) == ([], [], 1, 1)
    assert delivery(place, dead) == (
        Delivery("a", DeliveryState.SENT, 1),
        Delivery("b", DeliveryState.DEAD, 1, "no"),
    )


def test_two_that_read_at_once_get_the_same_and_both_may_say_so(store: Store, outbox: Outbox, place: Place) -> None:
    found = one_by_one(store, 1, 2)
    other = opened_outbox(place, SINK)
    assert ids(outbox) == ids(other) == found
    outbox.sent(found, NOW)
    other.sent(found, NOW)
    assert outbox.balance(NOW) == Balance(seen=2, sent=2)


def test_verdicts_on_what_is_not_there_move_nothing(store: Store, outbox: Outbox) -> None:
    settled(store, 1)
    outbox.sent([record(9).id], NOW)
    outbox.sent([], NOW)
    outbox.retry([], NOW, "")
    outbox.dead(record(9).id, "no")
    assert outbox.balance(NOW)[:5] == (1, 1, 0, 0, 0)


def test_a_record_that_cannot_be_read_is_dead_and_holds_up_nobody(store: Store, outbox: Outbox) -> None:
    first, second = one_by_one(store, 1, 2)
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE kubevigil_crashes SET record = '{' WHERE id = :id"), {"id": first})
    assert ids(outbox) == [second]
    assert outbox.balance(NOW).dead == 1
    assert store.one("SELECT error FROM kubevigil_outbox WHERE state = 'dead'") == (
        "its record in the store cannot be read"
    )


def test_a_crash_that_housekeeping_took_meanwhile_is_left_out(
    store: Store, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = one_by_one(store, 1, 2)
    settle = Outbox._settle

    def taken(outbox: Outbox, *arguments: Any) -> None:
        with store.engine.begin() as connection:
            connection.execute(text("DELETE FROM kubevigil_crashes WHERE id = :id"), {"id": first})
        settle(outbox, *arguments)

    monkeypatch.setattr(Outbox, "_settle", taken)
    assert ids(outbox) == [second]
    assert outbox.balance(NOW).dead == 0


def test_a_log_that_is_settled_while_the_time_runs_out_is_the_one_that_is_sent(
    store: Store, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    (dead,) = store.crash(1)
    settle = Outbox._settle

    def just_before(outbox: Outbox, *arguments: Any) -> None:
        store.journal.commit(Batch(evidence={dead.id: said("just in time")}))
        settle(outbox, *arguments)

    monkeypatch.setattr(Outbox, "_settle", just_before)
    (due,) = outbox.claim(NOW + 20, MANY, MUCH)
    assert due.record.log == said("just in time").log


def test_after_the_clock_was_set_back_nothing_waits_for_the_time_that_was(store: Store, outbox: Outbox) -> None:
    store.now = NOW + 10 * 86_400
    (dead,) = settled(store, 1)
    assert ids(outbox, now=NOW) == [dead]
    outbox.retry([dead], NOW + LONGEST_BACKOFF, "later")
    assert ids(outbox, now=NOW) == []
    assert outbox.balance(NOW).oldest_seconds == 0


def test_the_balance_tells_how_long_the_oldest_has_been_due_whatever_was_tried(store: Store, outbox: Outbox) -> None:
    assert outbox.balance(NOW) == Balance()
    first, second = one_by_one(store, 1, 2)
    outbox.retry([first], NOW + 60, "later")
    assert outbox.balance(NOW + 30).oldest_seconds == 29
    outbox.sent([first], NOW + 61)
    assert outbox.balance(NOW + 62).oldest_seconds == 60
    outbox.sent([second], NOW + 63)
    assert outbox.balance(NOW + 64) == Balance(seen=2, sent=2)


def test_what_still_waits_for_its_log_is_not_overdue(store: Store, outbox: Outbox) -> None:
    store.crash(1)
    assert outbox.balance(NOW + 10) == Balance(seen=1, waiting=1)
    assert outbox.balance(NOW + 25).oldest_seconds == 5


def test_an_error_that_is_no_unicode_is_kept(store: Store, outbox: Outbox, place: Place) -> None:
    (dead,) = settled(store, 1)
    outbox.dead(dead, "x\ud800\x1b[31m\x00y")
    assert delivery(place, dead)[0].error == "x [31m y"


def test_a_timeout_is_what_a_crash_is_settled_as_when_its_time_is_over(store: Store, outbox: Outbox) -> None:
    one: list[Record] = store.crash(1)
    outbox.claim(NOW + 20, MANY, MUCH)
    assert store.rows("SELECT id, cluster, result, size, settled_at FROM kubevigil_crash_logs") == [
        (one[0].id, "test", CaptureResult.TIMEOUT.value, 0, NOW + 20)
    ]
