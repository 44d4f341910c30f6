"""Events when the API server fails, forgets, or loses an answer; tests/apiserver has the real one."""

import json
from typing import Any

import pytest

from kubevigil.kube import events
from kubevigil.kube.errors import AlreadyExists, KubeError, NotFound, ServerError, Unreachable
from kubevigil.kube.events import SAME_WITHIN, EventRecorder, Occurrence, Subject
from kubevigil.kube.writing import Writer

DNS = Subject("v1", "Pod", "shop", "dns", "uid-1")
SEEN = Occurrence("Seen", "here")


class Server:
    """Keeps Events by name. `before` is raised instead of doing a request, `after` instead of answering it."""

    def __init__(self) -> None:
        self.events: dict[str, dict[str, Any]] = {}
        self.requests: list[str] = []
        self.before: KubeError | None = None
        self.after: KubeError | None = None

    def post(self, path: str, body: bytes, **_: object) -> bytes:
        self.requests.append("create")
        self._raise("before")
        event = json.loads(body)
        name = f"{path}/{event['metadata']['name']}"
        if name in self.events:
            raise AlreadyExists
        self.events[name] = event
        self._raise("after")
        return b"{}"

    def patch(self, path: str, body: bytes, **_: object) -> bytes:
        self.requests.append("patch")
        self._raise("before")
        if path not in self.events:
            raise NotFound(path, "")
        self.events[path] |= json.loads(body)
        self._raise("after")
        return b"{}"

    def put(self, path: str, body: bytes, **_: object) -> bytes:
        raise NotImplementedError

    def delete(self, path: str, body: bytes, **_: object) -> bytes:
        raise NotImplementedError

    @property
    def counts(self) -> list[int]:
        return [event["count"] for event in self.events.values()]

    def _raise(self, when: str) -> None:
        error = getattr(self, when)
        setattr(self, when, None)
        if error is not None:
            raise error


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def recorder(server: Server, clock: Clock) -> EventRecorder:
    return EventRecorder(Writer(server), "kubevigil-0", monotonic=clock, wall=clock)


def _fails(recorder: EventRecorder, occurrence: Occurrence = SEEN) -> None:
    with pytest.raises(KubeError):
        recorder.record(DNS, occurrence)


def test_an_event_that_could_not_be_written_is_counted_in_the_next(server: Server, recorder: EventRecorder) -> None:
    server.before = ServerError(500)
    _fails(recorder)
    recorder.record(DNS, SEEN)
    server.before = ServerError(500)
    _fails(recorder)
    recorder.record(DNS, SEEN)
    assert server.counts == [4]


def test_an_answer_that_was_lost_makes_no_second_event(server: Server, recorder: EventRecorder) -> None:
    server.after = Unreachable("cut")
    _fails(recorder)
    recorder.record(DNS, SEEN)
    assert server.counts == [2]


def test_a_repetition_is_one_request(server: Server, recorder: EventRecorder) -> None:
    for _ in range(3):
        recorder.record(DNS, SEEN)
    assert server.requests == ["create", "patch", "patch"]


def test_other_words_about_the_same_object_are_another_event(server: Server, recorder: EventRecorder) -> None:
    for occurrence in (SEEN, Occurrence("Seen", "there"), Occurrence("Lost", "here"), Occurrence("Seen", "here", True)):
        recorder.record(DNS, occurrence)
    recorder.record(DNS._replace(uid="uid-2"), SEEN)
    assert server.counts == [1] * 5


def test_ten_minutes_after_the_last_time_an_event_begins_anew(
    server: Server, recorder: EventRecorder, clock: Clock
) -> None:
    for pause in (0.0, SAME_WITHIN, SAME_WITHIN, SAME_WITHIN + 1):
        clock.now += pause
        recorder.record(DNS, SEEN)
    assert server.counts == [3, 1]


def test_memory_is_bounded_and_the_oldest_is_forgotten_first(
    server: Server, recorder: EventRecorder, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "REMEMBERED", 2)
    for message in ("a", "b", "a", "c", "a", "b"):
        clock.now += 1
        recorder.record(DNS, Occurrence("Seen", message))
    told = [(event["message"], event["count"]) for event in server.events.values()]
    assert told == [("a", 3), ("b", 1), ("c", 1), ("b", 1)]
    assert len(recorder._memory) == 2
