"""The loop from the outbox to the server: every crash arrives once, or is kept with the reason why not."""

from threading import Lock
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubevigil.delivery.bulk import MOST_BYTES, MOST_ITEMS
from kubevigil.delivery.documents import Documents, Format
from kubevigil.delivery.errors import (
    BrokenOff,
    DeliveryError,
    Rejected,
    ServerError,
    Throttled,
    TooLarge,
)
from kubevigil.delivery.shipping import LINGER
from kubevigil.delivery.tally import SinkResult
from tests.unit.delivery.crashes import crash
from tests.unit.delivery.memory import Sink
from tests.unit.delivery.shipping import AWAY, Case, crashes


def test_what_is_due_is_sent_and_said_to_be() -> None:
    case = Case(crashes(3))
    assert case.run(1) == [LINGER]
    assert case.states() == {"sent": 3}
    assert set(case.sink.documents) == {"id00000", "id00001", "id00002"}
    assert case.figures == {SinkResult.SENT: 3}
    assert case.sink.requests == [3]


def test_an_empty_outbox_is_looked_at_twice_a_second_and_nothing_is_sent() -> None:
    case = Case([])
    assert case.run(3) == [LINGER] * 3
    assert case.sink.requests == []


def test_what_is_there_already_is_done() -> None:
    case = Case(crashes(3))
    case.sink.documents = {"id00001": {}}
    case.run(1)
    assert case.states() == {"sent": 3}
    assert case.figures == {SinkResult.SENT: 2, SinkResult.DUPLICATE: 1}


def test_a_backlog_is_sent_in_full_requests_without_waiting() -> None:
    case = Case(crashes(2 * MOST_ITEMS + 10))
    assert case.run(2) == [0.0, LINGER]
    assert sorted(case.sink.requests) == [10, MOST_ITEMS, MOST_ITEMS]


def test_memory_is_bounded_by_what_is_claimed_and_requests_by_their_size() -> None:
    sizes: list[int] = []

    def send(body: bytes) -> bytes:
        sizes.append(len(body))
        return case.sink.send(body)

    case = Case(crashes(60, size=256 * 1024), send=send, at_once=2)
    waits = case.run(2)
    assert waits[0] == 0.0
    assert case.states() == {"sent": 60}
    assert max(sizes) <= MOST_BYTES
    assert set(case.outbox.claims) == {(2 * MOST_ITEMS, 2 * MOST_BYTES)}


def test_a_document_that_is_too_large_for_a_batch_goes_alone() -> None:
    case = Case([crash("a", text="x" * (MOST_BYTES + 1)), crash("b"), crash("c")])
    case.run(3)
    assert case.states() == {"sent": 3}
    assert sorted(case.sink.requests) == [1, 2]


def test_a_document_that_is_refused_is_kept_with_the_reason_and_holds_up_no_other() -> None:
    sink = Sink(judge=lambda id_: (400, "mapper_parsing_exception") if id_ == "id00001" else None)
    case = Case(crashes(3), sink)
    assert case.run(1) == [LINGER]
    assert case.states() == {"sent": 2, "dead": 1}
    assert case.outbox.rows["id00001"].error == "mapping: mapper_parsing_exception: so it is"
    assert case.figures == {SinkResult.SENT: 2, SinkResult.DEAD_LETTER: 1}
    assert case.shipper.health().ok


def test_one_that_is_put_off_waits_longer_each_time_and_holds_up_no_other() -> None:
    sink = Sink(judge=lambda id_: (429, "es_rejected_execution_exception") if id_ == "id00001" else None)
    case = Case(crashes(3), sink)
    case.run(1)
    row = case.outbox.rows["id00001"]
    assert case.states() == {"sent": 2, "waiting": 1}
    assert row.error == "throttled: es_rejected_execution_exception: so it is"
    waits = []
    for _ in range(12):
        waits.append(row.next_at - case.clocks.now)
        case.clocks.now = row.next_at
        case.shipper.turn()
    assert waits[0] <= 1.2 < waits[2]
    assert 200.0 <= waits[-1] <= 300.0
    sink.judge = lambda _: None
    case.clocks.now = row.next_at
    case.run(1)
    assert case.states() == {"sent": 3}
    assert case.figures[SinkResult.RETRIED] == 13


