"""The tables. Column types and key lengths are kept to what SQLite, MySQL 5.7 and PostgreSQL all know.

`seen` is what makes counting exact: a termination moves a counter only in the transaction that inserts its identity.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

VERSION: Final = 3
"""Of the schema. A store with a higher one is refused, one with a lower one migrated forward."""

Labels = tuple[str, ...]
"""The values of a workload counter's labels, in the order of its family."""

metadata: Final = MetaData()

_id = String(64)  # a SHA-256 in hex, as identities are
_number = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up in a column of that type alone
_sink = String(63)
_name = String(253)  # a DNS subdomain: the longest name Kubernetes allows

meta = Table(
    "kubevigil_meta",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", String(255), nullable=False),
)

scopes = Table(
    "kubevigil_scopes",
    metadata,
    Column("cluster", _name, primary_key=True),
    Column("scope", String(63), primary_key=True),  # a namespace; '' is the whole cluster
    Column("baselined_at", Float, nullable=False),
)

ledger = Table(
    "kubevigil_ledger",
    metadata,
    Column("cluster", _name, primary_key=True),
    Column("pod_uid", String(64), primary_key=True),
    Column("namespace", String(63), nullable=False),
    Column("state", Text, nullable=False),  # JSON of what the ledger knows of the pod's containers
    Column("gone_at", Float),  # since when the API no longer shows the pod; the row is dropped a day later
)

seen = Table(
    "kubevigil_seen",
    metadata,
    Column("id", _id, primary_key=True),
    Column("cluster", _name, nullable=False),
    Column("pod_uid", String(64), nullable=False),
    Column("seen_at", Float, nullable=False),
    Index("kubevigil_seen_by_pod", "pod_uid"),
)

crashes = Table(
    "kubevigil_crashes",
    metadata,
    Column("id", _id, primary_key=True),
    Column("cluster", _name, nullable=False),
    Column("namespace", String(63), nullable=False),
    Column("workload_kind", String(63), nullable=False),
    Column("workload", _name, nullable=False),
    Column("class", String(16), nullable=False),
    Column("observed_at", Float, nullable=False),
    Column("record", Text, nullable=False),  # JSON, the shape that commands print, without what is in crash_logs
    Index("kubevigil_crashes_by_time", "observed_at"),
)

# A table of its own, so that an older store gets it without its records being written again.
crash_order = Table(
    "kubevigil_crash_order",
    metadata,
    Column("seq", _number, primary_key=True, autoincrement=True),  # rises with the commits; never given twice
    Column("id", _id, nullable=False, unique=True),  # the crash's
    Column("series", _id, nullable=False),  # SHA-256 of cluster, pod uid and container
    Index("kubevigil_crash_order_by_series", "series", "seq"),
    sqlite_autoincrement=True,
)

crash_logs = Table(
    "kubevigil_crash_logs",
    metadata,
    Column("id", _id, primary_key=True),  # the crash's
    Column("cluster", _name, nullable=False),
    Column("result", String(16), nullable=False),
    Column("size", Integer, nullable=False),  # bytes of the body; 0 where there is none
    Column("bytes", Integer, nullable=False),  # of the text when it was captured
    Column("truncated", Boolean, nullable=False),
    Column("dropped", Boolean, nullable=False),  # whether there was a body that had to go
    Column("settled_at", Float, nullable=False),
    Column("events", Text, nullable=False),  # JSON array
    Column("resources", Text),  # JSON
    # The last column, so that SQLite reads the others without it.
    Column("body", LargeBinary),  # the text in UTF-8, deflated (zlib, RFC 1950)
    Index("kubevigil_crash_logs_by_size", "size"),
)

# How far each crash has come on its way to each sink. A row goes with its crash.
outbox = Table(
    "kubevigil_outbox",
    metadata,
    Column("id", _id, primary_key=True),  # the crash's
    Column("sink", _sink, primary_key=True),
    Column("state", String(8), nullable=False),  # waiting, sent, dead
    Column("awaits_log", Boolean, nullable=False),  # False: it goes without, and none is written later
    Column("due_at", Float, nullable=False),  # when it may be sent at the earliest
    Column("next_at", Float, nullable=False),  # the same, later by the back-off after an attempt that failed
    Column("attempts", Integer, nullable=False),
    Column("error", String(300), nullable=False),  # of the last attempt; '' for none
    Column("day", String(10), nullable=False),  # UTC, of the index, frozen: 2026-01-31
    Column("sent_at", Float),
    Index("kubevigil_outbox_by_next", "sink", "state", "next_at", "id"),
    Index("kubevigil_outbox_by_due", "sink", "state", "due_at"),
)

# Moved in the transactions that change the outbox, so that nobody has to count it:
# seen = waiting + sent + dead + dropped.
outbox_tally = Table(
    "kubevigil_outbox_tally",
    metadata,
    Column("sink", _sink, primary_key=True),
    Column("seen", BigInteger, nullable=False),
    Column("waiting", BigInteger, nullable=False),
    Column("sent", BigInteger, nullable=False),
    Column("dead", BigInteger, nullable=False),
    Column("dropped", BigInteger, nullable=False),  # undelivered ones that went with their crash
)

workload_counters = Table(
    "kubevigil_workload_counters",
    metadata,
    Column("id", _id, primary_key=True),  # SHA-256 of cluster and labels: wider than an index of MySQL 5.7 allows
    Column("cluster", _name, nullable=False),
    Column("labels", Text, nullable=False),  # JSON array, in the order of the metric's labels
    Column("value", BigInteger, nullable=False),
    Column("idle_since", Float),  # since when the workload has had no pod
)

vanished_counters = Table(
    "kubevigil_vanished_counters",
    metadata,
    Column("cluster", _name, primary_key=True),
    Column("namespace", String(63), primary_key=True),
    Column("value", Integer, nullable=False),
)
