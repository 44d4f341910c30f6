"""Tells what happened to an object by a core/v1 Event, and its repetition by a count in the same Event.

The same words about the same object within ten minutes of the last time are one Event, as with client-go's correlator.
What is remembered is bounded; what was forgotten costs a second Event.
"""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any, Final, NamedTuple

from msgspec import Raw

from kubevigil.kube.errors import AlreadyExists, NotFound
from kubevigil.kube.writing import Writer
from kubevigil.model.clock import Monotonic, Wall, rfc3339

COMPONENT: Final = "kubevigil"
SAME_WITHIN: Final = 600.0
"""Seconds since the last time."""

LONGEST_MESSAGE: Final = 1024
"""Bytes; events.k8s.io/v1, which shows the same Events, allows no more."""

REMEMBERED: Final = 4096
"""Events, as in client-go's cache."""

_LONGEST_NAME: Final = 253
_DIGITS: Final = 16


class Subject(NamedTuple):
    """The object that an Event is about; `namespace` is '' where it has none."""

    api_version: str
    kind: str
    namespace: str
    name: str
    uid: str


class Occurrence(NamedTuple):
    """What happened: `reason` is one word in CamelCase, `message` for people."""

    reason: str
    message: str
    warning: bool = False


@dataclass(frozen=True, slots=True)
class _Told:
    name: str
    first: str
    last: str
    count: int
    at: float
    made: bool = False


class EventRecorder:
    """Writes Events as `instance`, this process. Thread-safe. Needs the rights to create and patch events."""

    def __init__(self, writer: Writer, instance: str, *, monotonic: Monotonic, wall: Wall) -> None:
        self._writer = writer
        self._instance = instance
        self._monotonic = monotonic
        self._wall = wall
        self._lock = Lock()
        self._memory: OrderedDict[tuple[Subject, Occurrence], _Told] = OrderedDict()

    def record(self, subject: Subject, occurrence: Occurrence) -> None:
        """Tells it once more, or for the first time. Raises as the writer does; the next one has the right count."""
        occurrence = occurrence._replace(message=_cut(occurrence.message))
        told = self._counted(subject, occurrence)
        collection = f"/api/v1/namespaces/{subject.namespace or 'default'}/events"
        if told.made and self._count(collection, told):
            return
        try:
            self._writer.create(collection, self._event(subject, occurrence, told), Raw)
        except AlreadyExists:  # an earlier attempt had its effect, though its answer never came
            self._count(collection, told)
        with self._lock:
            if known := self._memory.get((subject, occurrence)):
                self._memory[subject, occurrence] = replace(known, made=known.made or known.name == told.name)

    def _counted(self, subject: Subject, occurrence: Occurrence) -> _Told:
        now, stamp = self._monotonic(), rfc3339(self._wall())
        with self._lock:
            told = self._memory.pop((subject, occurrence), None)
            if told is None or now - told.at > SAME_WITHIN:
                told = _Told(_name(subject, occurrence, stamp), stamp, stamp, 0, now)
            told = replace(told, count=told.count + 1, last=stamp, at=now)
            self._memory[subject, occurrence] = told
            while len(self._memory) > REMEMBERED:
                self._memory.popitem(last=False)
        return told

    def _count(self, collection: str, told: _Told) -> bool:
        """Whether the Event was there; they are deleted after an hour or so."""
        try:
            changes = {"count": told.count, "lastTimestamp": told.last}
            self._writer.merge(f"{collection}/{told.name}", changes, Raw)
        except NotFound:
            return False
        return True

    def _event(self, subject: Subject, occurrence: Occurrence, told: _Told) -> dict[str, Any]:
        about = {
            "apiVersion": subject.api_version,
            "kind": subject.kind,
            "namespace": subject.namespace,
            "name": subject.name,
            "uid": subject.uid,
        }
        return {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": told.name, "namespace": subject.namespace or "default"},
            "involvedObject": about,
            "type": "Warning" if occurrence.warning else "Normal",
            "reason": occurrence.reason,
            "message": occurrence.message,
            "count": told.count,
            "firstTimestamp": told.first,
            "lastTimestamp": told.last,
            "source": {"component": COMPONENT},
            "reportingComponent": COMPONENT,
            "reportingInstance": self._instance,
        }


def _name(subject: Subject, occurrence: Occurrence, stamp: str) -> str:
    """The same for another attempt at the same Event; an Event's name begins with its object's."""
    digest = hashlib.sha256(repr((subject, occurrence, stamp)).encode("utf-8", "replace")).hexdigest()[:_DIGITS]
    return f"{subject.name[: _LONGEST_NAME - _DIGITS - 1].rstrip('-.')}.{digest}"


def _cut(message: str) -> str:
    whole = message.encode("utf-8", "replace")
    if len(whole) <= LONGEST_MESSAGE:
        return whole.decode()
    return whole[: LONGEST_MESSAGE - 3].decode("utf-8", "ignore") + "..."
