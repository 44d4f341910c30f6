"""What the loop tells of itself: whether anything gets through, why not, and how a backlog goes down."""

import logging
from collections.abc import Sequence

import pytest

from kubevigil.store.errors import NoStore
from tests.unit.delivery.crashes import Waiting
from tests.unit.delivery.memory import NOW, MemoryOutbox, Sink
from tests.unit.delivery.shipping import AWAY, Case, crashes


def test_a_store_that_is_back_is_well_again_though_nothing_is_due() -> None:
    case = Case([])
    case.outbox.refuses = "claim"
    case.run(1)
    assert not case.shipper.health().ok
    case.outbox.refuses = ""
    case.run(1)
    assert case.shipper.health().ok


def test_that_the_store_is_well_does_not_hide_that_the_server_is_not() -> None:
    case = Case(crashes(1), Sink(failures=[AWAY] * 5))
    case.run(3)
    case.clocks.now -= 100.0
    case.outbox.rows.clear()
    case.run(1)
    assert case.shipper.health().detail == str(AWAY)


def test_an_outage_is_told_once_and_its_end_too(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    case = Case(crashes(1), Sink(failures=[AWAY] * 10))
    case.run(11)
    told = [record.message for record in caplog.records]
    assert told == ["delivery failed, trying again", "delivery works again"]
    assert case.shipper.health().seconds == 0.0


def test_health_tells_why_and_since_when() -> None:
    case = Case(crashes(1), Sink(failures=[AWAY] * 10))
    case.run(3)
    health = case.shipper.health()
    assert (health.ok, health.detail) == (False, str(AWAY))
    assert health.seconds == pytest.approx(case.clocks.now - NOW)


def test_a_backlog_that_goes_down_is_told_with_its_pace(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    case = Case(crashes(200, size=2**19))
    for _ in range(3):
        case.shipper.turn()
        case.clocks.now += 10.0
    told = [record.__dict__["fields"] for record in caplog.records if record.message == "backlog goes down"]
    assert told == [
        {"waiting": 160, "dead": 0, "per_second": 4.0},
        {"waiting": 140, "dead": 0, "per_second": 2.0},
    ]


def test_nothing_is_known_of_the_server_until_something_was_sent_to_it() -> None:
    case = Case([])
    case.outbox.refuses = "claim"
    case.run(1)
    assert (case.shipper.health().ok, case.shipper.health().tried) == (False, False)
    case.outbox.refuses = ""
    case.run(1)
    assert (case.shipper.health().ok, case.shipper.health().tried) == (True, False)
    case.outbox.rows |= MemoryOutbox(crashes(1)).rows
    case.sink.failures = [AWAY]
    case.run(1)
    assert (case.shipper.health().ok, case.shipper.health().tried) == (False, True)
    case.run(1)
    assert (case.shipper.health().ok, case.shipper.health().tried) == (True, True)


def test_a_store_that_is_not_there_yet_is_waited_for_and_named(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = Case([])

    def none(*_: object) -> Sequence[Waiting]:
        raise NoStore("store: there is none at /data/kubevigil.db")

    with monkeypatch.context() as patched:
        patched.setattr(case.outbox, "claim", none)
        case.run(2)
    assert not case.shipper.health().ok
    case.run(1)
    assert case.shipper.health().ok
    [line] = caplog.records
    assert line.message == "waiting for the exporter to make the store"
    assert line.__dict__["fields"]["error"] == "store: there is none at /data/kubevigil.db"
