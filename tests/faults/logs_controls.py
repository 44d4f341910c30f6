"""The negative controls of the audit of logs: what goes wrong on purpose, which it must find."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects.sqlite import insert

from kubevigil.crashes.assignment import Assignment
from kubevigil.crashes.source import Gathered
from kubevigil.kube import connection as kube
from kubevigil.kube.errors import Refused
from kubevigil.kube.interrupt import Interrupt
from kubevigil.model.record import CaptureResult, Evidence, RecordedLog
from kubevigil.store import schema, settling
from kubevigil.store.packing import pack
from kubevigil.store.settling import Settled


class AlwaysPrevious:
    """A log source that does what `kubectl logs --previous` suggests, and believes the answer."""

    def __init__(self, api: kube.Connection) -> None:
        self._api = api

    def gather(self, assignment: Assignment, *, deadline: float, interrupt: Interrupt) -> Gathered:
        path = f"/api/v1/namespaces/{assignment.namespace}/pods/{assignment.pod}/log"
        query = {"container": assignment.container, "previous": "true"}
        try:
            text = self._api.get_bytes(path, query, deadline=deadline, interrupt=interrupt).decode()
        except Refused:
            return Gathered(Evidence(RecordedLog(CaptureResult.GONE)))
        return Gathered(Evidence(RecordedLog(CaptureResult.OK if text else CaptureResult.EMPTY, text=text)))


def settle_again(
    connection: Connection, cluster: str, evidence: Mapping[str, Evidence], now: float, **more: Any
) -> Settled:
    """Settles as the journal does, and then once more: the last settlement wins."""
    settled = settling.settle(connection, cluster, evidence, now, **more)
    for id_, again in settled.written.items():
        row = {"id": id_, "cluster": cluster, "settled_at": now, **pack(again)}
        connection.execute(insert(schema.crash_logs).prefix_with("OR REPLACE").values(row))
    return settled


def swap_two_bodies(data: Path) -> None:
    """Gives two settled crashes each other's log."""
    with closing(sqlite3.connect(data / "kubevigil.db")) as store, store:
        query = "SELECT id, body, bytes FROM kubevigil_crash_logs WHERE result = 'ok' AND body IS NOT NULL LIMIT 2"
        (one, *of_one), (other, *of_other) = store.execute(query).fetchall()
        update = "UPDATE kubevigil_crash_logs SET body = ?, bytes = ? WHERE id = ?"
        store.executemany(update, [(*of_other, one), (*of_one, other)])


def take_one_away(data: Path) -> None:
    """Leaves one crash without its settlement."""
    with closing(sqlite3.connect(data / "kubevigil.db")) as store, store:
        store.execute("DELETE FROM kubevigil_crash_logs WHERE id = (SELECT min(id) FROM kubevigil_crash_logs)")
