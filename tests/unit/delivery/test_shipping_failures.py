"""Requests that fail as a whole: what is waited for, who pays for it, and that nothing is lost or doubled."""

import pytest

from kubevigil.delivery.errors import (
    BrokenOff,
    DeliveryError,
    RefusedCredentials,
    Rejected,
    ServerError,
    Throttled,
    TooLarge,
)
from kubevigil.delivery.shipping import LINGER
from kubevigil.delivery.tally import SinkResult
from tests.unit.delivery.crashes import crash
from tests.unit.delivery.memory import NOW, MemoryOutbox, Sink
from tests.unit.delivery.shipping import AWAY, Case, crashes


def test_rights_that_are_missing_are_waited_out_and_nothing_is_given_up() -> None:
    sink = Sink(judge=lambda _: (403, "security_exception"))
    case = Case(crashes(3), sink)
    waits = case.run(1)
    assert 0.8 <= waits[0] <= 1.2
    for _ in range(20):
        case.clocks.now += 300.0
        case.shipper.turn()
    assert case.states() == {"waiting": 3}
    health = case.shipper.health()
    assert not health.ok
    assert "security_exception" in health.detail
    sink.judge = lambda _: None
    case.clocks.now += 300.0
    case.run(2)
    assert case.states() == {"sent": 3}
    assert case.shipper.health().ok


@pytest.mark.parametrize(
    "failure",
    [AWAY, RefusedCredentials("no"), ServerError("away", 503, 0.0), Throttled("busy", 0.0), Rejected("no", 404)],
    ids=lambda failure: type(failure).__name__,
)
def test_while_the_server_is_away_the_pipe_waits_and_no_document_pays_for_it(failure: DeliveryError) -> None:
    sink = Sink(failures=[failure] * 20)
    case = Case(crashes(3), sink)
    waits = case.run(20)
    assert waits[0] < 1.3
    assert sorted(waits[:5]) == waits[:5]
    assert max(waits) <= (300.0 if isinstance(failure, RefusedCredentials) else 30.0)
    assert {(row.attempts, row.next_at) for row in case.outbox.rows.values()} == {(0, NOW)}
    assert sink.requests == [3, *[1] * 19], "one document is enough to see whether it is back"
    assert case.figures == {SinkResult.RETRIED: 22}
    assert case.run(1) == [0.0]
    case.run(1)
    assert case.states() == {"sent": 3}


def test_a_time_that_the_server_names_is_waited() -> None:
    case = Case(crashes(1), Sink(failures=[Throttled("busy", 90.0), ServerError("away", 503, 120.0)]))
    assert case.run(3) == [90.0, 120.0, 0.0]


def test_a_day_without_the_server_loses_and_doubles_nothing() -> None:
    case = Case(crashes(300))
    case.sink.refuse = lambda _: AWAY if case.clocks.now < NOW + 86_400 else None
    while case.states() != {"sent": 300}:
        case.clocks.now += case.shipper.turn()
    assert case.clocks.now < NOW + 86_400 + 32
    assert len(case.sink.documents) == case.figures[SinkResult.SENT] == 300
    assert case.figures[SinkResult.DUPLICATE] == 0


def test_a_request_that_is_too_large_is_halved_until_it_fits() -> None:
    sink = Sink(refuse=lambda body: TooLarge("413") if len(body) > 20_000 else None)
    case = Case(crashes(64, size=1_000), sink)
    waits = case.run(1)
    assert waits[0] <= LINGER
    assert case.states() == {"sent": 64}
    assert case.shipper.health().ok
    before = len(sink.requests)
    case.outbox.rows |= MemoryOutbox([crash(f"more{n}", text="x" * 1_000) for n in range(64)]).rows
    case.run(64)
    assert case.states() == {"sent": 128}
    too_large = [n for n in sink.requests[before:] if n > 12]
    assert too_large == [], "a size that was too large is not tried again"


