"""The negative control: journals that are wrong on purpose, as a first sketch may be. The audit must find them out."""

from collections import Counter
from collections.abc import Mapping
from unittest import mock

from sqlalchemy import Connection

from kubevigil.store.journal import Batch, Committed, Journal


class MarksFirst(Journal):
    """Marks deaths as known in one transaction, and records them in a second: what dies in between is lost."""

    def commit(self, batch: Batch) -> Committed:
        committed = Committed([], Counter(), Counter())
        marks = Batch(rows=batch.rows, gone=batch.gone, baselined=batch.baselined)
        records = Batch(entries=batch.entries, vanished=batch.vanished)
        for part in (marks, records):
            if part:
                committed = super().commit(part)
        return committed


class RecordsFirst(Journal):
    """Records deaths first, and marks them in a second transaction; looks at no identity: it counts some twice."""

    def commit(self, batch: Batch) -> Committed:
        committed = super().commit(Batch(entries=batch.entries, vanished=batch.vanished))
        super().commit(Batch(rows=batch.rows, gone=batch.gone, baselined=batch.baselined))
        return committed

    def _see(self, connection: Connection, identities: Mapping[str, str], now: float) -> set[str]:
        super()._see(connection, identities, now)
        return set(identities)


TWINS: dict[str, type[Journal]] = {"marks first": MarksFirst, "records first": RecordsFirst}


def put_in(name: str) -> None:
    """Lets the exporters of this process keep their books with the twin of that name."""
    mock.patch("kubevigil.app.wiring.Journal", TWINS[name]).start()
