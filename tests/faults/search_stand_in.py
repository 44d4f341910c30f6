"""A stand-in for Elasticsearch's bulk API over real HTTP: what it holds at the end is the truth of what arrived.

Its semantics are the real ones of what may be in a body: `create` gives 201 or 409 by index and id, `index` overwrites,
`delete` deletes, an action that cannot be read refuses the whole request. So a document that broke out of its line
would do what it says. Faults are plug-ins: each request takes the course that the first fault gives it.
"""

import json
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from kubevigil.model import clock

Judge = Callable[[str], tuple[int, str] | None]
"""By id: the status and the error's type of a document that is not taken; None for one that is."""


class Place(Struct, frozen=True):
    """Where a document is."""

    index: str
    id: str


class Held(NamedTuple):
    """A document, and when (Unix time) it was taken."""

    source: bytes
    at: float


class Asked(NamedTuple):
    """A bulk request as faults see it; `number` counts from 1."""

    number: int
    body: bytes
    authorization: str


@dataclass(frozen=True, slots=True)
class Course:
    """How a request goes. With a status that is no success nothing is taken."""

    status: int = 200
    type: str = ""
    retry_after: int = 0
    resets: bool = False
    """The connection is reset in place of an answer."""

    applied: bool = True
    body: bytes = b""
    """Is answered in place of the truth."""

    seconds: float = 0.0
    """How long it takes."""

    judge: Judge = lambda _: None


Fault = Callable[[Asked], Course | None]
"""None: not concerned."""


@dataclass
class StandIn:
    """`faults` may be changed at any time. `keep` makes of a document what is kept of it."""

    url: str = ""
    faults: list[Fault] = field(default_factory=list)
    documents: dict[Place, Held] = field(default_factory=dict)
    keep: Callable[[bytes], bytes] = bytes
    foreign: list[str] = field(default_factory=list)
    """Actions other than `create`: we never send one."""

    requests: int = 0
    duplicates: int = 0
    largest: int = 0
    """Bytes of the largest body."""

    stopped: Event = field(default_factory=Event)
    _lock: Lock = field(default_factory=Lock)

    def course_of(self, body: bytes, authorization: str) -> Course:
        """Counts a request, and says how it goes."""
        with self._lock:
            self.requests += 1
            self.largest = max(self.largest, len(body))
            asked = Asked(self.requests, body, authorization)
            return next((course for fault in self.faults if (course := fault(asked)) is not None), Course())

    def take(self, body: bytes, judge: Judge) -> dict[str, Any] | None:
        """Does what the body says; the answer, or None for one that is no bulk request."""
        actions = list(_actions(body))
        if not body.endswith(b"\n") or any(kind not in {"create", "index", "delete"} for kind, _, _ in actions):
            return None
        with self._lock:
            items = [{kind: self._item(kind, place, source, judge)} for kind, place, source in actions]
        errors = any(item["status"] >= 400 for wrapped in items for item in wrapped.values())
        return {"took": 1, "errors": errors, "items": items}

    def _item(self, kind: str, place: Place, source: bytes, judge: Judge) -> dict[str, Any]:
        item: dict[str, Any] = {"_index": place.index, "_id": place.id}
        if kind != "create":
            self.foreign.append(kind)
        if kind == "delete":
            return item | {"status": 200 if self.documents.pop(place, None) else 404}
        told = judge(place.id) or (None if _is_object(source) else (400, "mapper_parsing_exception"))
        if told is None and kind == "create" and place in self.documents:
            self.duplicates += 1
            told = 409, "version_conflict_engine_exception"
        if told is not None:
            return item | {"status": told[0], "error": {"type": told[1], "reason": "so says the stand-in"}}
        self.documents[place] = Held(self.keep(source), clock.wall())
        return item | {"status": 201, "result": "created"}


def _actions(body: bytes) -> Iterator[tuple[str, Place, bytes]]:
    """Each action with where it acts and its document; the kind '' for what is no action."""
    lines = iter(body.removesuffix(b"\n").split(b"\n"))
    for line in lines:
        try:
            [(kind, where)] = msgspec.json.decode(line, type=dict[str, dict[str, str]]).items()
        except (msgspec.MsgspecError, ValueError):
            yield "", Place("", ""), b""
            return
        yield kind, Place(where.get("_index", ""), where.get("_id", "")), b"" if kind == "delete" else next(lines, b"")


def _is_object(source: bytes) -> bool:
    try:
        msgspec.json.decode(source, type=dict[str, msgspec.Raw])
    except msgspec.MsgspecError:
        return False
    return True


@contextmanager
def stand_in(*, keep: Callable[[bytes], bytes] = bytes) -> Iterator[StandIn]:
    """A stand-in that serves on loopback."""
    index = StandIn(keep=keep)
    http = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"index": index}))
    http.daemon_threads = True
    index.url = f"http://127.0.0.1:{http.server_address[1]}"
    thread = Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield index
    finally:
        index.stopped.set()
        http.shutdown()
        http.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    index: StandIn

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        course = self.index.course_of(body, self.headers.get("Authorization", ""))
        if course.seconds:
            self.index.stopped.wait(course.seconds)
        status, answer = course.status, course.body
        if status == 200 and course.applied:
            told = self.index.take(body, course.judge)
            status = 400 if told is None else 200
            answer = answer or json.dumps(told or _error("illegal_argument_exception", 400)).encode()
        if course.resets:
            self._reset()
            return
        self._say(status, answer or json.dumps(_error(course.type, status)).encode(), course.retry_after)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  http.server's name
        pass

    def _say(self, status: int, answer: bytes, retry_after: int) -> None:
        try:
            self.send_response(status)
            if retry_after:
                self.send_header("Retry-After", str(retry_after))
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)
        except OSError:  # who asked was killed
            self.close_connection = True

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.rfile.close()
        self.connection.close()


def _error(type_: str, status: int) -> dict[str, Any]:
    return {"error": {"type": type_, "reason": "so says the stand-in"}, "status": status}
