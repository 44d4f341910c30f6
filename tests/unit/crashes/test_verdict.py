"""What is proven about a log."""

import pytest

from kubevigil.crashes.sifting import Sifted
from kubevigil.crashes.slot import Slot
from kubevigil.crashes.verdict import verdict, verdict_of_error, verdict_without_asking
from kubevigil.kube.errors import BadConfig, Forbidden, KubeError, NotFound, Refused, TooLarge, Unauthorized
from kubevigil.model.record import CaptureResult

NOW, BEFORE = Slot.CURRENT, Slot.PREVIOUS


def sifted(lines: int = 0, foreign: int = 0, no_log: int = 0) -> Sifted:
    return Sifted("text", cut=False, lead=0, lines=lines, parts=0, foreign=foreign, no_log=no_log, size=9)


@pytest.mark.parametrize(
    ("asked", "found", "after", "result"),
    [
        (NOW, sifted(lines=3), NOW, "ok"),
        (BEFORE, sifted(lines=3), BEFORE, "ok"),
        (NOW, sifted(lines=3, foreign=2, no_log=1), NOW, "ok"),
        (NOW, sifted(), NOW, "empty"),
        (BEFORE, sifted(), BEFORE, "empty"),
        (NOW, sifted(no_log=1), NOW, "gone"),
        (NOW, sifted(foreign=5), NOW, "superseded"),
        (NOW, sifted(foreign=5, no_log=1), NOW, "superseded"),
        (NOW, sifted(lines=3), BEFORE, "superseded"),
        (BEFORE, sifted(lines=3), NOW, "superseded"),
        (NOW, sifted(lines=3), Slot.SUPERSEDED, "superseded"),
        (NOW, sifted(), Slot.SUPERSEDED, "superseded"),
        (NOW, sifted(lines=3), Slot.GONE, "gone"),
        (NOW, sifted(), Slot.GONE, "gone"),
    ],
)
def test_two_readings_and_the_answer_between_them_make_the_result(
    asked: Slot, found: Sifted, after: Slot, result: str
) -> None:
    assert verdict(asked, found, after) == result


def test_nothing_is_asked_for_where_the_first_reading_shows_nothing() -> None:
    assert verdict_without_asking(Slot.GONE) is CaptureResult.GONE
    assert verdict_without_asking(Slot.SUPERSEDED) is CaptureResult.SUPERSEDED
    assert verdict_without_asking(NOW) is verdict_without_asking(BEFORE) is None


@pytest.mark.parametrize(
    ("error", "result"),
    [
        (Forbidden("get", "pods/log", "shop"), "forbidden"),
        (NotFound("/api/v1/namespaces/shop/pods/a", ""), "gone"),
        (Refused(400, 'previous terminated container "app" in pod "a" not found'), "gone"),
        (Refused(400, 'container "app" in pod "a" is terminated'), "gone"),
        (Refused(400, 'container "app" in pod "a" is waiting to start: ContainerCreating'), "gone"),
        (Refused(400, 'container "app" in pod "a" is not available'), "gone"),
        (Refused(400, 'pod "a" cannot be found - no logs available'), "gone"),
        (Refused(400, "container none is not valid for pod a"), "error"),
        (Refused(302, "not found"), "error"),
        (Unauthorized("host"), "error"),
        (BadConfig("x"), "error"),
        (TooLarge(5), "error"),
    ],
)
def test_a_refusal_says_why_there_is_no_log(error: KubeError, result: str) -> None:
    assert verdict_of_error(error) == result
