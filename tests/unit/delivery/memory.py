"""An outbox in memory, and a server that takes bulk requests as a function, for tests."""

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from kubevigil.delivery.errors import DeliveryError
from kubevigil.model.record import Record
from kubevigil.store.errors import WriteFailed
from tests.unit.delivery.crashes import DAY, Waiting

NOW = 1_795_000_000.0


@dataclass
class Standing:
    seen: int = 0
    waiting: int = 0
    sent: int = 0
    dead: int = 0


@dataclass
class Row:
    record: Record
    due_at: float
    next_at: float
    state: str = "waiting"
    attempts: int = 0
    error: str = ""


class MemoryOutbox:
    """Keeps the promises of the store's, and counts what breaks them."""

    def __init__(self, records: Iterable[Record] = (), *, due_at: float = NOW) -> None:
        self.rows = {record.id: Row(record, due_at, due_at) for record in records}
        self.claims: list[tuple[int, int]] = []
        self.refuses = ""
        """The name of a method that fails."""

    def claim(self, now: float, most: int, most_bytes: int) -> Sequence[Waiting]:
        self._may("claim")
        self.claims.append((most, most_bytes))
        due = sorted((r for r in self.rows.values() if r.state == "waiting" and r.next_at <= now), key=_order)
        chosen: list[Waiting] = []
        size = 0
        for row in due[:most]:
            size += len(row.record.log.text) if row.record.log else 0
            if chosen and size > most_bytes:
                break
            chosen.append(Waiting(row.record, DAY, row.attempts))
        return chosen

    def sent(self, ids: Collection[str], now: float) -> None:
        self._may("sent")
        del now
        self._move(ids, "sent", "")

    def retry(self, ids: Collection[str], next_at: float, error: str) -> None:
        self._may("retry")
        self._move(ids, "waiting", error)
        for id_ in ids:
            self.rows[id_].next_at = next_at

    def dead(self, id_: str, error: str) -> None:
        self._may("dead")
        self._move([id_], "dead", error)

    def balance(self, now: float) -> Standing:
        self._may("balance")
        del now
        states = [row.state for row in self.rows.values()]
        return Standing(len(states), *(states.count(state) for state in ("waiting", "sent", "dead")))

    def state_of(self, id_: str) -> str:
        return self.rows[id_].state

    def _move(self, ids: Collection[str], state: str, error: str) -> None:
        for id_ in ids:
            row = self.rows[id_]
            assert row.state == "waiting", f"{id_} was {row.state} and was to be {state}"
            row.state, row.error, row.attempts = state, error, row.attempts + 1

    def _may(self, method: str) -> None:
        if method == self.refuses:
            raise WriteFailed(f"cannot {method}")


def _order(row: Row) -> tuple[float, str]:
    return row.next_at, row.record.id


Action = tuple[dict[str, Any], dict[str, Any]]


def actions_in(body: bytes) -> list[Action]:
    """The actions of a bulk request with their documents, read as the server does: by lines."""
    assert body.endswith(b"\n")
    lines = [json.loads(line) for line in body.removesuffix(b"\n").split(b"\n")]
    assert len(lines) % 2 == 0
    return [(action["create"], document) for action, document in zip(lines[::2], lines[1::2], strict=True)]


@dataclass
class Sink:
    """Elasticsearch, as far as `send` can tell. `judge` may give another status and error for an id."""

    judge: Callable[[str], tuple[int, str] | None] = lambda _: None
    failures: list[DeliveryError] = field(default_factory=list)
    """What the next requests fail with."""

    refuse: Callable[[bytes], DeliveryError | None] = lambda _: None
    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    requests: list[int] = field(default_factory=list)
    """How many documents each request had."""

    loses_answers: bool = False

    def send(self, body: bytes) -> bytes:
        actions = actions_in(body)
        self.requests.append(len(actions))
        if self.failures:
            raise self.failures.pop(0)
        if (failure := self.refuse(body)) is not None:
            raise failure
        items = [self._take(action["_id"], document) for action, document in actions]
        return b"" if self.loses_answers else json.dumps({"took": 1, "errors": True, "items": items}).encode()

    def _take(self, id_: str, document: dict[str, Any]) -> dict[str, Any]:
        if (told := self.judge(id_)) is not None:
            return {"create": {"_id": id_, "status": told[0], "error": {"type": told[1], "reason": "so it is"}}}
        if id_ in self.documents:
            conflict = {"type": "version_conflict_engine_exception", "reason": "exists"}
            return {"create": {"_id": id_, "status": 409, "error": conflict}}
        self.documents[id_] = document
        return {"create": {"_id": id_, "status": 201}}
