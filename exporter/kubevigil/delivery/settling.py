"""Writes down, in the outbox, what became of documents; what the store refuses is kept and written at the next call."""

import logging
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Final

from kubevigil.delivery.bulk import Item
from kubevigil.delivery.errors import Reason
from kubevigil.delivery.outbox import Outbox
from kubevigil.delivery.pacing import Pacing
from kubevigil.delivery.tally import SinkResult, Tally
from kubevigil.delivery.verdicts import Duplicate, Refused, Retry, Sent, Verdict
from kubevigil.model.clock import Wall

_log: Final = logging.getLogger(__name__)


class Settler:
    """Not thread-safe. What waits to be written is what one turn sent, at most, if `flush` is called before each."""

    def __init__(self, outbox: Outbox, pacing: Pacing, tally: Tally, wall: Wall) -> None:
        self._outbox = outbox
        self._pacing = pacing
        self._tally = tally
        self._wall = wall
        self._unwritten: deque[Callable[[], None]] = deque()

    def settle(self, items: Iterable[Item], verdicts: Mapping[str, Verdict]) -> None:
        """Counts and writes down the verdicts on these items. Raises StoreError."""
        judged = [(item, verdicts[item.id]) for item in items if item.id in verdicts]
        self._done([item for item, verdict in judged if isinstance(verdict, Sent)], SinkResult.SENT)
        self._done([item for item, verdict in judged if isinstance(verdict, Duplicate)], SinkResult.DUPLICATE)
        self._refused([(item, verdict) for item, verdict in judged if isinstance(verdict, Refused)])
        self._again([(item, verdict) for item, verdict in judged if isinstance(verdict, Retry)])
        self.flush()

    def give_up(self, id_: str, why: str) -> None:
        """A document that cannot even be made. Raises StoreError."""
        self._dead(id_, why)
        _log.error("document not made", extra={"fields": {"id": id_, "error": why}})
        self.flush()

    def flush(self) -> None:
        """Writes what could not be written before. Raises StoreError."""
        while self._unwritten:
            self._unwritten[0]()
            self._unwritten.popleft()

    def _done(self, items: list[Item], result: SinkResult) -> None:
        self._tally.count(result, len(items))
        if items:
            self._unwritten.append(partial(self._outbox.sent, [item.id for item in items], self._wall()))

    def _refused(self, refused: list[tuple[Item, Refused]]) -> None:
        for item, verdict in refused:
            self._dead(item.id, f"{verdict.reason}: {verdict.words}")
        if refused:
            (item, verdict), many = refused[0], len(refused)
            told = {"documents": many, "id": item.id, "reason": verdict.reason, "error": verdict.words}
            _log.warning("documents refused", extra={"fields": told})

    def _dead(self, id_: str, error: str) -> None:
        self._tally.count(SinkResult.DEAD_LETTER, 1)
        self._unwritten.append(partial(self._outbox.dead, id_, error))

    def _again(self, again: list[tuple[Item, Retry]]) -> None:
        """One write, and one wait, for all that were tried as often and are to be tried again for the same reason."""
        self._tally.count(SinkResult.RETRIED, len(again))
        alike: dict[tuple[int, Reason], list[tuple[Item, Retry]]] = {}
        for item, verdict in again:
            alike.setdefault((item.attempts, verdict.reason), []).append((item, verdict))
        for (attempts, reason), group in alike.items():
            longest = max(verdict.after for _, verdict in group)
            due = self._wall() + self._pacing.wait_of_item(attempts + 1, at_least=longest)
            ids, words = [item.id for item, _ in group], group[0][1].words
            self._unwritten.append(partial(self._outbox.retry, ids, due, f"{reason}: {words}"))
