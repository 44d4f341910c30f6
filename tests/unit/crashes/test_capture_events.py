"""Events of the pod, as a record keeps them."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from kubevigil.crashes.events import MOST_EVENTS, events_of


def event(message: str = "m", uid: str = "u", **more: Any) -> dict[str, Any]:
    return {"involvedObject": {"uid": uid}, "type": "Warning", "reason": "BackOff", "message": message, **more}


def listed(*events: object) -> bytes:
    return msgspec.json.encode({"kind": "EventList", "items": events})


def test_events_are_told_oldest_first_whichever_fields_they_carry() -> None:
    older = event(
        "old style", firstTimestamp="2026-11-21T09:00:00Z", lastTimestamp="2026-11-21T10:00:00Z", count=7,
        source={"component": "kubelet", "host": "n"},
    )  # fmt: skip
    newer = event(
        "new style", firstTimestamp=None, lastTimestamp=None, count=None, eventTime="2026-11-21T09:30:00.000001Z",
        series={"count": 3, "lastObservedTime": "2026-11-21T10:00:01.5Z"}, reportingComponent="scheduler", source={},
    )  # fmt: skip
    first, second = events_of(listed(newer, older), "u")
    assert (first.message, first.count, first.first_at, first.last_at, first.source) == (
        "old style", 7, "2026-11-21T09:00:00Z", "2026-11-21T10:00:00Z", "kubelet",
    )  # fmt: skip
    assert (second.message, second.count, second.first_at, second.last_at, second.source) == (
        "new style", 3, "2026-11-21T09:30:00.000001Z", "2026-11-21T10:00:01.5Z", "scheduler",
    )  # fmt: skip


def test_events_of_another_pod_of_the_same_name_are_left_out() -> None:
    assert [e.message for e in events_of(listed(event("mine"), event("theirs", uid="v"), {}), "u")] == ["mine"]


def test_only_the_newest_are_kept() -> None:
    events = [event(str(n), lastTimestamp=f"2026-11-21T10:00:{n:02}Z") for n in range(50)]
    kept = [int(e.message) for e in events_of(listed(*reversed(events)), "u")]
    assert kept == list(range(50 - MOST_EVENTS, 50))


def test_messages_are_bounded_and_steer_no_terminal() -> None:
    (told,) = events_of(listed(event("\x1b[31m" + "x" * 10_000, reason="Back\nOff\x00", lastTimestamp="soon")), "u")
    assert (len(told.message), told.reason, told.last_at) == (2048, "Back Off", None)


@given(st.one_of(st.binary(max_size=50), st.recursive(st.none() | st.text() | st.integers(), st.lists).map(listed)))
def test_an_answer_that_is_no_list_of_events_holds_none(body: bytes) -> None:
    assert events_of(body, "u") == ()
