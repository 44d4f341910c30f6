"""Three days of crashes such as a cluster has them: the same ones each time."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from kubevigil.delivery.bulk import batches_of, body_of
from kubevigil.delivery.client import Client
from kubevigil.delivery.documents import Documents, Format
from kubevigil.delivery.verdicts import Verdict, verdicts_of
from kubevigil.model.clock import rfc3339, seconds_of
from kubevigil.model.record import (
    CaptureResult,
    Record,
    RecordedContainer,
    RecordedLog,
    RecordedTermination,
    TerminationClass,
    Workload,
)
from kubevigil.store.identity import identity
from kubevigil.store.index_day import index_day

DAYS: Final = ("2026-11-19", "2026-11-20", "2026-11-21")
COUNT: Final = 400

_FIRST: Final = seconds_of("2026-11-19T00:00:00Z") or 0.0
_NAMESPACES: Final = [f"team-{letter}" for letter in "abcdefghijklm"]
"""More than a board shows by name."""

_WORKLOADS: Final = [
    *(Workload("Deployment", f"api-{number}", "7d9c8b7f6d") for number in range(12)),
    *(Workload("StatefulSet", f"db-{number}", "5c6d7e8f9") for number in range(6)),
    *(Workload("CronJob", f"report-{number}") for number in range(4)),
    Workload("DaemonSet", "api-0"),
    Workload("Pod", ""),
]
_ENDS: Final = [
    (TerminationClass.ERROR, "Error", 1, ""),
    (TerminationClass.ERROR, "Error", 1, ""),
    (TerminationClass.ERROR, "Error", 2, ""),
    (TerminationClass.ERROR, "Error", 139, "SIGSEGV"),
    (TerminationClass.ERROR, "Error", 77, ""),
    (TerminationClass.ERROR, "", 1, ""),
    (TerminationClass.OOM, "OOMKilled", 137, "SIGKILL"),
    (TerminationClass.START_ERROR, "StartError", 128, ""),
    (TerminationClass.EXITED, "Completed", 0, ""),
]
"""Class, reason, exit code, signal."""


@dataclass(frozen=True)
class Due:
    """As an outbox hands it out."""

    record: Record
    day: str
    attempts: int = 0


def three_days(seed: int = 7) -> list[Record]:
    """COUNT crashes, no two in the same second, some namespaces and workloads with many, others with few."""
    random = Random(seed)
    seconds = sorted(random.sample(range(len(DAYS) * 86_400), COUNT))
    return [_crash(random, number, _FIRST + second) for number, second in enumerate(seconds)]


def _crash(random: Random, number: int, ended: float) -> Record:
    workload = _WORKLOADS[int(len(_WORKLOADS) * random.random() ** 2)]
    namespace = _NAMESPACES[int(len(_NAMESPACES) * random.random() ** 1.5)]
    class_, reason, exit_code, signal = random.choice(_ENDS)
    pod = f"{workload.name or 'alone'}-{random.randrange(3)}"
    words = f"starting {pod}\ncannot reach database {number}: refused\n"
    return Record(
        id=identity("prod", namespace, pod, str(number)),
        cluster="prod",
        namespace=namespace,
        pod=pod,
        pod_uid=f"uid-{namespace}-{pod}",
        node=f"node-{random.randrange(4)}",
        workload=workload,
        container=RecordedContainer("app", "app", f"containerd://{number:064x}", "registry.example/app:1", "", number),
        termination=RecordedTermination(
            class_,
            observed_at=rfc3339(ended + 0.7),
            reason=reason,
            exit_code=exit_code,
            signal=signal,
            started_at=rfc3339(ended - 40.0),
            finished_at=rfc3339(ended),
        ),
        log=RecordedLog(CaptureResult.OK, words, len(words)),
    )


def ended_at(record: Record) -> float:
    """Unix time; these all have one."""
    return seconds_of(record.termination.finished_at) or 0.0


def due(records: Iterable[Record]) -> Iterator[Due]:
    """As the outbox has them: under the day that the store found."""
    return (Due(record, index_day(record, ended_at(record))) for record in records)


def sent(client: Client, format_: Format, prefix: str, records: Sequence[Record]) -> Mapping[str, Verdict]:
    """Sends them as the sidecar does; the verdicts by id."""
    documents = Documents(format_, prefix)
    verdicts: dict[str, Verdict] = {}
    for batch in batches_of((documents.item(each) for each in due(records)), most_items=100):
        verdicts |= verdicts_of(client.bulk(body_of(batch)), (item.id for item in batch))
    return verdicts


def most(records: Iterable[Record], key: Callable[[Record], str], size: int) -> list[str]:
    """The values that most records have, the first in the alphabet where as many have another."""
    counts: dict[str, int] = {}
    for record in records:
        counts[key(record)] = counts.get(key(record), 0) + 1
    return sorted(counts, key=lambda value: (-counts[value], value))[:size]
