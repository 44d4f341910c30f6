"""The loop that empties the outbox into Elasticsearch.

A turn claims what is due within bounded memory, sends it, and writes down what became of each document. A process that
dies in between sends the same documents again, and the server knows them by their ids.
"""

import logging
from collections.abc import Sequence
from random import Random
from threading import Event
from typing import Final

from kubevigil.delivery.bulk import Item, batches_of
from kubevigil.delivery.documents import Documents
from kubevigil.delivery.outbox import Balance, Due, Outbox
from kubevigil.delivery.pacing import Pacing
from kubevigil.delivery.progress import Progress
from kubevigil.delivery.sending import MOST_AT_ONCE, Outcome, Send, send_batches, together
from kubevigil.delivery.settling import Settler
from kubevigil.delivery.tally import Health, Observer, Part, SinkResult, Tally
from kubevigil.delivery.verdicts import Retry
from kubevigil.model import clock
from kubevigil.model.clock import Monotonic, Wall
from kubevigil.model.wording import one_line
from kubevigil.store.errors import NoStore, StoreError

LINGER: Final = 0.5
"""Seconds that what is due waits for more to go with it, and between two looks into an empty outbox."""

AT_ONCE: Final = 2
PATIENCE: Final = 30.0
"""Seconds without progress after which `once` ends; longer than a crash waits for its log."""

_STORE_WAIT: Final = 2.0
_FEW: Final = 4
"""A turn that filled a fourth of what it might have claimed is followed by the next at once."""

_log: Final = logging.getLogger(__name__)


