"""Requests are tried again where that can help, and never beyond the deadline."""

from collections.abc import Callable
from random import Random

import pytest

from kubevigil.crashes.asking import Asking, OutOfTime
from kubevigil.kube.errors import (
    Forbidden,
    Interrupted,
    KubeError,
    NotFound,
    Refused,
    ServerError,
    Stalled,
    TooLarge,
    TooManyRequests,
    Unauthorized,
    Undecodable,
    Unreachable,
)
from kubevigil.kube.interrupt import Interrupt


class Time(Interrupt):
    """A clock that waiting moves on."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 50.0
        self.waits: list[float] = []

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


class Unused:
    """No request of these tests gets as far as the API."""

    def get_bytes(self, *_args: object, **_named: object) -> bytes:
        raise AssertionError

    open: Callable[..., object] = get_bytes


def asking(time: Time, seconds: float = 10.0) -> Asking:
    return Asking(Unused(), time, Random(1), deadline=time.now + seconds, interrupt=time)  # type: ignore[arg-type]


def failing(*errors: KubeError) -> Callable[[], str]:
    left = list(errors)

    def attempt() -> str:
        if left:
            raise left.pop(0)
        return "answer"

    return attempt


@pytest.mark.parametrize("error", [TooManyRequests(0), ServerError(503), Stalled("x"), Unreachable("x")])
def test_failures_that_pass_are_tried_again_with_growing_waits(error: KubeError) -> None:
    time = Time()
    assert asking(time).insist(failing(*[error] * 5)) == "answer"
    assert len(time.waits) == 5
    for wait, expected in zip(time.waits, (0.2, 0.4, 0.8, 1.6, 2.0), strict=True):
        assert expected * 0.8 <= wait <= expected * 1.2


@pytest.mark.parametrize(
    "error",
    [
        Forbidden("get", "pods/log", "shop"),
        NotFound("/x", ""),
        Refused(400, "x"),
        TooLarge(1),
        Undecodable("x"),
        Unauthorized("h"),
        Interrupted("x"),
    ],
)
def test_failures_that_stay_are_not_tried_again(error: KubeError) -> None:
    time = Time()
    with pytest.raises(type(error)):
        asking(time).insist(failing(error))
    assert time.waits == []


@pytest.mark.parametrize("error", [TooManyRequests(3), ServerError(503, "", 3)])
def test_the_server_s_own_wait_is_honoured(error: KubeError) -> None:
    time = Time()
    assert asking(time).insist(failing(error)) == "answer"
    assert time.waits == [3]


def test_a_wait_beyond_the_deadline_is_not_begun() -> None:
    time = Time()
    with pytest.raises(OutOfTime, match="busy") as raised:
        asking(time).insist(failing(TooManyRequests(30)))
    assert (time.waits, type(raised.value.__cause__)) == ([], TooManyRequests)


def test_the_deadline_ends_the_attempts() -> None:
    time = Time()
    with pytest.raises(OutOfTime):
        asking(time, 4).insist(failing(*[Unreachable("refused")] * 100))
    assert time.now <= 54
    assert len(time.waits) >= 3


def test_an_interrupt_ends_the_wait() -> None:
    time = Time()
    time.fire()
    with pytest.raises(Interrupted):
        asking(time).insist(failing(Unreachable("x")))


def test_no_request_is_sent_after_the_deadline() -> None:
    time = Time()
    it = asking(time, 1)
    time.now += 1
    with pytest.raises(OutOfTime):
        it.whole("/x", {}, limit=1)
    with pytest.raises(OutOfTime):
        it.stream("/x", {}, lambda _: None)
