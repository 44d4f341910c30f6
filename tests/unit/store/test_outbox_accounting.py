"""Seen = sent + waiting + dead + dropped, after whatever happened, and each crash's way is one that can be."""

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import Connection

from kubevigil.store import outbox
from kubevigil.store.batch import Batch
from kubevigil.store.database import FILE_NAME
from kubevigil.store.housekeeping import Retention
from kubevigil.store.journal import Journal
from kubevigil.store.outbox import Due, Outbox
from kubevigil.store.replaying import replay, replay_all
from kubevigil.store.sharing import SharedStore

from .making import NOW, Store, crash, record, said

SINKS = ("a", "b")
NUMBERS = st.integers(0, 7)
SINK = st.sampled_from(SINKS)


class Killed(BaseException):
    """A process that is killed in a transaction leaves nothing of it, as one that raises out of it does."""


class Accounting(RuleBasedStateMachine):
    """An exporter and two sinks on one store; `_ways` is a book of the test's own, in plain Python."""

    @initialize()
    def begin(self) -> None:
        self._folder = TemporaryDirectory()
        self._path = Path(self._folder.name)
        self._now = NOW
        self._store = self._exporter()
        self._ways: dict[tuple[str, str], str] = {}
        self._documents: dict[str, Any] = {}
        self._gone: Counter[tuple[str, str]] = Counter()

    def teardown(self) -> None:
        self._store.journal.close()
        self._folder.cleanup()

    @rule(numbers=st.lists(NUMBERS, max_size=4))
    def crashes(self, numbers: list[int]) -> None:
        self._commit(crash(*map(record, numbers)))
        self._recorded(numbers)

    @rule(number=NUMBERS, point=st.sampled_from(["_insert_entries", "_write_rows", "_add_to_counters"]))
    def the_exporter_is_killed_while_it_writes(self, number: int, point: str) -> None:
        original = getattr(Journal, point)

        def killed(journal: Journal, connection: Connection, *arguments: object) -> None:
            original(journal, connection, *arguments)
            raise Killed

        with mock.patch.object(Journal, point, killed), pytest.raises(Killed):
            self._commit(crash(record(number)))
        self._store.journal.close()
        self._store = self._exporter()

    @rule(number=NUMBERS)
    def a_log_is_settled(self, number: int) -> None:
        self._commit(Batch(evidence={record(number).id: said(f"at {self._now}")}))

    @rule(seconds=st.sampled_from([1.0, 25.0, 400.0, -300.0]))
    def time_passes(self, seconds: float) -> None:
        self._now += seconds

    @rule(sink=SINK, most=st.integers(1, 5))
    def a_sink_claims(self, sink: str, most: int) -> None:
        for due in self._claim(sink, most):
            assert self._ways[sink, due.record.id] == "waiting"

    @rule(sink=SINK, most=st.integers(1, 5))
    def a_sink_takes_them(self, sink: str, most: int) -> None:
        ids = [due.record.id for due in self._claim(sink, most)]
        self._outbox(sink).sent(ids, self._now)
        self._went(sink, ids, "sent")

    @rule(sink=SINK)
    def a_sink_is_killed_before_it_says_so(self, sink: str) -> None:
        self._killed(sink, lambda ids: self._outbox(sink).sent(ids, self._now))

    @rule(sink=SINK)
    def a_sink_is_killed_before_it_notes_a_refusal(self, sink: str) -> None:
        self._killed(sink, lambda ids: self._outbox(sink).dead(ids[0], "no"))

    @rule(sink=SINK, most=st.integers(1, 5), seconds=st.sampled_from([0.0, 5.0, 300.0]))
    def a_sink_puts_them_off(self, sink: str, most: int, seconds: float) -> None:
        self._outbox(sink).retry([due.record.id for due in self._claim(sink, most)], self._now + seconds, "busy")

    @rule(sink=SINK, number=NUMBERS)
    def a_sink_refuses_one(self, sink: str, number: int) -> None:
        self._outbox(sink).dead(record(number).id, "no")
        if self._ways.get((sink, record(number).id)) == "waiting":
            self._went(sink, [record(number).id], "dead")

    @rule(sink=SINK, numbers=st.lists(NUMBERS, unique=True, max_size=3))
    def a_sink_says_late_that_it_has_some(self, sink: str, numbers: list[int]) -> None:
        ids = [record(number).id for number in numbers]
        self._outbox(sink).sent(ids, self._now)
        self._went(sink, [id_ for id_ in ids if (sink, id_) in self._ways], "sent")

    @rule(number=NUMBERS)
    def one_is_replayed(self, number: int) -> None:
        id_ = record(number).id
        dead = tuple(sink for sink in SINKS if self._ways.get((sink, id_)) == "dead")
        assert replay(self._shared(), id_, self._now).sinks == dead
        for sink in dead:
            self._went(sink, [id_], "waiting")

    @rule()
    def all_are_replayed(self) -> None:
        dead = [place for place, way in self._ways.items() if way == "dead"]
        assert replay_all(self._shared(), self._now) == len({id_ for _, id_ in dead})
        for sink, id_ in dead:
            self._went(sink, [id_], "waiting")

    @rule(most=st.integers(0, 6))
    def the_store_is_tidied(self, most: int) -> None:
        self._store.now = self._now
        self._store.journal.tidy(set(), Retention(1e9, 1e9, most))
        kept = {id_ for (id_,) in self._store.rows("SELECT id FROM kubevigil_crashes")}
        for place in [place for place in self._ways if place[1] not in kept]:
            way = self._ways.pop(place)
            self._gone[place[0], "sent" if way == "sent" else "dropped"] += 1
            self._documents.pop(place[1], None)

    @invariant()
    def the_books_agree(self) -> None:
        rows = self._store.rows("SELECT sink, id, state FROM kubevigil_outbox")
        assert {(sink, id_): state for sink, id_, state in rows} == self._ways
        for sink in SINKS:
            ways = Counter(way for (of, _), way in self._ways.items() if of == sink)
            balance = self._outbox(sink).balance(self._now)
            assert (balance.waiting, balance.dead) == (ways["waiting"], ways["dead"])
            assert balance.sent == ways["sent"] + self._gone[sink, "sent"]
            assert balance.dropped == self._gone[sink, "dropped"]
            assert balance.seen == balance.waiting + balance.sent + balance.dead + balance.dropped

    def _claim(self, sink: str, most: int) -> list[Due]:
        """What is due, of which each sink is told the same however often it comes."""
        found = self._outbox(sink).claim(self._now, most, 1 << 20)
        for due in found:
            told = (due.record.log, due.record.events)
            assert due.record.log is not None
            assert self._documents.setdefault(due.record.id, told) == told
        return found

    def _killed(self, sink: str, call: Any) -> None:
        ids = [due.record.id for due in self._claim(sink, 3)]
        if not ids:
            return

        def killed(*_: object) -> None:
            raise Killed

        with mock.patch.object(outbox, "count_moved", killed), pytest.raises(Killed):
            call(ids)

    def _recorded(self, numbers: list[int]) -> None:
        kept = {id_ for (id_,) in self._store.rows("SELECT id FROM kubevigil_crashes")}
        for number in numbers:
            for sink in SINKS:
                if record(number).id in kept:
                    self._ways.setdefault((sink, record(number).id), "waiting")

    def _went(self, sink: str, ids: list[str], way: str) -> None:
        self._ways |= {(sink, id_): way for id_ in ids}

    def _commit(self, batch: Batch) -> None:
        self._store.now = self._now
        self._store.journal.commit(batch)

    def _exporter(self) -> Store:
        return Store(self._path, sinks=SINKS)

    def _outbox(self, sink: str) -> Outbox:
        return Outbox(self._path / FILE_NAME, sink)

    def _shared(self) -> SharedStore:
        return SharedStore(self._path / FILE_NAME)


TestAccounting = Accounting.TestCase
TestAccounting.settings = settings(max_examples=20, stateful_step_count=20)
