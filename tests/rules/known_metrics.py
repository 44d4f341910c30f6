"""The series that rules and runbooks may read: what the exporter declares, what the rules record, and these lists."""

from collections.abc import Iterable
from typing import Final

from kubevigil.healthchecks import custom_families
from kubevigil.healthchecks import families as healthchecks
from kubevigil.metrics import selfmetrics
from kubevigil.metrics.text import Family
from kubevigil.pods import families

from .rendering import Rule

PROMETHEUS: Final = frozenset({"up", "scrape_samples_scraped", "ALERTS"})
"""Prometheus writes these itself."""

KUBE_STATE_METRICS: Final = frozenset(
    {
        "kube_job_owner",
        "kube_pod_container_status_last_terminated_exitcode",
        "kube_pod_container_status_last_terminated_reason",
        "kube_pod_container_status_restarts_total",
        "kube_pod_container_status_waiting_reason",
        "kube_pod_created",
        "kube_pod_info",
        "kube_pod_init_container_status_last_terminated_exitcode",
        "kube_pod_init_container_status_last_terminated_reason",
        "kube_pod_init_container_status_restarts_total",
        "kube_pod_init_container_status_waiting_reason",
        "kube_pod_owner",
        "kube_replicaset_owner",
    }
)
"""kube-state-metrics 2.x, for the sources 'kube-state-metrics' and 'both'."""

_OF_HISTOGRAMS: Final = ("_bucket", "_sum", "_count")


def declared() -> frozenset[str]:
    """The families of the exporter, and of what ships crash logs."""
    own: Iterable[Family] = (
        *families.FAMILIES,
        *families.COUNTER_FAMILIES,
        *healthchecks.FAMILIES,
        *custom_families.FAMILIES,
        *selfmetrics.FAMILIES,
        *selfmetrics.SIDECAR_FAMILIES,
    )
    return frozenset(family.name for family in own)


def recorded(rules: Iterable[Rule]) -> frozenset[str]:
    """What these rules record."""
    return frozenset(rule["record"] for rule in rules if "record" in rule)


def unknown(read: Iterable[str], also: Iterable[str]) -> set[str]:
    """Those of the names that nobody has: not `also`, nor the exporter, nor the lists above."""
    known = {*declared(), *PROMETHEUS, *also}
    known |= {name + part for name in known for part in _OF_HISTOGRAMS}
    return set(read) - known
