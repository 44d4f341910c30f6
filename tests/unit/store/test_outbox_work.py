"""How much work the outbox is: as much for a hundred thousand that wait as for a thousand."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.dialects import sqlite

from kubevigil.store import schema, sharing
from kubevigil.store.database import FILE_NAME
from kubevigil.store.outbox import Outbox, due_rows

from .making import NOW, Store, record
from .sink import MUCH, SINK, ids, settled

HUNDRED_THOUSAND = 100_000


def filled(folder: Path, rows: int) -> Outbox:
    """A store in which so many wait, written without the journal: that would take a minute."""
    template = Store(folder, sinks=(SINK,))
    settled(template, 0)
    columns = {
        table.name: ", ".join(f"'{SINK}'" if c.name == "sink" else _copied(c.name) for c in table.columns)
        for table in (schema.crashes, schema.crash_logs, schema.crash_order, schema.outbox)
    }
    count = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows - 1})"
    with template.engine.begin() as connection:
        for table, values in columns.items():
            names = ", ".join(f'"{c.name}"' for c in schema.metadata.tables[table].columns)
            connection.exec_driver_sql(f"{count} INSERT INTO {table} ({names}) SELECT {values} FROM n, {table}")
        connection.exec_driver_sql(f"UPDATE kubevigil_outbox_tally SET seen = {rows}, waiting = {rows}")
    template.journal.close()
    return Outbox(folder / FILE_NAME, SINK)


def _copied(column: str) -> str:
    id_ = "printf('%064x', i)"
    numbered = {
        "id": id_,
        "record": f"replace(record, '{record(0).id}', {id_})",
        "seq": "i + 1",
        "due_at": "due_at + i",
        "next_at": "next_at + i",
    }
    return numbered.get(column, f'"{column}"')


class Work:
    """Counts what SQLite does for the outbox, in hundreds of instructions of its virtual machine."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.done = 0
        connect = sharing._connect

        def counting(path: Path) -> sqlite3.Connection:
            connection = connect(path)
            connection.set_progress_handler(self._count, 100)
            return connection

        monkeypatch.setattr(sharing, "_connect", counting)

    def _count(self) -> None:
        self.done += 1

    def of(self, call: Callable[[], object]) -> int:
        before = self.done
        call()
        return self.done - before


def steps(outbox: Outbox) -> Iterator[tuple[str, Callable[[], object]]]:
    batch = [due.record.id for due in outbox.claim(NOW + 1e6, 50, MUCH)]
    yield "claim", lambda: outbox.claim(NOW + 1e6, 50, MUCH)
    yield "balance", lambda: outbox.balance(NOW)
    yield "retry", lambda: outbox.retry(batch, NOW, "x")
    yield "sent", lambda: outbox.sent(batch[1:], NOW)
    yield "dead", lambda: outbox.dead(batch[0], "x")


def test_with_a_hundred_thousand_waiting_a_batch_is_as_much_work_as_with_a_thousand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few, many = filled(tmp_path / "few", 1000), filled(tmp_path / "many", HUNDRED_THOUSAND)
    assert many.balance(NOW).waiting == HUNDRED_THOUSAND
    assert len(ids(many, most=50)) == 50
    work = Work(monkeypatch)
    small = {name: work.of(call) for name, call in steps(few)}
    large = {name: work.of(call) for name, call in steps(many)}
    assert small["claim"] > 10
    assert {name: large[name] <= small[name] * 2 + 5 for name in large} == dict.fromkeys(large, True)


def test_what_is_due_and_the_oldest_are_found_by_the_indexes(tmp_path: Path) -> None:
    filled(tmp_path, 1000)
    due = due_rows(SINK, 500).where(schema.outbox.c.next_at <= NOW + 1e6)
    words = str(due.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))
    oldest = f"SELECT min(due_at) FROM kubevigil_outbox WHERE sink = '{SINK}' AND state = 'waiting'"
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as raw:
        plans = [[row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {query}")] for query in (words, oldest)]
    assert plans[0][0].startswith("SEARCH kubevigil_outbox USING INDEX kubevigil_outbox_by_next (sink=? AND state=?")
    assert all(step.startswith("SEARCH") for step in plans[0])
    assert [step.partition(" (")[0] for step in plans[1]] == [
        "SEARCH kubevigil_outbox USING COVERING INDEX kubevigil_outbox_by_due"
    ]