@pytest.mark.parametrize("method", ["claim", "sent", "dead", "retry"])
def test_a_store_that_refuses_is_waited_for_and_nothing_is_sent_meanwhile(method: str) -> None:
    told = {"id00001": (400, "mapper_parsing_exception"), "id00002": (429, "")}
    case = Case(crashes(3), Sink(judge=told.get))
    case.outbox.refuses = method
    waits = case.run(5)
    assert min(waits) > LINGER
    assert len(case.sink.requests) <= 1
    assert not case.shipper.health().ok
    assert case.shipper.health().detail == f"cannot {method}"
    case.outbox.refuses = ""
    case.sink.judge = lambda _: None
    case.clocks.now += 10.0
    case.run(2)
    if method == "claim":
        assert case.states() == {"sent": 3}
    else:
        assert case.states() == {"sent": 2, "dead": 1}
        assert case.figures[SinkResult.DEAD_LETTER] == 1, "what was judged is written later, not judged again"
    assert case.shipper.health().ok


def test_a_crash_of_which_no_document_can_be_made_is_set_aside_and_told(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Documents):
        def item(self, due: Any) -> Any:
            if due.record.id == "id00001":
                raise KeyError("no such thing")
            return super().item(due)

    case = Case(crashes(3), documents=Broken(Format.ECS, "x-"))
    case.run(1)
    assert case.states() == {"sent": 2, "dead": 1}
    assert case.outbox.rows["id00001"].error == "a fault of Kubevigil: KeyError: 'no such thing'"
    assert "document not made" in caplog.text


def test_no_more_requests_are_under_way_than_were_allowed() -> None:
    lock, under_way, most = Lock(), 0, 0

    def send(body: bytes) -> bytes:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        try:
            return case.sink.send(body)
        finally:
            with lock:
                under_way -= 1

    case = Case(crashes(40, size=2**20), send=send, at_once=3)
    case.run(4)
    assert case.states() == {"sent": 40}
    assert most <= 3


@pytest.mark.parametrize("at_once", [0, 5, -1])
def test_requests_at_once_are_one_to_four(at_once: int) -> None:
    with pytest.raises(ValueError, match="1 to 4"):
        Case([], at_once=at_once)


_STATUSES = st.sampled_from(
    [None, None, None, (400, "mapper_parsing_exception"), (429, ""), (503, ""), (403, "security_exception"), (404, "")]
)
_FAILURES = st.sampled_from(
    [AWAY, BrokenOff("reset"), TooLarge("413"), Throttled("busy", 3.0), ServerError("x", 500, 0.0), Rejected("x", 400)]
)


@settings(max_examples=150)
@given(
    judgements=st.lists(st.lists(_STATUSES, min_size=12, max_size=12), max_size=4),
    failures=st.lists(_FAILURES, max_size=8),
    refusals=st.lists(st.sampled_from(["", "", "sent", "dead", "retry", "claim"]), max_size=8),
    numbers=st.tuples(st.integers(1, 12), st.integers(0, 5), st.integers(1, 4)),
)
def test_whatever_happens_each_crash_is_sent_once_or_kept_with_a_reason(
    judgements: list[list[tuple[int, str] | None]],
    failures: list[DeliveryError],
    refusals: list[str],
    numbers: tuple[int, int, int],
) -> None:
    """Seen = sent + waiting + dead after each turn, and in the end nothing waits, over kills of the process too."""
    many, killed_after, at_once = numbers
    names = [f"id{number:05}" for number in range(many)]
    case = Case(crashes(many), Sink(failures=list(failures)), at_once=at_once)
    round_ = 0

    def judge(id_: str) -> tuple[int, str] | None:
        return judgements[round_][names.index(id_)] if round_ < len(judgements) else None

    case.sink.judge = judge
    for round_ in range(40):
        case.outbox.refuses = refusals[round_] if round_ < len(refusals) else ""
        if round_ == killed_after:
            successor = Case([], case.sink, at_once=at_once)
            successor.outbox.rows = case.outbox.rows
            successor.clocks.now = case.clocks.now
            case = successor
        case.clocks.now += max(case.shipper.turn(), 301.0)
        assert sum(case.states().values()) == many
        sent = {id_ for id_, row in case.outbox.rows.items() if row.state == "sent"}
        assert sent <= set(case.sink.documents)
    assert case.states()["waiting"] == 0
    dead = {id_ for id_, row in case.outbox.rows.items() if row.state == "dead"}
    assert all(case.outbox.rows[id_].error for id_ in dead)
    assert set(case.sink.documents) - dead == {id_ for id_, row in case.outbox.rows.items() if row.state == "sent"}
