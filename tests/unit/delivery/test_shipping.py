"""The loop from the outbox to the server: every crash arrives once, or is kept with the reason why not."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from random import Random
from threading import Event, Lock
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubevigil.delivery.bulk import MOST_BYTES, MOST_ITEMS
from kubevigil.delivery.documents import Documents, Format
from kubevigil.delivery.errors import (
    BrokenOff,
    DeliveryError,
    RefusedCredentials,
    Rejected,
    ServerError,
    Throttled,
    TooLarge,
    Unreachable,
)
from kubevigil.delivery.shipping import LINGER, Shipper
from kubevigil.delivery.tally import SinkResult
from kubevigil.model.record import Record
from kubevigil.store.errors import StoreError
from tests.unit.delivery.crashes import crash
from tests.unit.delivery.memory import NOW, MemoryOutbox, Sink

AWAY = Unreachable("es:9200 cannot be reached: refused")


class Clocks(Event):
    """Wall and monotonic time that pass only while something waits; also the stop event, so that waiting moves them."""

    def __init__(self, seconds: float = 10_000.0) -> None:
        super().__init__()
        self.now = NOW
        self.ends = NOW + seconds
        self.waits: list[float] = []

    def __call__(self) -> float:
        return self.now

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self.waits.append(timeout)
        self.now += timeout
        if self.now >= self.ends:
            self.set()
        return self.is_set()


class Figures(Counter[SinkResult]):
    def came_of(self, result: SinkResult, documents: int) -> None:
        assert documents > 0
        self[result] += documents


class Case:
    """A shipper between an outbox in memory and a sink."""

    def __init__(self, records: Iterable[Record], sink: Sink | None = None, **options: Any) -> None:
        self.sink = sink or Sink()
        self.outbox = MemoryOutbox(records)
        self.clocks = Clocks()
        self.figures = Figures()
        documents = options.pop("documents", Documents(Format.ECS, "k8s-crash-monitor-"))
        send: Callable[[bytes], bytes] = options.pop("send", self.sink.send)
        self.shipper = Shipper(
            self.outbox,
            send,
            documents,
            observer=self.figures,
            random=Random(1),
            wall=self.clocks,
            monotonic=self.clocks,
            **options,
        )

    def run(self, turns: int) -> list[float]:
        """So many turns, with the waits between them; the waits."""
        waits = []
        for _ in range(turns):
            waits.append(self.shipper.turn())
            self.clocks.now += waits[-1]
        return waits

    def states(self) -> Counter[str]:
        return Counter(row.state for row in self.outbox.rows.values())


def crashes(many: int, size: int = 10) -> list[Record]:
    return [crash(f"id{number:05}", text="x" * size) for number in range(many)]


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


def test_once_without_a_store_says_so_when_its_patience_is_over() -> None:
    case = Case(crashes(3))
    case.outbox.refuses = "balance"
    with pytest.raises(StoreError):
        case.shipper.once(case.clocks, patience=30.0)


def test_a_stop_ends_both_loops() -> None:
    case = Case(crashes(3), Sink(judge=lambda _: (429, "")))
    case.clocks.ends = NOW + 100.0
    case.shipper.run(case.clocks)
    assert case.clocks.is_set()
    assert case.shipper.once(case.clocks).waiting == 3


_STATUSES = st.sampled_from(
    [None, None, None, (400, "mapper_parsing_exception"), (429, ""), (503, ""), (403, "security_exception"), (404, "")]
)
_FAILURES = st.sampled_from(
    [AWAY, BrokenOff("reset"), TooLarge("413"), Throttled("busy", 3.0), ServerError("x", 500, 0.0), Rejected("x", 400)]
)


@settings(max_examples=150, deadline=None)
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
