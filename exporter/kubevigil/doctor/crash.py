"""A crash on purpose: the pod that crashes, and the stations that its news has to come by. Pure."""

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Final

from msgspec import Struct, field

from kubevigil.doctor.answer import Answer, fail, ok, skipped, some
from kubevigil.doctor.copies import ContainerNow
from kubevigil.doctor.prometheus import NotUnderstood, Sample

LABEL: Final = "kubevigil-doctor"
_NOBODY: Final = 65532
"""A user that no image has anything for; the one of our own image."""

_LONGEST: Final = 1800
"""Seconds. The kubelet ends the pod then, should nobody be left to delete it."""


class Station(StrEnum):
    """What is waited for, in the order in which it can come. Closed."""

    CRASHED = "crash-seen"
    METRIC = "crash-metric"
    PENDING = "crash-alert"
    FIRING = "crash-firing"
    ALERTMANAGER = "crash-alertmanager"
    DELIVERED = "crash-message"
    DOCUMENT = "crash-document"


_FIXES: Final = {
    Station.CRASHED: "kubectl describe pod tells why it does not run; another image: --image",
    Station.METRIC: "is the namespace observed (namespaces, ignore_namespaces)? kubevigil doctor: exporter, scrape",
    Station.PENDING: "kubevigil doctor: rules-loaded; an alert that is switched off does not come",
    Station.FIRING: "the alert waits for its own `for`; give it longer: --timeout",
    Station.ALERTMANAGER: "kubevigil doctor: alertmanagers; Prometheus hands alerts to another, or to none",
    Station.DELIVERED: "kubevigil doctor: alert-route, notifications; a route also waits for its group_wait: --timeout",
    Station.DOCUMENT: "kubevigil doctor: elasticsearch; in the exporter's pod: kubevigil crashes dead-letters",
}


class Plan(Struct, frozen=True):
    """The pod to make. `own_image`: it is the exporter's, which has no shell."""

    name: str
    namespace: str
    image: str
    own_image: bool
    pull_secrets: Sequence[dict[str, Any]] = ()

    @property
    def path(self) -> str:
        """Of all pods of its namespace."""
        return f"/api/v1/namespaces/{self.namespace}/pods"

    def manifest(self) -> dict[str, Any]:
        """A pod that fits the strictest of Kubernetes' security levels, and fails as soon as it starts.

        Its container has its own name, so that whatever is said of it can be told from everything else.
        """
        words = "this-crash-was-asked-for-by-kubevigil-doctor"
        # Our own program ends with 2 on a command that it does not know, and says so: a crash with a log.
        command = ["kubevigil", words] if self.own_image else ["sh", "-c", f"echo {words}; exit 1"]
        container = {
            "name": self.name,
            "image": self.image,
            "imagePullPolicy": "IfNotPresent",
            "command": command,
            "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "128Mi"}},
            "securityContext": {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            },
        }
        return {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": self.name,
                "namespace": self.namespace,
                "labels": {"app.kubernetes.io/managed-by": LABEL},
            },
            "spec": {
                "restartPolicy": "Always",
                "activeDeadlineSeconds": _LONGEST,
                "terminationGracePeriodSeconds": 1,
                "automountServiceAccountToken": False,
                "enableServiceLinks": False,
                "imagePullSecrets": list(self.pull_secrets),
                "securityContext": {
                    "runAsNonRoot": True,
                    "runAsUser": _NOBODY,
                    "runAsGroup": _NOBODY,
                    "seccompProfile": {"type": "RuntimeDefault"},
                },
                "containers": [container],
            },
        }

    def metric(self) -> str:
        """The query for its death."""
        return (
            f'kubevigil_container_last_termination_timestamp_seconds{{namespace="{self.namespace}",pod="{self.name}"}}'
        )

    def alerts(self) -> str:
        """The query for the alerts that tell of it."""
        return f'ALERTS{{alertname=~"Kubevigil.+",namespace="{self.namespace}",container="{self.name}"}}'


def died(container: ContainerNow) -> bool:
    """Whether it has ended once."""
    return container.restart_count > 0 or container.state.terminated is not None


def alert_names(samples: Sequence[Sample], *, firing: bool) -> list[str]:
    """The alerts by `Plan.alerts`, those that fire or any."""
    return sorted(
        {one.metric.get("alertname", "?") for one in samples if not firing or one.metric.get("alertstate") == "firing"}
    )


class _Receiver(Struct, frozen=True):
    name: str = ""


class _AlertStatus(Struct, frozen=True):
    state: str = ""


class Arrived(Struct, frozen=True):
    """An alert as Alertmanager's API v2 tells it."""

    labels: dict[str, str] = field(default_factory=dict)
    receivers: tuple[_Receiver, ...] = ()
    status: _AlertStatus = field(default_factory=_AlertStatus)

    def __str__(self) -> str:
        to = some(one.name for one in self.receivers)
        return f"{self.labels.get('alertname', '?')} for {to}{' (muted)' if self.status.state == 'suppressed' else ''}"


_SENT: Final = re.compile(
    r'^alertmanager_notifications(_failed)?_total\{[^}\n]*integration="([^"\n]*)"[^}\n]*\} (\S+)', re.MULTILINE
)


def sent(page: str) -> dict[str, float]:
    """Notifications that went well by integration, from Alertmanager's own metrics. Raises NotUnderstood."""
    found: dict[str, float] = {}
    for failed, integration, value in _SENT.findall(page):
        try:
            number = float(value)
        except ValueError as error:
            raise NotUnderstood("Alertmanager's metrics cannot be read") from error
        found[integration] = found.get(integration, 0.0) + (-number if failed else number)
    return found


def more_sent(before: dict[str, float], after: dict[str, float]) -> list[str]:
    """The integrations by which more went well than before."""
    return sorted(name for name, number in after.items() if number > before.get(name, 0.0))


def seen(station: Station, seconds: float, detail: str) -> Answer:
    """It came, so many seconds after the pod was made."""
    return ok(station, f"after {seconds:.1f} s: {detail}")


def missed(station: Station, seconds: float, trouble: str) -> Answer:
    """It did not come in time."""
    return fail(station, f"not within {seconds:.0f} s{f': {trouble}' if trouble else ''}", _FIXES[station])


def left_out(station: Station, why: str) -> Answer:
    """There is nobody to ask."""
    return skipped(station, why)
