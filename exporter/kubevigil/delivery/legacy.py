"""A crash's record as the eight fields that kubernetes-pod-monitor wrote, for dashboards made for those. Pure.

Names, types and order are its own; `created_at` is when the crash happened (there: when the document was made).
"""

from typing import Any, Final

from kubevigil.delivery import moments
from kubevigil.model.record import Record, RecordedTermination

_NO_TERMINATION: Final = "Not Available"
_GO_ZERO_TIME: Final = "0001-01-01 00:00:00 +0000 UTC"


def document(record: Record) -> dict[str, Any]:
    """The document; values are JSON's own types."""
    return {
        "namespace": record.namespace,
        "pod_name": record.pod,
        "container_name": record.container.name,
        "created_at": round(moments.ended_at(record.termination) * 1_000),
        "cluster_name": record.cluster,
        "logs": record.log.text if record.log else "",
        "restart_count": record.container.restart_count,
        "termination_state": termination_state(record.termination, record.container.id),
    }


def termination_state(termination: RecordedTermination, container_id: str) -> str:
    """What Go prints of a `ContainerStateTerminated`; `Not Available` where Kubernetes told no exit code.

    Signal is 0, as the kubelet reports it; the one that Kubevigil names it takes from the exit code.
    """
    if termination.exit_code is None:
        return _NO_TERMINATION
    fields = {
        "ExitCode": termination.exit_code,
        "Signal": 0,
        "Reason": termination.reason,
        "Message": termination.message,
        "StartedAt": _go_time(moments.seconds_of(termination.started_at)),
        "FinishedAt": _go_time(moments.seconds_of(termination.finished_at)),
        "ContainerID": container_id,
    }
    return "&ContainerStateTerminated{" + "".join(f"{name}:{value}," for name, value in fields.items()) + "}"


def _go_time(seconds: float | None) -> str:
    """A moment as Go's `Time.String` shows it in UTC; the API's times have no fractions."""
    if seconds is None:
        return _GO_ZERO_TIME
    day, _, time_of_day = (moments.stamp(seconds) or "").partition("T")
    return f"{day} {time_of_day[:8]} +0000 UTC"
