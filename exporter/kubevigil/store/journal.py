"""The journal: what happened becomes durable, each termination once.

One transaction a batch: the ledger's rows, the identities seen, the records of crashes, the counters. A counter moves
only where its termination's identity was inserted, so a batch that is replayed after a crash of ours, or written by
two processes at once, changes nothing the second time. The caller advances its memory after `commit` has returned.

Rows of pods that are gone stay in the store alone, to be recalled if such a pod is shown once more. A file found
damaged while it is used is set aside, and the new one begins with what the caller's memory knows.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import Struct, field
from sqlalchemy import ColumnElement, Connection, Engine, Row, Table, bindparam, null, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.exc import SQLAlchemyError

from kubevigil.model.clock import Wall
from kubevigil.model.record import Record
from kubevigil.store import schema
from kubevigil.store.database import failure, file_of, open_sqlite, set_aside, size_in_bytes
from kubevigil.store.errors import CannotOpen, Damaged, WriteFailed
from kubevigil.store.housekeeping import Retention, tidy
from kubevigil.store.schema import Labels

_VANISHED: Final = "vanished"

_ledger: Final = schema.ledger
_workloads: Final = schema.workload_counters
_vanished: Final = schema.vanished_counters


class Entry(NamedTuple):
    """One termination. `counter` is None where it was counted before and only its details are new."""

    record: Record
    counter: Labels | None


class PodRow(NamedTuple):
    """What the ledger knows of one pod, as JSON; `gone` once the API no longer shows it."""

    namespace: str
    state: str
    gone: bool = False


class Batch(Struct):
    """All that one transaction writes. `gone` and `vanished` name pods by uid; `vanished` with their namespace."""

    rows: dict[str, PodRow] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    vanished: dict[str, str] = field(default_factory=dict)
    baselined: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.rows or self.entries or self.gone or self.vanished or self.baselined)


class Committed(NamedTuple):
    """What a commit changed: the terminations that were new, and by how much the counters committed."""

    records: list[Record]
    workloads: Counter[Labels]
    vanished: Counter[str]


class Loaded(NamedTuple):
    """The store's content that is kept in memory; the ledger without pods that are gone."""

    ledger: dict[str, PodRow]
    scopes: set[str]
    workloads: dict[Labels, int]
    vanished: dict[str, int]


