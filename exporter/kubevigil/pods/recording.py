"""Puts a death into words: the record that is kept, and the labels under which it is counted."""

from collections.abc import Callable
from typing import NamedTuple

from msgspec.structs import replace

from kubevigil.model.clock import rfc3339
from kubevigil.model.pod import ContainerStatus, ContainerType, Pod
from kubevigil.model.record import Record, RecordedContainer, RecordedTermination, TerminationClass
from kubevigil.pods.classification import Cause, cause_of, code_label
from kubevigil.pods.identity import pod_end_id, termination_id
from kubevigil.pods.ledger import Death
from kubevigil.pods.workloads import counted_name, workload_of

CounterLabels = tuple[str, ...]
Cleaned = Callable[[str, str], str]
"""A message without what must not be written; the second argument is the pod's redaction annotation, '' for none."""


class Sighting(NamedTuple):
    """A pod as it was seen, by whom and when (Unix time)."""

    cluster: str
    pod: Pod
    at: float


def container_record(seen: Sighting, kind: ContainerType, status: ContainerStatus, death: Death) -> Record:
    """The record of one container instance's death."""
    end = death.end
    if end is None:
        cause = Cause(TerminationClass.LOST if death.lost else TerminationClass.UNSEEN)
    else:
        cause = cause_of(seen.pod, kind, status.name, end)
    container = RecordedContainer(
        name=status.name,
        type=kind.value,
        id=(end and end.container_id) or "",
        image=status.image or "",
        digest=_digest(status),
        restart_count=status.restart_count,
    )
    termination = RecordedTermination(
        class_=cause.class_,
        observed_at=rfc3339(seen.at),
        reason=cause.reason,
        exit_code=cause.exit_code,
        signal=cause.signal,
        message=(end and end.message) or "",
        started_at=end.started_at if end else None,
        finished_at=end.finished_at if end else None,
    )
    id_ = termination_id(seen.cluster, seen.pod.metadata.uid, status.name, death)
    return _record(seen, id_, container, termination)


def pod_record(seen: Sighting, cause: Cause) -> Record:
    """The record of a whole pod's end."""
    termination = RecordedTermination(
        class_=cause.class_,
        observed_at=rfc3339(seen.at),
        reason=cause.reason,
        message=seen.pod.status.message or "",
    )
    id_ = pod_end_id(seen.cluster, seen.pod.metadata.uid, cause.reason)
    return _record(seen, id_, RecordedContainer(name="", type=""), termination)


def clean_message(record: Record, pod: Pod, cleaned: Cleaned) -> str:
    """The record's message as it may be written: a container writes what it likes into it."""
    if not record.termination.message:
        return ""
    annotations = pod.metadata.annotations
    return cleaned(record.termination.message, (annotations and annotations.redaction) or "")


def with_message(record: Record, message: str) -> Record:
    """The record with that message in place of its own."""
    if record.termination.message == message:
        return record
    return replace(record, termination=replace(record.termination, message=message))


def counter_labels(record: Record) -> CounterLabels:
    """The values of the labels of `kubevigil_workload_terminations_total`; bounded as long as workloads are."""
    container, termination = record.container, record.termination
    debugging = container.type == ContainerType.EPHEMERAL  # their names are made up for each session
    return (
        record.namespace,
        record.workload.kind,
        counted_name(record.workload),
        "" if debugging else container.name,
        container.type,
        termination.class_.value,
        termination.reason,
        code_label(termination.exit_code),
    )


def overflow_labels(labels: CounterLabels) -> CounterLabels:
    """The labels for terminations beyond the cap of series: only the class is still told apart."""
    return ("", "other", "", "", "", labels[5], "", "other")


def _record(seen: Sighting, id_: str, container: RecordedContainer, termination: RecordedTermination) -> Record:
    meta = seen.pod.metadata
    return Record(
        id=id_,
        cluster=seen.cluster,
        namespace=meta.namespace,
        pod=meta.name,
        pod_uid=meta.uid,
        node=seen.pod.spec.node_name or "",
        workload=workload_of(seen.pod),
        container=container,
        termination=termination,
    )


def _digest(status: ContainerStatus) -> str:
    """The digest of the image that ran, such as sha256:…; '' where the runtime gave none."""
    image_id = status.image_id or ""
    _, _, digest = image_id.rpartition("@")
    return digest if digest.startswith("sha256:") else ""