class Shipper:
    """One thread's. `send` is called by up to `at_once` (1 to 4) threads at the same time, each with at most 5 MiB.

    In memory are the records and documents of one turn, which claims `at_once` times as much.
    """

    def __init__(
        self,
        outbox: Outbox,
        send: Send,
        documents: Documents,
        *,
        observer: Observer,
        random: Random,
        at_once: int = AT_ONCE,
        wall: Wall = clock.wall,
        monotonic: Monotonic = clock.monotonic,
    ) -> None:
        if not 1 <= at_once <= MOST_AT_ONCE:
            raise ValueError(f"requests at once: 1 to {MOST_AT_ONCE}, not {at_once}")
        self._outbox = outbox
        self._send = send
        self._documents = documents
        self._at_once = at_once
        self._wall = wall
        self._monotonic = monotonic
        self._pacing = Pacing(random)
        self._tally = Tally(observer, monotonic)
        self._settler = Settler(outbox, self._pacing, self._tally, wall)
        self._progress = Progress(outbox, wall=wall, monotonic=monotonic)

    def health(self) -> Health:
        """Whether documents get through; any thread may ask."""
        return self._tally.health()

    def run(self, stop: Event) -> None:
        """Turns until `stop`."""
        while not stop.is_set():
            stop.wait(self.turn())

    def once(self, stop: Event, *, patience: float = PATIENCE) -> Balance:
        """Turns until nothing waits, or nothing got through for so many seconds; how it stands then.

        Raises StoreError if the store cannot be read, at once if it cannot at the beginning.
        """
        self._outbox.balance(self._wall())
        last, settled = self._monotonic(), 0
        while not stop.is_set() and not self._is_empty():
            wait = self.turn()
            if self._tally.settled > settled:
                last, settled = self._monotonic(), self._tally.settled
            left = last + patience - self._monotonic()
            stop.wait(min(wait, left) if left > 0 else 0.0)
            if wait >= left:
                break
        return self._outbox.balance(self._wall())

    def turn(self) -> float:
        """Sends what is due, as much as fits; the seconds to wait before the next turn."""
        try:
            self._settler.flush()
            items = self._made(self._claimed())
            self._works(Part.STORE)
            if not items:
                return LINGER
            is_full = self._fills_a_turn(items)
            outcome = self._sent(items)
            verdicts = outcome.verdicts | _put_aside(outcome)
            self._tally.count(SinkResult.RETRIED, sum(item.id not in verdicts for item in outcome.failed))
            self._settler.settle(items, verdicts)
            self._progress.tell(self._tally.settled)
        except NoStore as error:
            return self._failed(Part.STORE, str(error), _STORE_WAIT, "waiting for the exporter to make the store")
        except StoreError as error:
            return self._failed(Part.STORE, str(error), _STORE_WAIT)
        wait = self._judged(outcome)
        return wait or (0.0 if is_full else LINGER)

    def _lanes(self) -> int:
        """How many requests at the same time; one while we find out what the server can take."""
        return 1 if self._pacing.items == 1 else self._at_once

    def _claimed(self) -> Sequence[Due]:
        lanes, pace = self._lanes(), self._pacing
        return self._outbox.claim(self._wall(), pace.items * lanes, pace.bytes * lanes)

    def _fills_a_turn(self, items: Sequence[Item]) -> bool:
        """Whether so much was claimed that more may be due."""
        lanes, pace = self._lanes(), self._pacing
        size = sum(len(item.lines) for item in items)
        return len(items) >= pace.items * lanes or size * _FEW >= pace.bytes * lanes

    def _made(self, due: Sequence[Due]) -> list[Item]:
        items = []
        for crash in due:
            try:
                items.append(self._documents.item(crash))
            except Exception as error:  # noqa: BLE001  one crash that cannot be told must not hold up the others
                self._settler.give_up(crash.record.id, f"a fault of Kubevigil: {type(error).__name__}: {error}")
        return items

    def _sent(self, items: Sequence[Item]) -> Outcome:
        """Sends the items, as many requests at a time as there are lanes, until one of them fails."""
        batches = list(batches_of(items, most_bytes=self._pacing.bytes, most_items=self._pacing.items))
        lanes, outcome = self._lanes(), Outcome()
        for first in range(0, len(batches), lanes):
            outcome = together([outcome, send_batches(batches[first : first + lanes], self._send)])
            if outcome.failure is not None:
                break
        return outcome

    def _judged(self, outcome: Outcome) -> float:
        """What the outcome means for the pipe: the seconds that it has to wait, 0 if it is well."""
        if outcome.too_large:
            self._pacing.too_large(outcome.too_large)
        put_off = [verdict for verdict in outcome.verdicts.values() if isinstance(verdict, Retry)]
        if len(put_off) < len(outcome.verdicts):
            self._pacing.worked(outcome.largest)
        failure = outcome.failure
        if failure is not None:
            return self._failed(Part.SERVER, str(failure), self._pacing.failed(failure, len(outcome.failed)))
        if put_off and len(put_off) == len(outcome.verdicts):
            first = put_off[0]
            return self._failed(Part.SERVER, first.words, self._pacing.wait(first.reason, at_least=first.after))
        self._works(Part.SERVER)
        return 0.0

    def _works(self, part: Part) -> None:
        if self._tally.works(part):
            _log.info("delivery works again", extra={"fields": {"part": part}})

    def _failed(self, part: Part, why: str, wait: float, event: str = "delivery failed, trying again") -> float:
        told = one_line(why)
        if self._tally.fails(part, told):
            fields = {"part": part, "error": told, "wait": round(wait, 1)}
            _log.warning(event, extra={"fields": fields})
        return wait

    def _is_empty(self) -> bool:
        try:
            return self._outbox.balance(self._wall()).waiting == 0
        except StoreError:
            return False


def _put_aside(outcome: Outcome) -> dict[str, Retry]:
    """The document that went alone and may itself be why its request failed: it waits by itself and blocks no other."""
    failure = outcome.failure
    if failure is None or not failure.blames_body or len(outcome.failed) != 1:
        return {}
    return {outcome.failed[0].id: Retry(failure.reason, one_line(str(failure)), failure.retry_after)}
