"""Keeps the books: takes observations in order, asks the ledger what is new, and has it written, each batch at once.

What is known moves on only after the commit has returned, so a failed or interrupted write is repeated whole, and the
journal's identities make a repetition harmless. Runs in one thread, which owns all of this.

Memory holds the pods that there are: those that are gone are forgotten, and recalled from the store if an event of
theirs is played again. A store found damaged is begun anew from memory.
"""

import logging
from collections.abc import Callable, Sequence
from threading import Event
from typing import Final

import msgspec
from msgspec import Struct, field

from kubevigil.model.pod import ContainerStatus, ContainerType, Pod
from kubevigil.model.record import Evidence, Record
from kubevigil.pods.classification import pod_end_cause
from kubevigil.pods.counters import Counters
from kubevigil.pods.ledger import NOTHING, Death, Known, baseline, observe
from kubevigil.pods.observation import Backlog, Captured, Gone, Item, Listed, Observed
from kubevigil.pods.recording import (
    Cleaned,
    Sighting,
    clean_message,
    container_record,
    counter_labels,
    pod_record,
    with_message,
)
from kubevigil.store.errors import Damaged, StoreError, WriteFailed
from kubevigil.store.journal import Batch, Committed, Entry, Journal, Loaded, PodRow

_log = logging.getLogger(__name__)

_MOST_A_BATCH: Final = 500
_FIRST_RETRY_SECONDS: Final = 0.2
_LAST_RETRY_SECONDS: Final = 10.0


class PodBook(Struct, frozen=True, omit_defaults=True):
    """What is known of one pod: its containers that are not at zero, why it ended as a whole, whether it is gone.

    `lost` marks a pod of which the store no longer knows what was known; it is taken as it is found.
    """

    namespace: str
    containers: dict[str, Known] = field(default_factory=dict)
    ended: str = ""
    gone: bool = False
    lost: bool = False


class Bookkeeper:
    """Turns observations into records and counters.

    `baseline_window` in seconds; `cleaned` makes a message, with its pod's redaction annotation, fit to be written.
    `recorded` is called with each new record after it is durable, `settled` with what is durably known of a crash
    since, `gave_up` with how many log bodies had to leave the store, `late` with how many logs came too late to be
    written, `failed` with each write that was not.
    """

    def __init__(
        self,
        journal: Journal,
        loaded: Loaded,
        counters: Counters,
        backlog: Backlog,
        *,
        cluster: str,
        baseline_window: float,
        cleaned: Cleaned = lambda text, _: text,
        recorded: Callable[[Record], None] = lambda _: None,
        settled: Callable[[str, Evidence], None] = lambda _, __: None,
        gave_up: Callable[[int], None] = lambda _: None,
        late: Callable[[int], None] = lambda _: None,
        failed: Callable[[StoreError], None] = lambda _: None,
    ) -> None:
        self._journal = journal
        self._counters = counters
        self._backlog = backlog
        self._cluster = cluster
        self._baseline_window = baseline_window
        self._cleaned = cleaned
        self._recorded = recorded
        self._settled = settled
        self._gave_up = gave_up
        self._late = late
        self._failed = failed
        self._scopes = set(loaded.scopes)
        self._books = {uid: _read(row) for uid, row in loaded.ledger.items()}
        self._undone: list[Item] = []
        self._messages: dict[tuple[str, str], str] = {}
        self._damage = ""
        self.failing = ""
        """Why the store refused the last write; '' once it took one. Other threads may read it."""

    def step(self, timeout: float, stop: Event) -> bool:
        """Takes one batch and has it written, trying again until it is; whether there was one and it was written."""
        self._undone = self._undone or self._backlog.take(_MOST_A_BATCH, timeout)
        if not self._undone:
            return False
        written = self._write(self._undone, stop)
        if written:
            self._backlog.settle(len(self._undone))
            self._undone = []
            self._messages.clear()
        return written

    def gather(self, seconds: float) -> None:
        """Lets what comes in the next so many seconds become one batch; returns earlier when there is a full one."""
        self._backlog.gather(_MOST_A_BATCH, seconds)

    def damaged(self, error: Damaged) -> None:
        """The store was found damaged: it is begun anew before the next batch is written."""
        self._damage = str(error)

    def _write(self, items: Sequence[Item], stop: Event) -> bool:
        delay = _FIRST_RETRY_SECONDS
        while True:
            try:
                self._try(items)
            except (WriteFailed, Damaged) as error:
                if isinstance(error, Damaged):
                    self.damaged(error)
                self.failing = str(error)
                self._failed(error)
                if stop.wait(delay):
                    return False
                delay = min(delay * 2, _LAST_RETRY_SECONDS)
            else:
                self.failing = ""
                return True

    def _try(self, items: Sequence[Item]) -> None:
        if self._damage:
            self._journal.begin_anew(self._known(), self._damage)
            self._damage = ""
        self._recall(items)
        draft = _Draft(
            self._books, self._scopes, self._counters, self._cluster, self._baseline_window, cleaned=self._clean
        )
        for item in items:
            draft.take(item)
        if draft.batch:
            self._advance(draft, self._journal.commit(draft.batch))

    def _clean(self, record: Record, pod: Pod) -> Record:
        """The record as it may be written. A batch that the store refuses is drafted again, and not redacted again."""
        key = record.id, record.termination.message
        if key not in self._messages:
            self._messages[key] = clean_message(record, pod, self._cleaned)
        return with_message(record, self._messages[key])

    def _recall(self, items: Sequence[Item]) -> None:
        """Has the store tell what it knows of pods that come into view."""
        uids = {i.pod.metadata.uid for i in items if isinstance(i, Observed)}
        for uid, row in self._journal.recall(uids - self._books.keys()).items():
            self._books[uid] = _read(row)

    def _advance(self, draft: "_Draft", committed: Committed) -> None:
        self._books.update(draft.books)
        for uid, book in draft.books.items():
            if book.gone:
                del self._books[uid]
        self._scopes.update(draft.batch.baselined)
        self._counters.add(committed.workloads, committed.vanished)
        for record in committed.records:
            self._recorded(record)
        for id_, evidence in committed.settled.items():
            self._settled(id_, evidence)
        if committed.given_up:
            self._gave_up(committed.given_up)
        if committed.late:
            self._late(committed.late)

    def _known(self) -> Loaded:
        workloads, vanished = self._counters.values()
        rows = {uid: _row_of(book) for uid, book in self._books.items() if not book.gone}
        return Loaded(rows, set(self._scopes), workloads, vanished)


