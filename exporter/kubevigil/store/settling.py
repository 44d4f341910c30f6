"""Writes what was gathered about crashes, once for each, and keeps the bodies of logs within their limit.

The first settlement of a crash wins; a second, by a replay or another process, changes nothing. A sink that may wait no
longer settles a crash too, as one whose log did not come in time.
"""

from collections.abc import Collection, Mapping
from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, select

from kubevigil.model.record import CaptureResult, Evidence, RecordedLog
from kubevigil.store import schema
from kubevigil.store.dialects import insert_absent
from kubevigil.store.enqueuing import make_due, without_log
from kubevigil.store.packing import pack, without_text
from kubevigil.store.yielding import bytes_kept, give_up

_TOO_LATE: Final = Evidence(RecordedLog(CaptureResult.TIMEOUT))

# Made once: to make a statement anew costs more than to execute it.
_RECORDED: Final = select(schema.crashes.c.id).where(
    schema.crashes.c.cluster == bindparam("of"), schema.crashes.c.id.in_(bindparam("ids", expanding=True))
)

_SLACK: Final = 1.1
"""How far above their limit bodies grow before some go. Choosing looks at all of them, so it must be seldom."""


class Settled(NamedTuple):
    """What was settled now, by record id; how many older bodies had to go; the compressed bytes of all, if known.

    `late` is how many crashes were settled before.
    """

    written: dict[str, Evidence]
    given_up: int
    body_bytes: int | None
    late: int = 0


def settle(
    connection: Connection,
    cluster: str,
    evidence: Mapping[str, Evidence],
    now: float,
    *,
    most_bytes: int,
    known_bytes: int | None,
) -> Settled:
    """Inserts the evidence of those crashes that are in the store and not settled; older bodies may have to go for it.

    `known_bytes`: what all bodies took before, None where it must be read.
    """
    if not evidence:
        return Settled({}, 0, known_bytes)
    kept = bytes_kept(connection, cluster) if known_bytes is None else known_bytes
    written: dict[str, Evidence] = {}
    recorded = _recorded(connection, cluster, evidence)
    closed = without_log(connection, recorded)
    for id_ in (id_ for id_ in recorded if id_ not in closed):
        row = {"id": id_, "cluster": cluster, "settled_at": now, **pack(evidence[id_])}
        if insert_absent(connection, schema.crash_logs, [row]):
            written[id_] = evidence[id_]
            kept += row["size"]
    make_due(connection, written, now)
    settled = Settled(written, 0, kept, late=len(recorded) - len(written))
    return settled if kept <= most_bytes * _SLACK else _keep_within(connection, cluster, most_bytes, settled)


def settle_overdue(connection: Connection, ids: Collection[str], now: float) -> None:
    """Settles those of the crashes that are not settled as ones whose log did not come in time."""
    crashes = schema.crashes
    for id_, cluster in connection.execute(select(crashes.c.id, crashes.c.cluster).where(crashes.c.id.in_(ids))).all():
        row = {"id": id_, "cluster": cluster, "settled_at": now, **pack(_TOO_LATE)}
        insert_absent(connection, schema.crash_logs, [row])


def _keep_within(connection: Connection, cluster: str, most_bytes: int, settled: Settled) -> Settled:
    gone = {body.id for body in give_up(connection, cluster, most_bytes)}
    told = {id_: without_text(evidence) if id_ in gone else evidence for id_, evidence in settled.written.items()}
    given_up = len(gone - settled.written.keys())
    return Settled(told, given_up, bytes_kept(connection, cluster), settled.late)


def _recorded(connection: Connection, cluster: str, ids: Collection[str]) -> list[str]:
    """Those of which there is a crash."""
    found = set(connection.scalars(_RECORDED, {"of": cluster, "ids": list(ids)}))
    return [id_ for id_ in ids if id_ in found]
