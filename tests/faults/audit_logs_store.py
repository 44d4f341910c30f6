"""Reads the settlements of crash logs out of a store with plain SQL, and has SQLite itself count how often one is made.

The table's key lets no settlement be there twice, so one that takes another's place would not be seen in it. Triggers
write each into a table of the audit's own, in the transaction that made it.
"""

import sqlite3
import zlib
from collections import Counter
from contextlib import closing
from pathlib import Path

from .audit_logs import SettledLogs, Settlement

_BOOK = """
CREATE TABLE IF NOT EXISTS audit_writes (id TEXT NOT NULL);
CREATE TRIGGER IF NOT EXISTS audit_inserted AFTER INSERT ON kubevigil_crash_logs
  BEGIN INSERT INTO audit_writes VALUES (NEW.id); END;
CREATE TRIGGER IF NOT EXISTS audit_rewritten AFTER UPDATE ON kubevigil_crash_logs
  WHEN NEW.result IS NOT OLD.result OR (NEW.body IS NOT OLD.body AND NEW.body IS NOT NULL)
  BEGIN INSERT INTO audit_writes VALUES (NEW.id); END;
"""
"""A body that is given up is no second settlement."""

_BUSY_SECONDS = 10.0


def count_writes(data: Path) -> None:
    """Has the store in the folder `data`, which is there already, count settlements from now on."""
    with closing(sqlite3.connect(data / "kubevigil.db", timeout=_BUSY_SECONDS)) as store:
        store.executescript(_BOOK)


def read_logs(data: Path) -> SettledLogs:
    """What the store in the folder `data` holds; `count_writes` came first."""
    with closing(_opened(data)) as store:
        rows = store.execute("SELECT id, result, body, bytes, dropped FROM kubevigil_crash_logs").fetchall()
        written = store.execute("SELECT id, count(*) FROM audit_writes GROUP BY id").fetchall()
    return SettledLogs(
        settlements=[
            Settlement(id_, result, zlib.decompress(body).decode() if body else "", size, bool(dropped))
            for id_, result, body, size, dropped in rows
        ],
        written=Counter(dict(written)),
    )


def recorded(data: Path) -> int:
    """How many crashes there are."""
    with closing(_opened(data)) as store:
        return int(store.execute("SELECT count(*) FROM kubevigil_crashes").fetchone()[0])


def unsettled(data: Path) -> int:
    """How many crashes have neither a log nor a reason yet."""
    with closing(_opened(data)) as store:
        query = "SELECT count(*) FROM kubevigil_crashes WHERE id NOT IN (SELECT id FROM kubevigil_crash_logs)"
        return int(store.execute(query).fetchone()[0])


def _opened(data: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{data}/kubevigil.db?mode=ro", uri=True, timeout=_BUSY_SECONDS)
