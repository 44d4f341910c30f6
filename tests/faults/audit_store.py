"""Reads out of a store, with plain SQL, what the audit compares."""

import json
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec

from kubevigil.model.record import Record

from .audit import Place, Stored


def read_store(data: Path) -> Stored:
    """What the store in the folder `data` holds."""
    with closing(sqlite3.connect(f"file:{data}/kubevigil.db?mode=ro", uri=True)) as store:

        def rows(query: str) -> list[Any]:
            return store.execute(query).fetchall()

        counters = rows("SELECT labels, value FROM kubevigil_workload_counters")
        return Stored(
            deaths=_deaths(rows("SELECT pod_uid, state FROM kubevigil_ledger")),
            counters={tuple(json.loads(labels)): value for labels, value in counters},
            crashes=[
                msgspec.json.decode(text, type=Record) for (text,) in rows("SELECT record FROM kubevigil_crashes")
            ],
            identities=rows("SELECT count(*) FROM kubevigil_seen")[0][0],
            vanished=rows("SELECT coalesce(sum(value), 0) FROM kubevigil_vanished_counters")[0][0],
        )


def is_baselined(data: Path) -> bool:
    """Whether a first list has been taken in, so that every later death is a new one."""
    with closing(sqlite3.connect(f"file:{data}/kubevigil.db?mode=ro", uri=True)) as store:
        return bool(store.execute("SELECT count(*) FROM kubevigil_scopes").fetchone()[0])


def _deaths(rows: list[tuple[str, str]]) -> Counter[Place]:
    """Container by container; an end of a whole pod counts for the container ''."""
    deaths: Counter[Place] = Counter()
    for uid, state in rows:
        book = json.loads(state)
        for name, known in book.get("containers", {}).items():
            deaths[Place(uid, name)] = known.get("number", 0) + known.get("ahead", False)
        if book.get("ended"):
            deaths[Place(uid, "")] = 1
    return deaths
