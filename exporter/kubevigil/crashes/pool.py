"""Threads that read crash logs: takes what is assigned, and settles each crash exactly once, whatever happens.

The loops are for a supervisor to run: `work` as often as logs are to be read at once, and `expire` once. A loop that
dies costs nothing: what it was reading is settled by `expire` when its time is over. What is open at `close` stays so;
the store has it assigned again at the next start.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Condition, Event
from typing import Final, Protocol

from kubevigil.crashes.api_source import TEXT_LIMIT
from kubevigil.crashes.assignment import Assignment
from kubevigil.crashes.docket import Displaced, Docket
from kubevigil.crashes.evidence import Redact, redacted
from kubevigil.crashes.source import Gathered, LogSource
from kubevigil.kube.errors import Interrupted
from kubevigil.kube.interrupt import Interrupt
from kubevigil.model import clock
from kubevigil.model.clock import Monotonic
from kubevigil.model.record import CaptureResult, Evidence, Record, RecordedLog

_log = logging.getLogger(__name__)

THREADS: Final = 8
ROOM: Final = 1_000
PATIENCE: Final = 15.0
"""Seconds from the assignment to the settlement, at the most."""

CHAIN: Final = 10.0
"""Seconds that are tried for one crash, at the most."""

_WORTH_A_WORD: Final = frozenset({CaptureResult.FORBIDDEN, CaptureResult.ERROR, CaptureResult.TIMEOUT})

Settled = Callable[[str, Evidence], None]
"""Takes the record's id and what was found; called by any thread, without a lock held."""


class Observer(Protocol):
    """Keeps the figures. Called by several threads."""

    def begun(self, seconds: float) -> None:
        """The first request of a crash is about to be sent, so many seconds after the assignment."""

    def done(self, result: CaptureResult, seconds: float) -> None:
        """A crash was settled, so many seconds after the assignment."""


class Pool:
    """Thread-safe. `settled` is called once for every crash that is assigned, unless `close` comes before.

    Each loop ends when its own stop event is set and `close` was called after that, so `close` is what wakes them.
    """

    def __init__(
        self,
        source: LogSource,
        *,
        settled: Settled,
        redact: Redact,
        observer: Observer,
        monotonic: Monotonic = clock.monotonic,
        room: int = ROOM,
        patience: float = PATIENCE,
        chain: float = CHAIN,
    ) -> None:
        self._source = source
        self._settled = settled
        self._redact = redact
        self._observer = observer
        self._clock = monotonic
        self._chain = chain
        self._changed = Condition()
        self._docket = Docket(room=room, patience=patience)
        self._interrupts: set[Interrupt] = set()
        self._closed = False

    def assign(self, record: Record) -> None:
        """Has the log of a crash read, soon. Never blocks; does nothing for what is no crash, nor after `close`."""
        if not record.is_crash:
            return
        with self._changed:
            if self._closed:
                return
            displaced = self._docket.admit(Assignment.of(record, assigned_at=self._clock()))
            self._changed.notify_all()
        if displaced is not None:
            self._settle_unread(displaced, "more crashes at once than may wait")

    def waiting(self) -> int:
        """How many are assigned and not begun."""
        with self._changed:
            return self._docket.waiting

    def work(self, stop: Event) -> None:
        """Reads one log after the other until `stop`."""
        with self._interruptible() as interrupt:
            while (assignment := self._take(stop)) is not None:
                self._read(assignment, interrupt)

    def expire(self, stop: Event) -> None:
        """Settles what is overdue, until `stop`."""
        while (assignment := self._take_overdue(stop)) is not None:
            self._settle_unread(Displaced(assignment, CaptureResult.TIMEOUT), "it took too long")

    def close(self) -> None:
        """Ends every read and wait at once, for good; what was read to its end is still settled."""
        with self._changed:
            self._closed = True
            for interrupt in self._interrupts:
                interrupt.fire()
            self._changed.notify_all()

    @contextmanager
    def _interruptible(self) -> Iterator[Interrupt]:
        interrupt = Interrupt()
        with self._changed:
            self._interrupts.add(interrupt)
        try:
            yield interrupt
        finally:
            with self._changed:
                self._interrupts.discard(interrupt)

    def _take(self, stop: Event) -> Assignment | None:
        with self._changed:
            while not stop.is_set():
                assignment = None if self._closed else self._docket.next()
                if assignment is not None:
                    return assignment
                self._changed.wait()
        return None

    def _take_overdue(self, stop: Event) -> Assignment | None:
        with self._changed:
            while not stop.is_set():
                now = self._clock()
                assignment = None if self._closed else self._docket.overdue(now)
                if assignment is not None:
                    return assignment
                due = None if self._closed else self._docket.next_due()
                self._changed.wait(None if due is None else due - now)
        return None

    def _read(self, assignment: Assignment, interrupt: Interrupt) -> None:
        begun = self._clock()
        self._observer.begun(begun - assignment.assigned_at)
        deadline = min(begun + self._chain, self._docket.due(assignment))
        try:
            gathered = self._source.gather(assignment, deadline=deadline, interrupt=interrupt)
        except Interrupted:
            return
        except Exception as error:  # noqa: BLE001  a crash without a log is recorded as such, whatever happened
            _log.exception("crash log capture failed", extra={"fields": _named(assignment)})
            gathered = Gathered(_nothing(CaptureResult.ERROR), why=f"a fault of Kubevigil: {type(error).__name__}")
        evidence, failure = redacted(gathered, self._redact, limit=TEXT_LIMIT)
        self._settle(assignment, evidence, str(failure) if failure else gathered.why)

    def _settle_unread(self, displaced: Displaced, why: str) -> None:
        self._settle(displaced.assignment, _nothing(displaced.result), why, taken_out=True)

    def _settle(self, assignment: Assignment, evidence: Evidence, why: str, *, taken_out: bool = False) -> None:
        with self._changed:
            if not (taken_out or self._docket.close(assignment)):
                return
        result = evidence.log.result
        self._observer.done(result, self._clock() - assignment.assigned_at)
        if result in _WORTH_A_WORD:
            _log.warning("crash log missed", extra={"fields": _named(assignment) | {"result": result, "why": why}})
        self._settled(assignment.record_id, evidence)


def _nothing(result: CaptureResult) -> Evidence:
    return Evidence(RecordedLog(result))


def _named(assignment: Assignment) -> dict[str, str]:
    return {"namespace": assignment.namespace, "pod": assignment.pod, "container": assignment.container}