class _Draft:
    """A batch in the making, on top of what is known."""

    def __init__(
        self,
        known: dict[str, PodBook],
        scopes: set[str],
        counters: Counters,
        cluster: str,
        baseline_window: float,
        *,
        cleaned: Callable[[Record, Pod], Record],
    ) -> None:
        self.batch = Batch()
        self.books: dict[str, PodBook] = {}
        self._known = known
        self._scopes = scopes
        self._counters = counters
        self._cluster = cluster
        self._baseline_window = baseline_window
        self._cleaned = cleaned
        self._labels: set[tuple[str, ...]] = set()

    def take(self, item: Item) -> None:
        match item:
            case Observed():
                self._observe(item)
            case Gone(uid, namespace, vanished):
                self._lose(uid)
                if vanished:
                    self.batch.vanished[uid] = namespace
            case Listed(scope, uids):
                for uid, book in [*self._known.items(), *self.books.items()]:
                    if uid not in uids and scope in ("", book.namespace) and not book.gone:
                        self._lose(uid)
                if scope not in self._scopes:
                    self.batch.baselined.append(scope)
            case Captured(record_id, evidence):
                self.batch.evidence.setdefault(record_id, evidence)

    def _lose(self, uid: str) -> None:
        book = self.books.get(uid) or self._known.get(uid)
        if book is not None and not book.gone:
            self.books[uid] = msgspec.structs.replace(book, gone=True)
            self.batch.gone.add(uid)

    def _observe(self, seen: Observed) -> None:
        meta = seen.pod.metadata
        before = self.books.get(meta.uid) or self._known.get(meta.uid)
        book = before or PodBook(meta.namespace)
        first_sight = seen.scope not in self._scopes and seen.scope not in self.batch.baselined
        as_found = book.lost or (before is None and first_sight)
        sighting = Sighting(self._cluster, seen.pod, seen.observed_at)
        containers = dict(book.containers)
        for kind, status in seen.containers:
            known, deaths = self._deaths(status, containers.get(status.name, NOTHING), seen, as_found=as_found)
            if known != NOTHING:
                containers[status.name] = known
            for death in deaths:
                self._enter(sighting, kind, status, death)
        ended = self._pod_end(sighting, book.ended, as_found=as_found)
        after = PodBook(book.namespace, containers, ended)
        if after != book:
            self.books[meta.uid] = after
            self.batch.rows[meta.uid] = _row_of(after)
            self.batch.gone.discard(meta.uid)

    def _deaths(
        self, status: ContainerStatus, known: Known, seen: Observed, *, as_found: bool
    ) -> tuple[Known, list[Death]]:
        if as_found:
            return baseline(status, since=seen.observed_at - self._baseline_window)
        return observe(known, status, was_running=status.name in seen.was_running)

    def _enter(self, seen: Sighting, kind: ContainerType, status: ContainerStatus, death: Death) -> None:
        record = container_record(seen, kind, status, death)
        self._add(self._cleaned(record, seen.pod), counted=not death.completes)

    def _pod_end(self, seen: Sighting, ended: str, *, as_found: bool) -> str:
        cause = pod_end_cause(seen.pod)
        if cause is None or cause.reason == ended:
            return ended
        if not as_found:
            self._add(self._cleaned(pod_record(seen, cause), seen.pod), counted=True)
        return cause.reason

    def _add(self, record: Record, *, counted: bool) -> None:
        if not counted:
            self.batch.entries.append(Entry(record, None))
            return
        labels = self._counters.admitted(counter_labels(record), also=self._labels)
        self._labels.add(labels)
        self.batch.entries.append(Entry(record, labels))


def _row_of(book: PodBook) -> PodRow:
    return PodRow(book.namespace, msgspec.json.encode(book).decode())


def _read(row: PodRow) -> PodBook:
    """A row as it was written. One that cannot be read must not make the pod's old deaths new."""
    try:
        return msgspec.structs.replace(msgspec.json.decode(row.state, type=PodBook), gone=row.gone)
    except msgspec.MsgspecError as error:
        _log.warning("ledger row not readable", extra={"fields": {"error": str(error)}})
        return PodBook(row.namespace, gone=row.gone, lost=True)