def test_one_document_that_is_too_large_by_itself_is_kept_as_refused() -> None:
    sink = Sink(refuse=lambda body: TooLarge("es:9200 refuses") if len(body) > 20_000 else None)
    case = Case([*crashes(7, size=1_000), crash("large", text="x" * 30_000)], sink)
    case.run(1)
    assert case.states() == {"sent": 7, "dead": 1}
    assert case.outbox.rows["large"].error == "too_large: es:9200 refuses"


@pytest.mark.parametrize(
    "failure", [BrokenOff("reset"), Rejected("blocked", 403), Rejected("odd", 400), ServerError("broken", 500, 0.0)]
)
def test_a_document_that_makes_its_whole_request_fail_is_found_and_blocks_no_other(failure: DeliveryError) -> None:
    sink = Sink(refuse=lambda body: failure if b"id00013" in body else None)
    case = Case(crashes(100), sink)
    for _ in range(400):
        case.clocks.now += case.shipper.turn()
    assert case.states() == {"sent": 99, "waiting": 1}
    poison = case.outbox.rows["id00013"]
    assert poison.attempts >= 1
    assert poison.error.startswith(f"{failure.reason}: ")
    assert len(sink.documents) == 99


def test_of_several_that_failed_together_none_is_blamed() -> None:
    case = Case(crashes(3), Sink(failures=[BrokenOff("reset")]))
    case.run(1)
    assert {(row.attempts, row.next_at) for row in case.outbox.rows.values()} == {(0, NOW)}


def test_requests_grow_again_after_one_that_failed() -> None:
    case = Case(crashes(100), Sink(failures=[BrokenOff("reset")]))
    case.run(3)
    assert (case.sink.requests[:2], sorted(case.sink.requests[2:])) == ([100, 1], [49, 50])
    case.outbox.rows |= MemoryOutbox([crash(f"more{n:03}") for n in range(400)]).rows
    case.run(5)
    assert case.states() == {"sent": 500}
    assert max(case.sink.requests[4:]) > 100


def test_after_a_request_that_failed_no_other_of_that_turn_is_sent() -> None:
    records = [crash(f"id{n}", text="\u00fc" * 2**20) for n in range(5)]
    case = Case(records, Sink(failures=[AWAY]), at_once=1)
    case.run(1)
    assert case.sink.requests == [1]


def test_a_document_that_is_put_aside_is_counted_once() -> None:
    case = Case(crashes(1), Sink(failures=[BrokenOff("reset")]))
    case.run(1)
    assert case.figures == {SinkResult.RETRIED: 1}
    assert case.outbox.rows["id00000"].attempts == 1


def test_what_several_requests_carried_is_all_counted_when_they_fail() -> None:
    case = Case(crashes(4, size=2**22), Sink(failures=[AWAY, AWAY]), at_once=2)
    case.run(1)
    assert case.sink.requests == [1, 1]
    assert case.figures == {SinkResult.RETRIED: 2}


def test_an_answer_that_is_lost_after_the_server_took_all_doubles_nothing() -> None:
    sink = Sink(loses_answers=True)
    case = Case(crashes(5), sink)
    case.run(2)
    assert case.states() == {"waiting": 5}
    sink.loses_answers = False
    case.clocks.now += 400.0
    case.run(2)
    assert case.states() == {"sent": 5}
    assert case.figures[SinkResult.DUPLICATE] == 5
    assert len(sink.documents) == 5


def test_a_fault_in_the_sending_itself_loses_nothing() -> None:
    faults: list[RuntimeError | None] = [RuntimeError("ours"), None, None]

    def send(body: bytes) -> bytes:
        if (fault := faults.pop(0)) is not None:
            raise fault
        return case.sink.send(body)

    case = Case(crashes(3), send=send)
    case.run(1)
    assert "RuntimeError" in case.shipper.health().detail
    case.run(2)
    assert case.states() == {"sent": 3}
