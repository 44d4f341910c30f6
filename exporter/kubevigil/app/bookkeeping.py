"""The thread that owns the store: keeps the books, looks for what others left behind, and tidies up once an hour."""

import logging
from collections.abc import Callable, Sequence
from threading import Event
from typing import Final

from kubevigil.metrics import selfmetrics
from kubevigil.metrics.selfmetrics import SelfMetrics
from kubevigil.model.clock import Monotonic
from kubevigil.pods.bookkeeper import Bookkeeper
from kubevigil.pods.counters import Counters
from kubevigil.pods.intake import Intake
from kubevigil.store.errors import Damaged, StoreError
from kubevigil.store.housekeeping import Retention
from kubevigil.store.journal import Journal

_log = logging.getLogger(__name__)

_TIDY_SECONDS: Final = 3600.0
_WAIT_SECONDS: Final = 0.5
_GATHER_SECONDS: Final = 0.1
"""Between two transactions, of which each costs a dozen statements and a sync of the disk, however little it writes.

The first crash after a quiet while is written, and its log asked for, at once."""


class Bookkeeping:
    """Runs the bookkeeper, and has the store tidied by what the intakes know of live workloads."""

    def __init__(
        self,
        keeper: Bookkeeper,
        journal: Journal,
        counters: Counters,
        intakes: Sequence[Intake],
        *,
        adopt: Callable[[], None],
        keep: Retention,
        metrics: SelfMetrics,
        monotonic: Monotonic,
    ) -> None:
        self._keeper = keeper
        self._journal = journal
        self._counters = counters
        self._intakes = intakes
        self._adopt = adopt
        self._keep = keep
        self._metrics = metrics
        self._monotonic = monotonic
        self._next_tidy = monotonic() + _TIDY_SECONDS

    @property
    def failing(self) -> str:
        """Why the store refused the last write; '' once it took one."""
        return self._keeper.failing

    def run(self, stop: Event) -> None:
        """Works until `stop` is set, then until nothing waits or the store refuses."""
        while True:
            worked = self._keeper.step(0.0 if stop.is_set() else _WAIT_SECONDS, stop)
            if stop.is_set() and not worked:
                return
            self._adopt()
            if worked:
                self._keeper.gather(_GATHER_SECONDS)
            if self._monotonic() >= self._next_tidy:
                self._next_tidy = self._monotonic() + _TIDY_SECONDS
                self.tidy()

    def tidy(self) -> None:
        """Drops what is too old, in the store and in memory; a store that refuses is asked again in an hour."""
        live = {(namespace, w.kind, w.name) for intake in self._intakes for namespace, w in intake.live_workloads()}
        try:
            dropped = self._journal.tidy(live, self._keep)
        except StoreError as error:
            if isinstance(error, Damaged):
                self._keeper.damaged(error)
            self._metrics.count(selfmetrics.STORE_ERRORS, "tidy")
            _log.warning("store not tidied", extra={"fields": {"error": str(error)}})
            return
        self._counters.forget(dropped)
