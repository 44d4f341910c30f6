"""The capture of crash logs as a part of the exporter: its loops, its figures, and whether it may read logs at all."""

from collections.abc import Callable, Iterator
from typing import Final

from kubevigil.app.cleaning import Cleaner
from kubevigil.app.routes import Check
from kubevigil.app.supervisor import Supervisor
from kubevigil.crashes.api_source import ApiSource
from kubevigil.crashes.pool import THREADS, Pool
from kubevigil.kube.connection import Connection
from kubevigil.metrics import selfmetrics
from kubevigil.metrics.selfmetrics import SelfMetrics
from kubevigil.model.clock import Monotonic
from kubevigil.model.record import CaptureResult, Evidence, Record

MISSING_RIGHT: Final = "may not read logs: needs `get` on pods and pods/log in the crashed pod's namespace"


class Capturing:
    """Reads the log of each crash that it is given; `settled` takes what was found, once for each.

    `wanted` is the setting `capture`: with `off` nothing is read, and with `on` a missing right is a failed check.
    """

    def __init__(
        self,
        connection: Connection,
        cleaner: Cleaner,
        metrics: SelfMetrics,
        *,
        wanted: str,
        settled: Callable[[str, Evidence], None],
        monotonic: Monotonic,
    ) -> None:
        self._wanted = wanted
        self._figures = _Figures(metrics)
        self._pool = Pool(
            ApiSource(connection),
            settled=settled,
            redact=cleaner.redact,
            observer=self._figures,
            monotonic=monotonic,
        )

    def checks(self) -> Iterator[Check]:
        """What `/readyz` has to say of it."""
        if self._wanted == "on":
            missing = self._figures.forbidden
            yield Check("capture", not missing, MISSING_RIGHT if missing else "logs are read when needed")

    def assign(self, record: Record) -> None:
        """Has a crash's log read, soon; never blocks, and does nothing for what is no crash."""
        if self._wanted != "off":
            self._pool.assign(record)

    def join(self, supervisor: Supervisor) -> None:
        """Adds the loops; they must stop before the one that writes what they found."""
        if self._wanted == "off":
            return
        supervisor.add("capture deadlines", self._pool.expire, wake=self._pool.close)
        for number in range(THREADS):
            supervisor.add(f"capture {number}", self._pool.work, wake=self._pool.close)


class _Figures:
    """The capture's observer: metrics, and the last answer about rights."""

    def __init__(self, metrics: SelfMetrics) -> None:
        self._metrics = metrics
        self.forbidden = False
        for result in CaptureResult:
            metrics.count(selfmetrics.CAPTURED, result, by=0)

    def begun(self, seconds: float) -> None:
        self._metrics.observe(selfmetrics.CAPTURE_WAIT_SECONDS, seconds)

    def done(self, result: CaptureResult, seconds: float) -> None:
        self._metrics.count(selfmetrics.CAPTURED, result)
        self._metrics.observe(selfmetrics.CAPTURE_SECONDS, seconds)
        if result in {CaptureResult.SUPERSEDED, CaptureResult.TIMEOUT}:
            return
        self.forbidden = result is CaptureResult.FORBIDDEN
