"""The journal: what happened becomes durable, each termination once.

One transaction a batch: the ledger's rows, the identities seen, the records of crashes, a row in the outbox for each
sink of theirs, what was gathered about them, the counters. A counter moves only where its termination's identity was
inserted, and what was gathered is written only where there was nothing of that crash. So a batch that is replayed after
a crash of ours, or written by two processes at once, changes nothing the second time. The caller advances its memory
after `commit` has returned.

Rows of pods that are gone stay in the store alone, to be recalled if such a pod is shown once more. A file found
damaged while it is used is set aside, and the new one begins with what the caller's memory knows.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from typing import Final, NamedTuple

import msgspec
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from kubevigil.model.clock import Wall
from kubevigil.model.record import Record
from kubevigil.store.batch import Batch, Committed, Entry, Loaded, PodRow
from kubevigil.store.database import file_of, open_sqlite, set_aside, size_in_bytes
from kubevigil.store.dialects import bytes_on_server, on_server
from kubevigil.store.enqueuing import LOG_PATIENCE, enqueue
from kubevigil.store.errors import CannotOpen, Damaged, WriteFailed
from kubevigil.store.failures import failure, is_full
from kubevigil.store.housekeeping import Retention, tidy
from kubevigil.store.identity import identity
from kubevigil.store.packing import without_text
from kubevigil.store.queues import queue_of
from kubevigil.store.reading import read_all, read_pods, read_unsettled
from kubevigil.store.receipts import Receipts
from kubevigil.store.schema import Labels
from kubevigil.store.settling import settle
from kubevigil.store.turns import take_turn
from kubevigil.store.writing import add_to_counters, insert_crashes, see, write_rows
from kubevigil.store.yielding import bytes_kept, give_up

__all__ = ["Batch", "Committed", "Entry", "Journal", "Loaded", "PodRow", "identity"]

MOST_LOG_BYTES: Final = 256 * 1024 * 1024
"""What the bodies of logs may take, compressed, where nothing else is said."""

_UNSETTLED_SECONDS: Final = 24 * 3600.0
"""A log is not asked for longer than that after its crash: a day later the kubelet has thrown it away."""

_VANISHED: Final = "vanished"

_SHARES: Final = (1.0, 1.0, 0.9, 0.5, 0.0)
"""On a full disk: the share of bodies in the store that may stay at each attempt; the batch's own only at the first."""


class _Done(NamedTuple):
    """What came of a commit, and what all bodies take after it."""

    committed: Committed
    body_bytes: int | None


