"""Whether this process has health checks to look after at all; what they need is imported only where it has."""

from typing import TYPE_CHECKING

from kubevigil.app import logs
from kubevigil.app.settings import Settings
from kubevigil.kube.connection import Connection
from kubevigil.metrics.selfmetrics import SelfMetrics
from kubevigil.model.clock import Monotonic, Wall

if TYPE_CHECKING:
    from kubevigil.app.healthchecking import HealthChecks


def health_checks(
    settings: Settings, connection: Connection, metrics: SelfMetrics, *, wall: Wall, monotonic: Monotonic
) -> "HealthChecks | None":
    """The part that runs them. None where they are off, or nobody asked for them and this account is a person's."""
    if settings.healthchecks == "off":
        return None
    if settings.healthchecks == "auto" and not connection.of_a_pod:
        reason = "not by a kubeconfig, unless --healthchecks=on asks for it"
        logs.capability("healthchecks", on=False, reason=reason)
        return None
    from kubevigil.app.healthchecking import HealthChecks  # noqa: PLC0415  a fifth of what a start would import

    return HealthChecks(settings, connection, metrics, wall=wall, monotonic=monotonic)
