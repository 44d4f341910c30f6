"""Crashes that another process recorded and did not settle: one that died, or that still ended while this one began.

They are looked for at the start, and a few times more while a process that was told to stop may still write: a pod's
usual grace period is 30 s, and a Deployment begins the next pod when one is deleted, not when it is gone.
"""

from collections.abc import Callable
from typing import Final

from kubevigil.model.clock import Monotonic
from kubevigil.model.record import Record
from kubevigil.store.errors import StoreError
from kubevigil.store.journal import Journal

_LOOKS: Final = (0.0, 3.0, 8.0, 15.0, 35.0)
"""Seconds after the start. A log is worth the most in the first of them."""

_AT_MOST: Final = 10_000
"""Crashes that are asked for again at one look: what does not fit the queue is settled so."""


class Adoption:
    """Used by the thread that owns the journal. `assign` has a log read; `failed` is told what the store refused."""

    def __init__(
        self,
        journal: Journal,
        assign: Callable[[Record], None],
        failed: Callable[[StoreError], None],
        monotonic: Monotonic,
    ) -> None:
        self._journal = journal
        self._assign = assign
        self._failed = failed
        self._monotonic = monotonic
        self._looks = [monotonic() + seconds for seconds in _LOOKS]
        self._ours: set[str] = set()

    def recorded(self, record: Record) -> None:
        """A crash of this process's own: its log is asked for."""
        if self._looks:
            self._ours.add(record.id)
        self._assign(record)

    def look(self) -> None:
        """Has the logs of the others' crashes read, if it is time to look for them."""
        if not self._looks or self._monotonic() < self._looks[0]:
            return
        del self._looks[0]
        try:
            unsettled = self._journal.unsettled(_AT_MOST)
        except StoreError as error:  # of these crashes there is no log then; the bookkeeper meets the same store
            self._failed(error)
            return
        for record in unsettled:
            if record.id not in self._ours:
                self._ours.add(record.id)
                self._assign(record)
        if not self._looks:
            self._ours.clear()
