"""Writes what was gathered about crashes, once for each, and keeps the bodies of logs within their limit.

The first settlement of a crash wins; a second, by a replay or another process, changes nothing.
"""

from collections.abc import Collection, Mapping
from typing import Final, NamedTuple

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert as upsert

from kubevigil.model.record import Evidence
from kubevigil.store import schema
from kubevigil.store.packing import pack, without_text
from kubevigil.store.yielding import bytes_kept, give_up

_SLACK: Final = 1.1
"""How far above their limit bodies grow before some go. Choosing looks at all of them, so it must be seldom."""


class Settled(NamedTuple):
    """What was settled now, by record id; how many older bodies had to go; the compressed bytes of all, if known."""

    written: dict[str, Evidence]
    given_up: int
    body_bytes: int | None


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
    kept = bytes_kept(connection) if known_bytes is None else known_bytes
    written: dict[str, Evidence] = {}
    for id_ in _recorded(connection, cluster, evidence):
        row = {"id": id_, "cluster": cluster, "settled_at": now, **pack(evidence[id_])}
        if connection.execute(upsert(schema.crash_logs).values(row).on_conflict_do_nothing()).rowcount:
            written[id_] = evidence[id_]
            kept += row["size"]
    if kept <= most_bytes * _SLACK:
        return Settled(written, 0, kept)
    return _keep_within(connection, most_bytes, written)


def _keep_within(connection: Connection, most_bytes: int, written: Mapping[str, Evidence]) -> Settled:
    gone = {body.id for body in give_up(connection, most_bytes)}
    told = {id_: without_text(evidence) if id_ in gone else evidence for id_, evidence in written.items()}
    return Settled(told, len(gone - written.keys()), bytes_kept(connection))


def _recorded(connection: Connection, cluster: str, ids: Collection[str]) -> list[str]:
    """Those of which there is a crash."""
    crashes = schema.crashes
    wanted = select(crashes.c.id).where(crashes.c.cluster == cluster, crashes.c.id.in_(ids))
    found = set(connection.scalars(wanted))
    return [id_ for id_ in ids if id_ in found]
