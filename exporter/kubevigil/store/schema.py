"""The tables. Column types and key lengths are kept to what SQLite, MySQL 5.7 and PostgreSQL all know.

`seen` is what makes counting exact: a termination moves a counter only in the transaction that inserts its identity.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy.dialects.mysql import MEDIUMBLOB, MEDIUMTEXT
from sqlalchemy.schema import SchemaItem

VERSION: Final = 4
"""Of the schema. A store with a higher one is refused, one with a lower one migrated forward."""

Labels = tuple[str, ...]
"""The values of a workload counter's labels, in the order of its family."""

VERSION_ROW: Final = "schema"
"""Of `meta`: the schema's version. On a server a writer locks it, which is its turn to write."""

LAST_CRASH_ROW: Final = "crashes"
"""Of `meta`, on a server alone: the last number that was given in `crash_order`."""

metadata: Final = MetaData()


def _string(length: int) -> String:
    """Text of so many characters at most, in the order of its code points, as SQLite and a binary collation have it."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


def _table(name: str, *items: SchemaItem, counts: bool = False) -> Table:
    # MySQL's own defaults may take A and a for the same letter, or allow keys of 767 bytes only.
    return Table(
        name,
        metadata,
        *items,
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        mysql_row_format="DYNAMIC",
        sqlite_autoincrement=counts,
    )


_id = _string(64)  # a SHA-256 in hex, as identities are
_number = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up in a column of that type alone
# A sink; on a server with its cluster.
_queue = String(63).with_variant(String(320), "mysql").with_variant(String(320, collation="C"), "postgresql")
_moment = Float().with_variant(Double(), "mysql")  # Unix time; MySQL's FLOAT has seven digits
_text = Text().with_variant(MEDIUMTEXT(), "mysql")  # MySQL's TEXT ends at 64 KiB
_bytes = LargeBinary().with_variant(MEDIUMBLOB(), "mysql")  # and so does its BLOB
_name = _string(253)  # a DNS subdomain: the longest name Kubernetes allows

meta = _table(
    "kubevigil_meta",
    Column("name", _string(64), primary_key=True),
    Column("value", _string(255), nullable=False),
)

scopes = _table(
    "kubevigil_scopes",
    Column("cluster", _name, primary_key=True),
    Column("scope", _string(63), primary_key=True),  # a namespace; '' is the whole cluster
    Column("baselined_at", _moment, nullable=False),
)

ledger = _table(
    "kubevigil_ledger",
    Column("cluster", _name, primary_key=True),
    Column("pod_uid", _string(64), primary_key=True),
    Column("namespace", _string(63), nullable=False),
    Column("state", _text, nullable=False),  # JSON of what the ledger knows of the pod's containers
    Column("gone_at", _moment),  # since when the API no longer shows the pod; the row is dropped a day later
)

seen = _table(
    "kubevigil_seen",
    Column("id", _id, primary_key=True),
    Column("cluster", _name, nullable=False),
    Column("pod_uid", _string(64), nullable=False),
    Column("seen_at", _moment, nullable=False),
    Index("kubevigil_seen_by_pod", "pod_uid"),
)

crashes = _table(
    "kubevigil_crashes",
    Column("id", _id, primary_key=True),
    Column("cluster", _name, nullable=False),
    Column("namespace", _string(63), nullable=False),
    Column("workload_kind", _string(63), nullable=False),
    Column("workload", _name, nullable=False),
    Column("class", _string(16), nullable=False),
    Column("observed_at", _moment, nullable=False),
    Column("record", _text, nullable=False),  # JSON, the shape that commands print, without what is in crash_logs
    Index("kubevigil_crashes_by_time", "observed_at"),
)

# A table of its own, so that an older store gets it without its records being written again.
crash_order = _table(
    "kubevigil_crash_order",
    Column("seq", _number, primary_key=True, autoincrement=True),  # rises with the commits; never given twice
    Column("id", _id, nullable=False, unique=True),  # the crash's
    Column("series", _id, nullable=False),  # SHA-256 of cluster, pod uid and container
    Index("kubevigil_crash_order_by_series", "series", "seq"),
    counts=True,
)

crash_logs = _table(
    "kubevigil_crash_logs",
    Column("id", _id, primary_key=True),  # the crash's
    Column("cluster", _name, nullable=False),
    Column("result", _string(16), nullable=False),
    Column("size", Integer, nullable=False),  # bytes of the body; 0 where there is none
    Column("bytes", Integer, nullable=False),  # of the text when it was captured
    Column("truncated", Boolean, nullable=False),
    Column("dropped", Boolean, nullable=False),  # whether there was a body that had to go
    Column("settled_at", _moment, nullable=False),
    Column("events", _text, nullable=False),  # JSON array
    Column("resources", _text),  # JSON
    # The last column, so that SQLite reads the others without it.
    Column("body", _bytes),  # the text in UTF-8, deflated (zlib, RFC 1950)
    Index("kubevigil_crash_logs_by_size", "size"),
)

# How far each crash has come on its way to each sink. A row goes with its crash.
outbox = _table(
    "kubevigil_outbox",
    Column("id", _id, primary_key=True),  # the crash's
    Column("sink", _queue, primary_key=True),
    Column("state", _string(8), nullable=False),  # waiting, sent, dead
    Column("awaits_log", Boolean, nullable=False),  # False: it goes without, and none is written later
    Column("due_at", _moment, nullable=False),  # when it may be sent at the earliest
    Column("next_at", _moment, nullable=False),  # the same, later by the back-off after an attempt that failed
    Column("attempts", Integer, nullable=False),
    Column("error", _string(300), nullable=False),  # of the last attempt; '' for none
    Column("day", _string(10), nullable=False),  # UTC, of the index, frozen: 2026-01-31
    Column("sent_at", _moment),
    Index("kubevigil_outbox_by_next", "sink", "state", "next_at", "id"),
    Index("kubevigil_outbox_by_due", "sink", "state", "due_at"),
)

# Moved in the transactions that change the outbox, so that nobody has to count it:
# seen = waiting + sent + dead + dropped.
outbox_tally = _table(
    "kubevigil_outbox_tally",
    Column("sink", _queue, primary_key=True),
    Column("seen", BigInteger, nullable=False),
    Column("waiting", BigInteger, nullable=False),
    Column("sent", BigInteger, nullable=False),
    Column("dead", BigInteger, nullable=False),
    Column("dropped", BigInteger, nullable=False),  # undelivered ones that went with their crash
)

workload_counters = _table(
    "kubevigil_workload_counters",
    Column("id", _id, primary_key=True),  # SHA-256 of cluster and labels: wider than an index of MySQL 5.7 allows
    Column("cluster", _name, nullable=False),
    Column("labels", _text, nullable=False),  # JSON array, in the order of the metric's labels
    Column("value", BigInteger, nullable=False),
    Column("idle_since", _moment),  # since when the workload has had no pod
)

vanished_counters = _table(
    "kubevigil_vanished_counters",
    Column("cluster", _name, primary_key=True),
    Column("namespace", _string(63), primary_key=True),
    Column("value", Integer, nullable=False),
)

# What the runs of a health check told as their own metrics. A row goes with its check.
check_metrics = _table(
    "kubevigil_check_metrics",
    Column("cluster", _name, primary_key=True),
    Column("check_uid", _string(64), primary_key=True),
    Column("state", _text, nullable=False),  # JSON: the metrics, and the latest runs that are in them
)