class Journal:
    """Reads and writes the store of one cluster. Used by one thread. `most_log_bytes`: of all bodies, compressed.

    `sinks` are to get every crash from now on, each with its log if that is settled within `log_patience` seconds of
    the recording; with None, where no logs are read, at once.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        cluster: str,
        wall: Wall,
        most_log_bytes: int = MOST_LOG_BYTES,
        sinks: tuple[str, ...] = (),
        log_patience: float | None = LOG_PATIENCE,
    ) -> None:
        self._engine = engine
        self._cluster = cluster
        self._wall = wall
        self._most_log_bytes = most_log_bytes
        self._sinks = tuple(queue_of(engine, sink, cluster) for sink in sinks)
        self._log_patience = log_patience
        self._body_bytes: int | None = None
        self._set_aside = False
        self._receipts: Receipts[_Done] = Receipts()
        self._server_bytes = 0

    def load(self) -> Loaded:
        """Reads what the process keeps in memory; a store that turns out to be damaged is begun anew, empty.

        Raises StoreError when the store cannot be read; a server's tables are not begun anew.
        """
        self._measure()
        try:
            return self._load()
        except Damaged as error:
            if on_server(self._engine):
                raise CannotOpen(f"store: {error}: restore its tables from a backup") from error
            empty = Loaded({}, set(), {}, {})
            self.begin_anew(empty, str(error))
            return empty

    def recall(self, uids: Collection[str]) -> dict[str, PodRow]:
        """The rows of those pods that there are. Raises WriteFailed or Damaged when the store cannot be read.

        While the last commit is in doubt, what was told before it stands, so that the next one can be the same.
        """
        if not uids or self._receipts.in_doubt:
            return {}
        try:
            with self._engine.connect() as connection:
                return read_pods(connection, self._cluster, uids)
        except SQLAlchemyError as error:
            raise failure("cannot read the store", error) from error
        except Damaged as error:
            if on_server(self._engine):
                raise WriteFailed(str(error)) from error
            raise

    def unsettled(self, limit: int) -> list[Record]:
        """Crashes of the last day of which nothing was gathered yet, oldest first, at most `limit`.

        Raises WriteFailed or Damaged when the store cannot be read.
        """
        try:
            with self._engine.connect() as connection:
                return read_unsettled(connection, self._cluster, self._wall() - _UNSETTLED_SECONDS, limit)
        except SQLAlchemyError as error:
            raise failure("cannot read the store", error) from error

    def begin_anew(self, known: Loaded, why: str) -> None:
        """Sets the damaged file aside and begins one that holds `known`; the records stay behind in the old file.

        Raises WriteFailed when that could not be done (yet): call it again, and write nothing before it succeeded.
        """
        if on_server(self._engine):
            raise WriteFailed(why)
        path = file_of(self._engine)
        self._body_bytes = None
        self._engine.dispose()
        try:
            if not self._set_aside:
                set_aside(path, why, now=self._wall)
                self._set_aside = True
            self._engine = open_sqlite(path.parent, now=self._wall)
            self._restore(known)
        except CannotOpen as error:
            raise WriteFailed(f"cannot begin a new store: {error}") from error
        except SQLAlchemyError as error:
            raise WriteFailed(f"cannot fill a new store: {getattr(error, 'orig', error)}") from error
        self._set_aside = False

    def _restore(self, known: Loaded) -> None:
        batch = Batch(rows=known.ledger, baselined=list(known.scopes))
        counted = Committed([], Counter(known.workloads), Counter(known.vanished))
        with self._engine.begin() as connection:
            self._write_rows(connection, batch, self._wall())
            self._add_to_counters(connection, counted)

    def _load(self) -> Loaded:
        try:
            with self._engine.begin() as connection:
                take_turn(connection)
                return read_all(connection, self._cluster)
        except SQLAlchemyError as error:
            raise failure("cannot read the store", error) from error

    def commit(self, batch: Batch) -> Committed:
        """Writes the batch whole or not at all. Raises WriteFailed or Damaged when it was not written.

        Where the disk is full, the texts of logs give way: first the batch's own, then, in the transaction that has to
        have the room, those in the store. After a server's answer was lost, the next batch must be the same again:
        what comes back is what came of it, in whichever attempt.
        """
        shares = _SHARES if any(evidence.log.text for evidence in batch.evidence.values()) else _SHARES[1:]
        try:
            return self._write(batch, shares)
        except SQLAlchemyError as error:
            raise failure("cannot write to the store", error) from error

    def _write(self, batch: Batch, shares: Sequence[float]) -> Committed:
        try:
            return self._transact(batch, shares[0])
        except SQLAlchemyError as error:
            if not is_full(error) or len(shares) == 1:
                raise
        bare = {id_: without_text(evidence) for id_, evidence in batch.evidence.items()}
        return self._write(msgspec.structs.replace(batch, evidence=bare), shares[1:])

    def _transact(self, batch: Batch, share: float) -> Committed:
        now = self._wall()
        done = self._receipts.transact(self._engine, lambda connection: self._work(connection, batch, share, now), now)
        self._body_bytes = done.body_bytes
        return done.committed

    def _work(self, connection: Connection, batch: Batch, share: float, now: float) -> _Done:
        given_up = self._make_room(connection, share)
        committed = self._insert_entries(connection, batch, now)
        settled = settle(
            connection,
            self._cluster,
            batch.evidence,
            now,
            most_bytes=self._most_log_bytes,
            known_bytes=self._body_bytes,
        )
        self._write_rows(connection, batch, now)
        self._add_to_counters(connection, committed)
        given_up += settled.given_up
        committed = committed._replace(settled=settled.written, given_up=given_up, late=settled.late)
        return _Done(committed, settled.body_bytes)

    def tidy(self, live: AbstractSet[tuple[str, str, str]], keep: Retention) -> list[Labels]:
        """Drops what is too old (see `housekeeping`); the counters that went. Raises StoreError when nothing did."""
        self._body_bytes = None  # to be read again: rows go, and another process may have written some
        dropped = tidy(self._engine, self._cluster, live, keep, self._wall(), sinks=self._sinks)
        self._measure()
        return dropped

    def size(self) -> int:
        """Bytes that the store takes on disk; a server was asked when it was tidied, for a scrape must not wait."""
        return self._server_bytes if on_server(self._engine) else size_in_bytes(self._engine)

    def _measure(self) -> None:
        """Asks a server how much the store takes; a figure that cannot be had stays the former one."""
        if on_server(self._engine):
            with suppress(SQLAlchemyError), self._engine.connect() as connection:
                self._server_bytes = bytes_on_server(connection)

    def close(self) -> None:
        """Closes the connections; the write-ahead log goes into the file."""
        self._engine.dispose()

    def _insert_entries(self, connection: Connection, batch: Batch, now: float) -> Committed:
        identities = {identity(self._cluster, uid, "", _VANISHED): uid for uid in batch.vanished}
        namespaces = {id_: batch.vanished[uid] for id_, uid in identities.items()}
        identities |= {record.id: record.pod_uid for record, counter in batch.entries if counter is not None}
        new = self._see(connection, identities, now)
        vanished = Counter(namespace for id_, namespace in namespaces.items() if id_ in new)
        workloads: Counter[Labels] = Counter()
        records: list[Record] = []
        for record, counter in batch.entries:
            if counter is not None:
                if record.id not in new:
                    continue
                new.discard(record.id)  # an identity that is twice in a batch counts once
                workloads[counter] += 1
            records.append(record)
        crashes = insert_crashes(connection, self._cluster, (record for record in records if record.is_crash), now)
        enqueue(connection, crashes, self._sinks, now, log_patience=self._log_patience)
        return Committed(records, workloads, vanished)

    def _see(self, connection: Connection, identities: Mapping[str, str], now: float) -> set[str]:
        return see(connection, self._cluster, identities, now)

    def _write_rows(self, connection: Connection, batch: Batch, now: float) -> None:
        write_rows(connection, self._cluster, batch, now)

    def _add_to_counters(self, connection: Connection, committed: Committed) -> None:
        add_to_counters(connection, self._cluster, committed)

    def _make_room(self, connection: Connection, share: float) -> int:
        """Gives up bodies until that share of their bytes is left; how many went."""
        if share == 1:
            return 0
        self._body_bytes = None
        return len(give_up(connection, self._cluster, int(bytes_kept(connection, self._cluster) * share)))
