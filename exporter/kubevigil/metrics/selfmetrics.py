"""The exporter watching itself, through prometheus-client: a few dozen series, rendered at each scrape.

Methods name what happened; which series that moves is decided here alone. Thread-safe, as prometheus-client is.
"""

from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from kubevigil.metrics.text import Family

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
BACKLOG: Final = Family("kubevigil_journal_backlog", "gauge", "Observations that wait to be written to the store.", ())
THREAD_RESTARTS: Final = Family(
    "kubevigil_thread_restarts_total",
    "counter",
    "Times a thread of the exporter ended unexpectedly and was started again.",
    ("thread",),
)
HTTP_ERRORS: Final = Family("kubevigil_http_errors_total", "counter", "Requests that failed inside the exporter.", ())

FAMILIES: Final = (
    BUILD_INFO,
    SYNCED,
    WATCH_ACTIVITY,
    RECONNECTS,
    SKIPPED,
    STORE_BYTES,
    STORE_ERRORS,
    BACKLOG,
    THREAD_RESTARTS,
    HTTP_ERRORS,
)


class SelfMetrics:
    """The registry and everything that is counted in it."""

    def __init__(self, *, version: str) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library left it without annotations
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._counters = {
            f: Counter(f.name, f.help, f.labels, registry=self._registry) for f in FAMILIES if f.kind == "counter"
        }
        self._gauges = {
            f: Gauge(f.name, f.help, f.labels, registry=self._registry) for f in FAMILIES if f.kind == "gauge"
        }
        self._gauges[BUILD_INFO].labels(version).set(1)

    def count(self, family: Family, *labels: str) -> None:
        """Adds one to the series of a counter of FAMILIES."""
        counter = self._counters[family]
        (counter.labels(*labels) if labels else counter).inc()

    def set(self, family: Family, value: float, *labels: str) -> None:
        """Sets the series of a gauge of FAMILIES."""
        gauge = self._gauges[family]
        (gauge.labels(*labels) if labels else gauge).set(value)

    def text(self) -> bytes:
        """All of it, in the text format."""
        return generate_latest(self._registry)
