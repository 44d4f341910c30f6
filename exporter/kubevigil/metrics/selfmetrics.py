"""The exporter and the sidecar watching themselves, through prometheus-client: a few dozen series, made at each scrape.

Methods name what happened; which series that moves is decided here alone. Thread-safe, as prometheus-client is.
"""

from collections.abc import Sequence
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from kubevigil.metrics.text import Family, family_text

BUILD_INFO: Final = Family("kubevigil_build_info", "gauge", "1; the version that runs.", ("version",))
SYNCED: Final = Family(
    "kubevigil_synced", "gauge", "1 once every watched scope of the resource has been listed completely.", ("resource",)
)
WATCH_ACTIVITY: Final = Family(
    "kubevigil_watch_last_activity_timestamp_seconds",
    "gauge",
    "Unix time of the last byte (event or bookmark) of the resource's quietest watch.",
    ("resource",),
)
RECONNECTS: Final = Family(
    "kubevigil_watch_reconnects_total", "counter", "Times a watch was opened again, and why.", ("resource", "cause")
)
SKIPPED: Final = Family(
    "kubevigil_objects_skipped_total",
    "counter",
    "Objects that could not be read and were left out.",
    ("resource", "reason"),
)
STORE_BYTES: Final = Family("kubevigil_store_bytes", "gauge", "Bytes that the store takes on disk.", ())
STORE_ERRORS: Final = Family(
    "kubevigil_store_errors_total", "counter", "Operations on the store that failed.", ("operation",)
)
OBSERVATIONS: Final = Family(
    "kubevigil_observations_total",
    "counter",
    "Observations that the watches passed on to be written: settled + superseded + those that wait.",
    (),
)
SETTLED: Final = Family(
    "kubevigil_observations_settled_total", "counter", "Observations of which all that was new is in the store.", ()
)
SUPERSEDED: Final = Family(
    "kubevigil_observations_superseded_total",
    "counter",
    "Observations that gave way to a newer one of the same pod while the store could not be written.",
    (),
)
BACKLOG: Final = Family("kubevigil_journal_backlog", "gauge", "Observations that wait to be written to the store.", ())
BALANCE: Final = (OBSERVATIONS, SETTLED, SUPERSEDED, BACKLOG)
"""Kept by the backlog and rendered from one moment's tally, so that every scrape adds up."""

THREAD_RESTARTS: Final = Family(
    "kubevigil_thread_restarts_total",
    "counter",
    "Times a thread of the exporter ended unexpectedly and was started again.",
    ("thread",),
)
CAPTURED: Final = Family(
    "kubevigil_crash_logs_captured_total",
    "counter",
    "Crashes of which the log was settled: captured (ok), or why not.",
    ("result",),
)
CAPTURE_SECONDS: Final = Family(
    "kubevigil_crash_log_capture_seconds",
    "histogram",
    "Seconds from a crash's record to its settled log.",
    (),
)
CAPTURE_WAIT_SECONDS: Final = Family(
    "kubevigil_crash_log_capture_wait_seconds",
    "histogram",
    "Seconds from a crash's record to the first request for its log.",
    (),
)
LOGS_GIVEN_UP: Final = Family(
    "kubevigil_crash_log_bodies_dropped_total",
    "counter",
    "Captured logs of which the text was given up before it was written, because the store refused or was full.",
    (),
)
LOGS_LATE: Final = Family(
    "kubevigil_crash_logs_late_total",
    "counter",
    "Captured logs that came after their crash had been settled without one, and were dropped.",
    (),
)
REDACTIONS: Final = Family(
    "kubevigil_redactions_total", "counter", "Secrets and personal data taken out, by what found them.", ("detector",)
)
HTTP_ERRORS: Final = Family("kubevigil_http_errors_total", "counter", "Requests that failed inside the process.", ())
OUTBOX_RECORDS: Final = Family(
    "kubevigil_outbox_records",
    "gauge",
    "Crashes that wait to be sent to the sink, those without a log yet too.",
    ("sink",),
)
OUTBOX_OLDEST: Final = Family(
    "kubevigil_outbox_oldest_seconds",
    "gauge",
    "For how long the oldest of the crashes that wait for the sink could have been sent; 0 where none waits.",
    ("sink",),
)
OUTBOX_DEAD: Final = Family(
    "kubevigil_outbox_dead_letters",
    "gauge",
    "Crashes that the sink refused for good, until they are replayed.",
    ("sink",),
)
OUTBOX_DROPPED: Final = Family(
    "kubevigil_outbox_dropped_total",
    "counter",
    "Crashes that the store's limits took before they were sent.",
    ("sink",),
)
SINK_RECORDS: Final = Family(
    "kubevigil_sink_records_total",
    "counter",
    "Documents by what came of an attempt to send them: sent, duplicate, retried or dead_letter.",
    ("sink", "result"),
)
SINK_UP: Final = Family(
    "kubevigil_sink_up",
    "gauge",
    "1 if the last attempt to send got through, else 0; absent before the first.",
    ("sink",),
)

