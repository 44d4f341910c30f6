"""A crash's record as a document in the names of the Elastic Common Schema. Pure.

Names: ECS 8.11 for `event`, `container`, `process`, `orchestrator`, `error`; those of Elastic's Kubernetes metadata for
`kubernetes`; what neither has a name for is under `kubevigil`. A field of which nothing is known is left out. The
document is a function of the record alone: however often it is made, it is the same.
"""

from typing import Any, Final

import msgspec

from kubevigil.delivery import moments
from kubevigil.model.record import Record, RecordedEvent, RecordedLog, TerminationClass

VERSION: Final = "8.11.0"
_WORKLOADS: Final = frozenset({"Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "CronJob"})
"""Kinds that Elastic's Kubernetes metadata has a field for, `kubernetes.deployment.name` and so on."""

_WANTED: Final = frozenset({TerminationClass.COMPLETED, TerminationClass.GRACEFUL})
_LONGEST_ERROR: Final = 1_024
"""Characters of `error.message`: a line to read in a table; the whole is in `message`."""

_NANOSECONDS: Final = 1_000_000_000


def document(record: Record) -> dict[str, Any]:
    """The document; values are JSON's own types."""
    termination, container = record.termination, record.container
    runtime, _, container_id = container.id.rpartition("://")
    return _known(
        {
            "@timestamp": moments.stamp(moments.ended_at(termination)),
            "message": record.log.text if record.log else "",
            "ecs": {"version": VERSION},
            "event": _event(record),
            "error": {"message": _error(record)},
            "process": {"exit_code": termination.exit_code},
            "orchestrator": {"type": "kubernetes", "cluster": {"name": record.cluster}},
            "kubernetes": _kubernetes(record),
            "container": {
                "id": container_id,
                "runtime": runtime,
                "name": container.name,
                "image": {"name": container.image, "hash": {"all": [container.digest] if container.digest else []}},
            },
            "kubevigil": _own(record),
        }
    )


def _event(record: Record) -> dict[str, Any]:
    termination = record.termination
    started = moments.started_at(termination)
    finished = moments.finished_at(termination)
    lasted = None if started is None or finished is None else round((finished - started) * _NANOSECONDS)
    return {
        "kind": "event",
        "category": ["process"],
        "type": ["end"],
        "action": "container-crashed" if record.is_crash else "container-ended",
        "module": "kubevigil",
        "dataset": "kubevigil.crash",
        "outcome": _outcome(record),
        "reason": termination.reason,
        "created": moments.stamp(moments.observed_at(termination)),
        "start": moments.stamp(started),
        "end": moments.stamp(finished),
        "duration": lasted,
    }


def _outcome(record: Record) -> str:
    if record.is_crash:
        return "failure"
    return "success" if record.termination.class_ in _WANTED else "unknown"


def _kubernetes(record: Record) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "namespace": record.namespace,
        "pod": {"name": record.pod, "uid": record.pod_uid},
        "node": {"name": record.node},
        "container": {"name": record.container.name},
    }
    if record.workload.kind in _WORKLOADS:
        fields[record.workload.kind.lower()] = {"name": record.workload.name}
    return fields


def _own(record: Record) -> dict[str, Any]:
    termination, container = record.termination, record.container
    return {
        "id": record.id,
        "class": termination.class_.value,
        "signal": termination.signal,
        "termination": {"message": termination.message},
        "container": {"type": container.type, "restart_count": container.restart_count},
        "workload": msgspec.to_builtins(record.workload),
        "log": None if record.log is None else _log(record.log),
        "events": [_kubernetes_event(event) for event in record.events],
        "resources": None if record.resources is None else msgspec.to_builtins(record.resources),
    }


def _kubernetes_event(event: RecordedEvent) -> dict[str, Any]:
    moments_of = {"first_at": event.first_at, "last_at": event.last_at}
    stamped = {name: moments.stamp(moments.seconds_of(moment)) for name, moment in moments_of.items()}
    return _known(msgspec.to_builtins(event) | stamped)


def _log(log: RecordedLog) -> dict[str, Any]:
    return {"result": log.result.value, "bytes": log.bytes, "truncated": log.truncated, "dropped": log.dropped}


def _error(record: Record) -> str:
    """Its last words: the end of the termination message where the container left one, else of its log."""
    return _last_line(record.termination.message) or _last_line(record.log.text if record.log else "")


def _last_line(text: str) -> str:
    return text.rstrip().rpartition("\n")[2].strip()[:_LONGEST_ERROR]


def _known(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields without those of which nothing is known: None, '', empty lists and objects, at any depth."""
    known = {}
    for name, value in fields.items():
        kept = _known(value) if isinstance(value, dict) else value
        if kept or kept == 0:
            known[name] = kept
    return known
