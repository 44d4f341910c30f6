"""What is known of the watches: for `/readyz`, for the self metrics, and as log lines that do not repeat themselves."""

import logging
from collections.abc import Iterable
from threading import Lock
from typing import Final

from kubevigil.kube.answers import Skipped
from kubevigil.kube.errors import KubeError, NotFound
from kubevigil.kube.roles import Cause
from kubevigil.metrics import selfmetrics
from kubevigil.metrics.selfmetrics import SelfMetrics
from kubevigil.model.clock import Monotonic, Wall

_log = logging.getLogger(__name__)

STALE_SECONDS: Final = 90.0
"""A server sends a bookmark about once a minute; the socket gives up after 73 s without a byte."""

_TELL_EVERY: Final = 1.0
"""Seconds. A busy watch reads a thousand times in one."""

_SKIPS_REMEMBERED: Final = 1000


class ScopeReport:
    """The observer of one scope's driver. Written by its thread, read by HTTP threads under the board's lock.

    `last_byte` is set without it: it is one value, and a busy watch sets it a thousand times a second.
    """

    def __init__(self, board: "WatchBoard", scope: str) -> None:
        self._board = board
        self.name = scope or "all namespaces"
        self.is_synced = False
        self.last_byte: float | None = None
        self._told: float | None = None
        self.failing = ""
        self.absent = False
        """The API server does not know the resource."""

    def activity(self, monotonic: float) -> None:
        """Bytes came in."""
        self.last_byte = monotonic
        if self._told is None or monotonic - self._told >= _TELL_EVERY:
            self._told = monotonic
            self._board.heard()

    def reconnect(self, cause: Cause) -> None:
        """A list or watch ended; another will follow."""
        self._board.metrics.count(selfmetrics.RECONNECTS, self._board.resource, cause.value)

    def skipped(self, item: Skipped) -> None:
        """An object was left out."""
        self._board.left_out(item)

    def synced(self, yes: bool) -> None:
        """Whether the scope's picture is complete and kept up to date."""
        self._board.synced(self, yes=yes)

    def failure(self, error: KubeError) -> None:
        """Why the last list or watch ended, where that was not as it should be."""
        self.absent = isinstance(error, NotFound)
        self._board.failed(self, error)


class WatchBoard:
    """The state of every watched scope of one resource."""

    def __init__(
        self, resource: str, scopes: Iterable[str], metrics: SelfMetrics, *, wall: Wall, monotonic: Monotonic
    ) -> None:
        self.resource = resource
        self.metrics = metrics
        self._wall = wall
        self._monotonic = monotonic
        self._lock = Lock()
        self._skips: dict[str, None] = {}
        self.reports = {scope: ScopeReport(self, scope) for scope in scopes}
        metrics.set(selfmetrics.SYNCED, 0, resource)

    def heard(self) -> None:
        """A scope's watch got bytes."""
        last = [report.last_byte for report in self.reports.values()]
        heard = [byte for byte in last if byte is not None]
        if len(heard) == len(last):
            age = max(self._monotonic() - min(heard), 0.0)
            self.metrics.set(selfmetrics.WATCH_ACTIVITY, self._wall() - age, self.resource)

    def synced(self, report: ScopeReport, *, yes: bool) -> None:
        """A scope's picture became complete, or no longer is."""
        with self._lock:
            changed, report.is_synced = report.is_synced != yes, yes
            recovered, report.failing = (report.failing, "") if yes else ("", report.failing)
            self.metrics.set(selfmetrics.SYNCED, float(all(r.is_synced for r in self.reports.values())), self.resource)
        if changed and yes:
            after = {"after": recovered} if recovered else {}
            _log.info("synced", extra={"fields": {"resource": self.resource, "scope": report.name, **after}})

    def failed(self, report: ScopeReport, error: KubeError) -> None:
        """A scope's list or watch failed. A failure that stays the same is logged once."""
        words = str(error)
        with self._lock:
            new, report.failing = report.failing != words, words
        if new:
            fields = {"resource": self.resource, "scope": report.name, "error": words}
            _log.warning("watch failed, trying again", extra={"fields": fields})

    def left_out(self, item: Skipped) -> None:
        """An object could not be read: counted every time, logged once an object."""
        self.metrics.count(selfmetrics.SKIPPED, self.resource, item.reason.value)
        key = item.uid or f"{item.namespace}/{item.name}"
        with self._lock:
            new = key not in self._skips
            self._skips[key] = None
            if len(self._skips) > _SKIPS_REMEMBERED:
                del self._skips[next(iter(self._skips))]
        if new:
            fields = {
                "resource": self.resource,
                "namespace": item.namespace,
                "name": item.name,
                "reason": item.reason.value,
            }
            _log.warning("object skipped", extra={"fields": fields})

    def check(self) -> tuple[bool, str]:
        """Whether every scope is synced and was heard of lately; if not, which is not, and why."""
        now = self._monotonic()
        with self._lock:
            for report in self.reports.values():
                if trouble := _trouble(report, now):
                    return False, f"{report.name}: {trouble}"
            return True, f"{len(self.reports)} watched"


def _trouble(report: ScopeReport, now: float) -> str:
    silent = now - (report.last_byte if report.last_byte is not None else now)
    if report.is_synced and silent <= STALE_SECONDS:
        return ""
    if report.failing:
        return report.failing
    return f"silent for {silent:.0f} s" if report.is_synced else "not listed completely yet"