FAMILIES: Final = (
    BUILD_INFO,
    SYNCED,
    WATCH_ACTIVITY,
    RECONNECTS,
    SKIPPED,
    STORE_BYTES,
    STORE_ERRORS,
    CAPTURED,
    CAPTURE_SECONDS,
    CAPTURE_WAIT_SECONDS,
    LOGS_GIVEN_UP,
    LOGS_LATE,
    REDACTIONS,
    THREAD_RESTARTS,
    HTTP_ERRORS,
    OUTBOX_RECORDS,
    OUTBOX_OLDEST,
    OUTBOX_DEAD,
    OUTBOX_DROPPED,
    *BALANCE,
)
"""The exporter's."""

SIDECAR_FAMILIES: Final = (BUILD_INFO, SINK_RECORDS, SINK_UP, THREAD_RESTARTS, HTTP_ERRORS)
"""Those of `kubevigil ship`."""

_BUCKETS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0, 20.0)
"""Seconds: a fetch takes 45 ms in the middle, is due within 1 s, and given up after 15."""


def balance_text(observed: int, settled: int, superseded: int, waiting: int) -> bytes:
    """The families of BALANCE in the text format."""
    values = (observed, settled, superseded, waiting)
    return b"".join(family_text(family, [((), value)]) for family, value in zip(BALANCE, values, strict=True))


class SelfMetrics:
    """The registry and everything that is counted in it: `families`, which hold BUILD_INFO."""

    def __init__(self, *, version: str, families: Sequence[Family] = FAMILIES) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library left it without annotations
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        own = [family for family in families if family not in BALANCE]
        self._counters = {
            f: Counter(f.name, f.help, f.labels, registry=self._registry) for f in own if f.kind == "counter"
        }
        self._gauges = {f: Gauge(f.name, f.help, f.labels, registry=self._registry) for f in own if f.kind == "gauge"}
        self._histograms = {
            f: Histogram(f.name, f.help, registry=self._registry, buckets=_BUCKETS)
            for f in own
            if f.kind == "histogram"
        }
        self._gauges[BUILD_INFO].labels(version).set(1)

    def count(self, family: Family, *labels: str, by: float = 1) -> None:
        """Adds to the series of a counter of FAMILIES; by 0, the series is born, so that its first increase is seen."""
        counter = self._counters[family]
        (counter.labels(*labels) if labels else counter).inc(by)

    def observe(self, family: Family, value: float) -> None:
        """Adds an observation to a histogram of FAMILIES."""
        self._histograms[family].observe(value)

    def set(self, family: Family, value: float, *labels: str) -> None:
        """Sets the series of a gauge of FAMILIES."""
        gauge = self._gauges[family]
        (gauge.labels(*labels) if labels else gauge).set(value)

    def text(self) -> bytes:
        """All of it, in the text format."""
        return generate_latest(self._registry)
