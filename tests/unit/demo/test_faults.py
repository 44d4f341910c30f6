"""What each fault has the server do, without a socket."""

import pytest

from kubevigil.demo import faults
from kubevigil.demo.calls import parse
from kubevigil.demo.faults import Answer, Close, FaultSet, Pause, Send, Step

WATCH = parse("GET", "/api/v1/pods?watch=1")
LIST = parse("GET", "/api/v1/pods")
PAGE = parse("GET", "/api/v1/pods?continue=x")


def through(fault: faults.Fault, *lines: bytes) -> list[Step]:
    several = FaultSet()
    several.add(fault)
    call = parse("GET", "/api/v1/pods?watch=1")
    return [step for line in lines for step in several.piece(call, line)] + several.end(call)


def sent(steps: list[Step]) -> list[bytes]:
    return [step.data for step in steps if isinstance(step, Send)]


def test_without_faults_everything_passes() -> None:
    assert FaultSet().before(WATCH) == []
    assert FaultSet().piece(WATCH, b"a") == [Send(b"a")]
    assert FaultSet().end(WATCH) == []


def test_a_fault_is_used_as_often_as_it_says_and_only_for_its_calls() -> None:
    several = FaultSet()
    several.add(faults.failing(503, when=faults.lists, times=2))
    assert several.before(WATCH) == []
    assert [bool(several.before(LIST)) for _ in range(3)] == [True, True, False]


def test_a_removed_fault_does_nothing() -> None:
    several = FaultSet()
    fault = several.add(faults.reset())
    assert several.before(LIST) == [Close(reset=True)]
    several.remove(fault)
    assert several.before(LIST) == []


@pytest.mark.parametrize("code", [410, 429, 500, 503])
def test_a_failing_server_answers_with_a_status(code: int) -> None:
    steps = faults.failing(code, retry_after=7).before(LIST)
    assert steps is not None
    (step,) = steps
    assert isinstance(step, Answer)
    assert (step.reply.code, step.reply.headers) == (code, {"Retry-After": "7"})


def test_silences_are_bounded() -> None:
    assert faults.black_hole(seconds=1e9).before(LIST) == [Pause(600.0), Close()]
    assert through(faults.half_open(seconds=1e9), b"a") == [Pause(600.0), Close()]
    assert faults.slow(1e9).before(LIST) == [Pause(600.0)]


def test_a_half_open_stream_lets_its_first_pieces_pass() -> None:
    assert through(faults.half_open(after=2, seconds=1), b"a", b"b", b"c")[:3] == [Send(b"a"), Send(b"b"), Pause(1)]


def test_a_cut_ends_the_connection_within_a_piece() -> None:
    assert through(faults.cut(2), b"abcd") == [Send(b"ab"), Close()]


def test_an_expired_continue_concerns_later_pages_only() -> None:
    fault = faults.expired_continue()
    assert fault.before(LIST) is None
    assert fault.before(PAGE) is not None


def test_events_are_doubled_swapped_and_replayed() -> None:
    assert sent(through(faults.duplicate(), b"a", b"b")) == [b"a", b"a", b"b", b"b"]
    assert sent(through(faults.Reorder(times=None), b"a", b"b", b"c")) == [b"b", b"a", b"c"]
    assert sent(through(faults.Replay(2, times=None), b"a", b"b", b"c")) == [b"a", b"b", b"a", b"c", b"a", b"b"]
    assert sent(through(faults.garbage(b"?\n"), b"a", b"b")) == [b"?\n", b"a", b"b"]


def test_an_event_that_is_kept_back_is_not_swallowed_when_the_fault_is_taken_out() -> None:
    several = FaultSet()
    fault = several.add(faults.Reorder(times=None))
    assert several.piece(WATCH, b"a") == []
    several.remove(fault)
    assert sent(several.piece(WATCH, b"b")) == [b"b", b"a"]
    assert sent(several.piece(WATCH, b"c")) == [b"c"]


def test_faults_work_upon_one_another() -> None:
    several = FaultSet()
    several.add(faults.duplicate())
    several.add(faults.slow_stream(1))
    assert several.piece(WATCH, b"a") == [Pause(1), Send(b"a"), Pause(1), Send(b"a")]
