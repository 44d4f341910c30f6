"""What really happened to containers, folded from containerd's events and the runtime's status files.

In: events (`EventLine`) and, now and then, the status file of a container that is not known as ended. Out: facts. The
events are prompt; the status files make up for events that nobody heard while containerd was being restarted. Each
container ends once, whatever tells it first. A container that was created and whose start failed has no task and no
exit: it ends as `created_never_started`, and so does one that was given up for a successor without a start.
What is kept grows with the number of containers of a recording: some 200 bytes each.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

CREATE, START, EXIT = "/containers/create", "/tasks/start", "/tasks/exit"
ENDS: Final = ("exit", "created_never_started")
EVENT: Final = "event"
STATUS: Final = "status"


class EventLine(NamedTuple):
    """One line of `ctr events`; `at` is Unix time."""

    at: float
    topic: str
    container_id: str
    process_id: str
    exit_code: int | None


class Owner(NamedTuple):
    """Whose container it is, from the labels that the kubelet gives it."""

    uid: str
    container: str
    namespace: str
    pod: str


class Status(NamedTuple):
    """The runtime's own file on a container; times are Unix, 0 for never."""

    started_at: float
    finished_at: float
    exit_code: int


class Fact(NamedTuple):
    """Something that happened to a container; `kind` is created, started, exit or created_never_started."""

    at: float
    kind: str
    owner: Owner
    container_id: str
    exit_code: int | None
    source: str


class OwnerUnknownError(LookupError):
    """The runtime cannot say now whose container it is."""


@dataclass
class Life:
    """One container instance, as far as it is known."""

    container_id: str
    owner: Owner
    created_at: float
    started: bool = False
    ended: bool = False

    def fact(self, kind: str, at: float, source: str = EVENT, exit_code: int | None = None) -> Fact:
        """A fact about it; no end comes twice, see `ended`."""
        self.started |= kind == "started"
        self.ended |= kind in ENDS
        return Fact(at, kind, self.owner, self.container_id, exit_code, source)


def parse_event(line: str) -> EventLine | None:
    """An event from a line such as `2026-01-02 03:04:05.678 +0000 UTC k8s.io /tasks/exit {...}`; None for others."""
    match line.split(" ", 6):
        case [day, clock, _, _, _, topic, text] if topic.startswith("/"):
            payload = json.loads(text)
        case _:
            return None
    container_id = payload.get("container_id") or payload.get("id", "")
    stamp = payload.get("exited_at") or f"{day}T{clock}+00:00"
    return EventLine(
        at=unix_time(stamp),
        topic=topic,
        container_id=container_id,
        process_id=payload.get("id", container_id),
        exit_code=payload.get("exit_status", 0) if topic == EXIT else None,
    )


def unix_time(stamp: str) -> float:
    """Seconds since the epoch; the runtime writes up to nine digits of a second, Python reads six."""
    whole, _, rest = stamp.partition(".")
    if not rest:
        return datetime.fromisoformat(stamp).timestamp()
    digits = rest.rstrip("Z").partition("+")[0]
    return datetime.fromisoformat(f"{whole}+00:00").timestamp() + float(f"0.{digits}")


class Truth:
    """Folds events and status files into facts, each once."""

    def __init__(self, owner_of: Callable[[str], Owner | None], status_of: Callable[[str], Status | None]) -> None:
        """`owner_of` is None for a pod's sandbox and raises OwnerUnknownError; `status_of` is None without a file."""
        self._owner_of = owner_of
        self._status_of = status_of
        self._lives: dict[str, Life] = {}
        self._sandboxes: set[str] = set()
        self.unattributed = 0
        """Exits of containers that were gone before anybody could say whose they were; 0 in a good recording."""

    def observe(self, event: EventLine) -> Iterator[Fact]:
        """What a line of the event stream adds."""
        if event.topic not in (CREATE, START, EXIT):
            return
        yield from self._meet(event.container_id, event.at, EVENT)
        life = self._lives.get(event.container_id)
        # A probe or a hook is a process of its own in the same container: its end is not the container's.
        is_end = event.topic == EXIT and event.process_id == event.container_id
        if life is None:
            self.unattributed += is_end and event.container_id not in self._sandboxes
        elif event.topic == START and not life.started:
            yield life.fact("started", event.at)
        elif is_end and not life.ended:
            yield life.fact("exit", event.at, exit_code=event.exit_code)

    def reconcile(self, existing: list[str], now: float) -> Iterator[Fact]:
        """What the status files tell beyond the events: of `existing` containers, at Unix time `now`."""
        for container_id in existing:
            yield from self._meet(container_id, now, STATUS)
        for life in self._lives.values():
            yield from self._end_in_file(life)

    def _meet(self, container_id: str, at: float, source: str) -> Iterator[Fact]:
        """A container that is new to us, and the end of the one that it replaces, should that never have started."""
        if container_id in self._lives or container_id in self._sandboxes:
            return
        try:
            owner = self._owner_of(container_id)
        except OwnerUnknownError:
            return
        if owner is None:
            self._sandboxes.add(container_id)
            return
        for life in self._lives.values():
            if life.owner == owner and not life.started and not life.ended:
                yield from self._end_in_file(life)
                if not life.ended:
                    yield life.fact("created_never_started", life.created_at)
        self._lives[container_id] = Life(container_id, owner, at)
        yield self._lives[container_id].fact("created", at, source)

    def _end_in_file(self, life: Life) -> Iterator[Fact]:
        status = None if life.ended else self._status_of(life.container_id)
        if status is not None and status.finished_at:
            kind = "exit" if status.started_at else "created_never_started"
            yield life.fact(kind, status.finished_at, STATUS, status.exit_code)
