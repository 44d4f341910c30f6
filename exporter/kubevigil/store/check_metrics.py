"""The health checks' own metrics as the store has them: a text for each check, which whoever counts writes whole."""

from collections.abc import Collection, Mapping
from typing import Final

from sqlalchemy import Connection, delete, select

from kubevigil.store import schema
from kubevigil.store.address import Address
from kubevigil.store.sharing import SharedStore, steps_of

_rows: Final = schema.check_metrics


class CheckMetrics:
    """The rows of one cluster in the store at `address`. Both calls raise what `SharedStore` raises. Thread-safe."""

    def __init__(self, address: Address, cluster: str) -> None:
        self._store = SharedStore(address)
        self._cluster = cluster

    def read(self) -> dict[str, str]:
        """All states, by their checks' uids."""
        of_cluster = select(_rows.c.check_uid, _rows.c.state).where(_rows.c.cluster == self._cluster)
        with self._store.reading("cannot read the metrics of health checks") as connection:
            return {row.check_uid: row.state for row in connection.execute(of_cluster)}

    def write(self, states: Mapping[str, str], gone: Collection[str] = ()) -> None:
        """In one transaction: these checks have these states, and those that are `gone` have none."""
        if not (states or gone):
            return
        with self._store.writing("cannot write the metrics of health checks") as connection:
            self._delete(connection, [*states, *gone])
            if states:
                rows = [{"cluster": self._cluster, "check_uid": uid, "state": state} for uid, state in states.items()]
                connection.execute(_rows.insert(), rows)

    def _delete(self, connection: Connection, uids: list[str]) -> None:
        for step in steps_of(uids):
            connection.execute(delete(_rows).where(_rows.c.cluster == self._cluster, _rows.c.check_uid.in_(step)))
