"""What a store says of deliveries, read with plain SQL."""

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

_BUSY_SECONDS = 10.0


def deliveries(data: Path) -> Counter[str]:
    """How many crashes are in each state (waiting, sent, dead), by the rows themselves."""
    with closing(_opened(data)) as store:
        return Counter(dict(store.execute("SELECT state, count(*) FROM kubevigil_outbox GROUP BY state").fetchall()))


def numbers(data: Path) -> dict[str, int]:
    """How the store's own book has it: seen, waiting, sent, dead, dropped."""
    names = ("seen", "waiting", "sent", "dead", "dropped")
    with closing(_opened(data)) as store:
        row = store.execute(f"SELECT {', '.join(names)} FROM kubevigil_outbox_tally").fetchone()
    return dict(zip(names, row or (0,) * len(names), strict=True))


def ids_of_sent(data: Path) -> set[str]:
    """The crashes that are noted as delivered."""
    with closing(_opened(data)) as store:
        return {id_ for (id_,) in store.execute("SELECT id FROM kubevigil_outbox WHERE state = 'sent'")}


def _opened(data: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{data}/kubevigil.db?mode=ro", uri=True, timeout=_BUSY_SECONDS)
