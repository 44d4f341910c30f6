"""WATCH of pods: the lines of one stream, from a version on. Waits in the history's condition only.

Flows out: lines as bytes, each one event, until timeoutSeconds is over, the history closes, or an ERROR was told.
A version that the history has dropped is answered as the real server does: HTTP 200 and one ERROR event with 410. A
version to come is accepted, as there, and the stream is silent, without a bookmark even, until that version is passed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Final

from msgspec import json

from kubevigil.demo.calls import Call
from kubevigil.demo.history import Change, Expired, History
from kubevigil.demo.listing import wanted
from kubevigil.demo.replies import error_line
from kubevigil.model.clock import Monotonic

_DEFAULT_TIMEOUT: Final = 1800
"""Seconds without timeoutSeconds; the real server takes 30 to 60 minutes."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How time is told, and how often a quiet stream sends a bookmark, in seconds."""

    monotonic: Monotonic
    bookmark_every: float = 60.0


def watch_lines(call: Call, history: History, pace: Pace) -> Iterator[bytes]:
    """The stream's lines. Without a resourceVersion, or with 0, every present pod comes first as ADDED.

    Where the stream begins is fixed by this call, not by the first line that is taken: what happens in between is
    in the stream.
    """
    bookmarks = history.bookmarks
    asked = call.number("resourceVersion")
    if asked:
        return _told(call, history, pace, asked, bookmarks)
    snapshot = history.snapshot()
    present = (_line("ADDED", body) for ref, body in snapshot.pods if wanted(call, ref))
    return chain(present, _told(call, history, pace, snapshot.version, bookmarks))


def bookmark_line(version: int) -> bytes:
    """A bookmark: all changes up to `version` have been sent."""
    meta = {"resourceVersion": str(version), "creationTimestamp": None}
    empty = {"metadata": meta, "spec": {"containers": None}, "status": {}}
    return _line("BOOKMARK", json.encode(empty))


def _told(call: Call, history: History, pace: Pace, version: int, bookmarks: int) -> Iterator[bytes]:
    try:
        history.check(version)
        yield from _follow(call, history, pace, version, bookmarks)
    except Expired as expired:
        yield error_line(410, str(expired))


def _follow(call: Call, history: History, pace: Pace, version: int, bookmarks: int) -> Iterator[bytes]:
    asks_for_marks, marked = call.flag("allowWatchBookmarks"), False
    now = pace.monotonic()
    ends = now + (call.number("timeoutSeconds") or _DEFAULT_TIMEOUT)
    next_mark = now + pace.bookmark_every
    while not history.closed and now < ends:
        came = history.wait(version, bookmarks, max(0.0, min(ends, next_mark) - now))
        yield from _lines(call, came.changes)
        marked = asks_for_marks and came.version >= version
        version = max(version, came.version)
        now = pace.monotonic()
        if marked and (came.bookmarks != bookmarks or now >= next_mark):
            yield bookmark_line(version)
        if now >= next_mark:
            next_mark = now + pace.bookmark_every
        bookmarks = came.bookmarks
    if marked and not history.closed:
        yield bookmark_line(version)


def _lines(call: Call, changes: list[Change]) -> Iterator[bytes]:
    return (_line(c.type, c.body) for c in changes if wanted(call, c.ref))


def _line(type_: str, body: bytes) -> bytes:
    # A watched object names its kind, one in a list does not; the bodies are shared.
    return b'{"type":"' + type_.encode() + b'","object":{"kind":"Pod","apiVersion":"v1",' + body[1:] + b"}\n"
