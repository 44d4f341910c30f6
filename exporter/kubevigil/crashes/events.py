"""The Events that Kubernetes wrote about a pod, as a record keeps them. Pure.

Source: Kubernetes API reference, core/v1 Event. Newer reporters fill `eventTime` and `series` where older ones
fill `firstTimestamp`, `lastTimestamp` and `count`.
"""

from typing import Final

import msgspec
from msgspec import Struct

from kubevigil.crashes.sanitising import sanitise
from kubevigil.kube.salvage import FAULTS
from kubevigil.model.clock import seconds_of
from kubevigil.model.record import RecordedEvent

MOST_EVENTS: Final = 30
_LONGEST_MESSAGE: Final = 2_048
"""Characters; the API itself allows 1,024 for most reporters."""

_LONGEST_WORD: Final = 128


class _Series(Struct, frozen=True, gc=False, rename="camel"):
    count: int | None = None
    last_observed_time: str | None = None


class _Source(Struct, frozen=True, gc=False):
    component: str | None = None


class _Object(Struct, frozen=True, gc=False):
    uid: str | None = None


class _Event(Struct, frozen=True, gc=False, rename="camel"):
    involved_object: _Object | None = None
    type: str | None = None
    reason: str | None = None
    message: str | None = None
    count: int | None = None
    first_timestamp: str | None = None
    last_timestamp: str | None = None
    event_time: str | None = None
    series: _Series | None = None
    source: _Source | None = None
    reporting_component: str | None = None


class _EventList(Struct, frozen=True, gc=False):
    items: tuple[_Event, ...] | None = None


_LIST: Final = msgspec.json.Decoder(_EventList)
"""Made here, by one thread: see `pod_now`."""


def events_of(body: bytes, pod_uid: str) -> tuple[RecordedEvent, ...]:
    """The newest Events about the pod in the answer to a LIST, oldest first; none for an answer that is no list.

    Of at most 30 Events; their messages are sanitised and not yet redacted.
    """
    try:
        listed = _LIST.decode(body).items or ()
    except FAULTS:
        return ()
    told = [_told(event) for event in listed if event.involved_object and event.involved_object.uid == pod_uid]
    return tuple(sorted(told, key=_last)[-MOST_EVENTS:])


def _told(event: _Event) -> RecordedEvent:
    series = event.series or _Series()
    component = (event.source and event.source.component) or event.reporting_component
    return RecordedEvent(
        type=_word(event.type),
        reason=_word(event.reason),
        message=sanitise(event.message or "")[:_LONGEST_MESSAGE],
        count=series.count or event.count or 1,
        first_at=_moment(event.first_timestamp, event.event_time),
        last_at=_moment(series.last_observed_time, event.last_timestamp, event.event_time, event.first_timestamp),
        source=_word(component),
    )


def _last(event: RecordedEvent) -> float:
    return seconds_of(event.last_at) or 0.0


def _word(text: str | None) -> str:
    return " ".join(sanitise(text or "").split())[:_LONGEST_WORD]


def _moment(*stamps: str | None) -> str | None:
    """The first of the stamps that is one."""
    return next((stamp for stamp in stamps if seconds_of(stamp) is not None), None)