class Journal:
    """Reads and writes the store of one cluster. Used by one thread."""

    def __init__(self, engine: Engine, *, cluster: str, wall: Wall) -> None:
        self._engine = engine
        self._cluster = cluster
        self._wall = wall
        self._set_aside = False

    def load(self) -> Loaded:
        """Reads what the process keeps in memory; a store that turns out to be damaged is begun anew, empty.

        Raises StoreError when the store cannot be read.
        """
        try:
            return self._load()
        except Damaged as error:
            empty = Loaded({}, set(), {}, {})
            self.begin_anew(empty, str(error))
            return empty

    def recall(self, uids: Collection[str]) -> dict[str, PodRow]:
        """The rows of those pods that there are. Raises WriteFailed or Damaged when the store cannot be read."""
        if not uids:
            return {}
        try:
            with self._engine.connect() as connection:
                rows = self._rows_of(connection, _ledger, _ledger.c.pod_uid.in_(uids))
                return {row.pod_uid: _pod_row(row) for row in rows}
        except SQLAlchemyError as error:
            raise failure("cannot read the store", error) from error

    def begin_anew(self, known: Loaded, why: str) -> None:
        """Sets the damaged file aside and begins one that holds `known`; the records stay behind in the old file.

        Raises WriteFailed when that could not be done (yet): call it again, and write nothing before it succeeded.
        """
        path = file_of(self._engine)
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
            with self._engine.connect() as connection:
                ledger = self._rows_of(connection, _ledger, _ledger.c.gone_at.is_(None))
                return Loaded(
                    ledger={row.pod_uid: _pod_row(row) for row in ledger},
                    scopes={row.scope for row in self._rows_of(connection, schema.scopes)},
                    workloads={self._labels(row): row.value for row in self._rows_of(connection, _workloads)},
                    vanished={row.namespace: row.value for row in self._rows_of(connection, _vanished)},
                )
        except SQLAlchemyError as error:
            raise failure("cannot read the store", error) from error

    def _rows_of(self, connection: Connection, table: Table, *which: ColumnElement[bool]) -> Sequence[Row[Any]]:
        """Raises Damaged for values of a type that was never written: SQLite would keep any in any column."""
        rows = connection.execute(select(table).where(table.c.cluster == self._cluster, *which)).all()
        types = [(column.type.python_type, column.nullable) for column in table.columns]
        for row in rows:
            for value, (type_, nullable) in zip(row, types, strict=True):
                if not isinstance(value, type_) and not (nullable and value is None):
                    raise Damaged(f"{table.name} holds a {type(value).__name__} in place of a {type_.__name__}")
        return rows

    def _labels(self, row: Row[Any]) -> Labels:
        """A counter's labels, which its id proves to be the ones that were written."""
        try:
            labels = msgspec.json.decode(row.labels, type=Labels)
        except msgspec.MsgspecError as error:
            raise Damaged("labels of a counter cannot be read") from error
        if identity(self._cluster, *labels) != row.id:
            raise Damaged("labels of a counter are not those that were written")
        return labels

    def commit(self, batch: Batch) -> Committed:
        """Writes the batch whole or not at all. Raises WriteFailed or Damaged when it was not written."""
        now = self._wall()
        try:
            with self._engine.begin() as connection:
                committed = self._insert_entries(connection, batch, now)
                self._write_rows(connection, batch, now)
                self._add_to_counters(connection, committed)
                return committed
        except SQLAlchemyError as error:
            raise failure("cannot write to the store", error) from error

    def tidy(self, live: AbstractSet[tuple[str, str, str]], keep: Retention) -> list[Labels]:
        """Drops what is too old (see `housekeeping`); the counters that went. Raises StoreError when nothing did."""
        return tidy(self._engine, self._cluster, live, keep, self._wall())

    def size(self) -> int:
        """Bytes that the store takes on disk."""
        return size_in_bytes(self._engine)

    def close(self) -> None:
        """Closes the connections; the write-ahead log goes into the file."""
        self._engine.dispose()

    def _insert_entries(self, connection: Connection, batch: Batch, now: float) -> Committed:
        workloads: Counter[Labels] = Counter()
        vanished: Counter[str] = Counter()
        records: list[Record] = []
        for record, counter in batch.entries:
            if counter is None or self._see(connection, record.id, record.pod_uid, now):
                if counter is not None:
                    workloads[counter] += 1
                records.append(record)
                if record.is_crash:
                    self._insert_crash(connection, record, now)
        for uid, namespace in batch.vanished.items():
            if self._see(connection, identity(self._cluster, uid, "", _VANISHED), uid, now):
                vanished[namespace] += 1
        return Committed(records, workloads, vanished)

    def _see(self, connection: Connection, id_: str, uid: str, now: float) -> bool:
        """Inserts an identity; whether it was new."""
        statement = upsert(schema.seen).values(id=id_, cluster=self._cluster, pod_uid=uid, seen_at=now)
        return connection.execute(statement.on_conflict_do_nothing()).rowcount == 1

    def _insert_crash(self, connection: Connection, record: Record, now: float) -> None:
        row = {
            "id": record.id,
            "cluster": self._cluster,
            "namespace": record.namespace,
            "workload_kind": record.workload.kind,
            "workload": record.workload.name,
            "class": record.termination.class_.value,
            "observed_at": now,
            "record": msgspec.json.encode(record).decode(),
        }
        connection.execute(upsert(schema.crashes).values(row).on_conflict_do_nothing())

    def _write_rows(self, connection: Connection, batch: Batch, now: float) -> None:
        if batch.rows:
            statement = upsert(_ledger)
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=[_ledger.c.cluster, _ledger.c.pod_uid],
                    set_={"state": statement.excluded.state, "gone_at": null()},
                ),
                [
                    {"cluster": self._cluster, "pod_uid": uid, "namespace": row.namespace, "state": row.state}
                    for uid, row in batch.rows.items()
                ],
            )
        if batch.gone:
            connection.execute(
                update(_ledger)
                .where(
                    _ledger.c.cluster == self._cluster,
                    _ledger.c.pod_uid == bindparam("uid"),
                    _ledger.c.gone_at.is_(None),
                )
                .values(gone_at=now),
                [{"uid": uid} for uid in batch.gone],
            )
        for scope in batch.baselined:
            row = {"cluster": self._cluster, "scope": scope, "baselined_at": now}
            connection.execute(upsert(schema.scopes).values(row).on_conflict_do_nothing())

    def _add_to_counters(self, connection: Connection, committed: Committed) -> None:
        for labels, delta in committed.workloads.items():
            id_ = identity(self._cluster, *labels)
            row = {"id": id_, "cluster": self._cluster, "labels": json.dumps(labels), "value": delta}
            workload = upsert(_workloads).values(row)
            connection.execute(
                workload.on_conflict_do_update(
                    index_elements=[_workloads.c.id],
                    set_={"value": _workloads.c.value + workload.excluded.value, "idle_since": null()},
                )
            )
        for namespace, delta in committed.vanished.items():
            vanished = upsert(_vanished).values(cluster=self._cluster, namespace=namespace, value=delta)
            connection.execute(
                vanished.on_conflict_do_update(
                    index_elements=[_vanished.c.cluster, _vanished.c.namespace],
                    set_={"value": _vanished.c.value + vanished.excluded.value},
                )
            )


def _pod_row(row: Row[Any]) -> PodRow:
    return PodRow(row.namespace, row.state, row.gone_at is not None)


def identity(*parts: str) -> str:
    """The SHA-256, in hex, of what makes a fact one of its kind."""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True).encode()).hexdigest()
