"""Emptying the outbox once, and then no more."""

import pytest

from kubevigil.delivery.errors import (
    Throttled,
)
from kubevigil.store.errors import StoreError
from tests.unit.delivery.memory import NOW, MemoryOutbox, Sink
from tests.unit.delivery.shipping import AWAY, Case, crashes


def test_once_ends_when_all_is_sent() -> None:
    case = Case(crashes(5))
    balance = case.shipper.once(case.clocks)
    assert (balance.waiting, balance.sent, balance.dead) == (0, 5, 0)


def test_once_waits_for_what_is_not_due_yet() -> None:
    case = Case([])
    case.outbox = MemoryOutbox(crashes(1), due_at=NOW + 20.0)
    case.shipper._outbox = case.outbox
    case.shipper._settler._outbox = case.outbox
    assert case.shipper.once(case.clocks).sent == 1
    assert case.clocks.now == pytest.approx(NOW + 20.0, abs=1.0)


def test_once_goes_on_for_as_long_as_something_gets_through() -> None:
    case = Case(crashes(10))
    for number, row in enumerate(case.outbox.rows.values()):
        row.next_at += 20.0 * number
    assert case.shipper.once(case.clocks, patience=30.0).sent == 10
    assert case.clocks.now >= NOW + 180.0


def test_once_gives_up_when_nothing_gets_through_and_tells_what_is_left() -> None:
    told = {"id00000": (400, "mapper_parsing_exception"), "id00001": (429, "")}
    case = Case(crashes(3), Sink(judge=told.get))
    balance = case.shipper.once(case.clocks, patience=60.0)
    assert (balance.waiting, balance.sent, balance.dead) == (1, 1, 1)
    assert case.clocks.now == pytest.approx(NOW + 60.0, abs=2.0)


def test_once_does_not_wait_longer_than_its_patience_whatever_the_server_asks() -> None:
    case = Case(crashes(3), Sink(failures=[Throttled("busy", 3_600.0)]))
    assert case.shipper.once(case.clocks, patience=30.0).waiting == 3
    assert case.clocks.now == pytest.approx(NOW + 30.0)


def test_once_says_at_once_that_there_is_no_store() -> None:
    case = Case(crashes(3))
    case.outbox.refuses = "balance"
    with pytest.raises(StoreError):
        case.shipper.once(case.clocks, patience=30.0)
    assert case.clocks.waits == []


def test_once_says_that_the_store_is_gone_when_its_patience_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    case = Case(crashes(3), Sink(failures=[AWAY] * 99))
    wait = case.clocks.wait

    def gone(timeout: float | None = None) -> bool:
        case.outbox.refuses = "balance"
        return wait(timeout)

    monkeypatch.setattr(case.clocks, "wait", gone)
    with pytest.raises(StoreError):
        case.shipper.once(case.clocks, patience=30.0)
    assert case.clocks.now == pytest.approx(NOW + 30.0)


def test_a_stop_ends_both_loops() -> None:
    case = Case(crashes(3), Sink(judge=lambda _: (429, "")))
    case.clocks.ends = NOW + 100.0
    case.shipper.run(case.clocks)
    assert case.clocks.is_set()
    assert case.shipper.once(case.clocks).waiting == 3
