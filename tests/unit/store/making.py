"""Crashes and evidence for the tests of the store."""

import random
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, text

from kubevigil.model.record import (
    CaptureResult,
    Evidence,
    Record,
    RecordedContainer,
    RecordedLog,
    RecordedTermination,
    TerminationClass,
    Workload,
)
from kubevigil.store.batch import Batch, Entry
from kubevigil.store.identity import identity
from kubevigil.store.journal import Journal

from .places import CLUSTER, Place, opened

NOW = 1_700_000_000.0
LABELS = ("shop", "Deployment", "web", "app", "app", "error", "Error", "1")


def record(
    number: int,
    *,
    pod: str = "pod",
    container: str = "app",
    namespace: str = "shop",
    workload: Workload | None = None,
    class_: TerminationClass = TerminationClass.ERROR,
    cluster: str = "test",
) -> Record:
    return Record(
        id=identity(cluster, pod, container, str(number)),
        cluster=cluster,
        namespace=namespace,
        pod=f"{pod}-name",
        pod_uid=pod,
        node="node",
        workload=workload or Workload("Deployment", "web", "7d"),
        container=RecordedContainer(container, "app", id=f"containerd://{number}", restart_count=number),
        termination=RecordedTermination(class_=class_, observed_at="2023-11-14T22:13:20.000Z", exit_code=1),
    )


def crash(*records: Record) -> Batch:
    return Batch(entries=[Entry(r, LABELS) for r in records])


def said(text_: str = "panic", result: CaptureResult = CaptureResult.OK) -> Evidence:
    return Evidence(RecordedLog(result, text=text_, bytes=len(text_.encode())))


def noise(size: int, seed: int = 0) -> str:
    """Text of so many bytes that takes, compressed, a little more than half of them."""
    return random.Random(seed).randbytes(size // 2).hex()


class Store:
    """A journal at a place, with a clock that a test moves."""

    def __init__(self, place: Place, *, now: float = NOW, **more: Any) -> None:
        """`more` is for the journal."""
        self.now = now
        self.engine: Engine = opened(place, now=self.clock)
        options: dict[str, Any] = {"cluster": CLUSTER, "most_log_bytes": 1 << 30} | more
        self.journal = Journal(self.engine, wall=self.clock, **options)

    def clock(self) -> float:
        return self.now

    def crash(self, *numbers: int, evidence: Callable[[int], Evidence] | None = None, pod: str = "pod") -> list[Record]:
        records = [record(number, pod=pod) for number in numbers]
        self.journal.commit(crash(*records))
        if evidence is not None:
            self.journal.commit(Batch(evidence={r.id: evidence(n) for r, n in zip(records, numbers, strict=True)}))
        return records

    def one(self, query: str) -> object:
        with self.engine.connect() as connection:
            return connection.scalar(text(query))

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with self.engine.connect() as connection:
            return [tuple(map(_without_cluster, row)) for row in connection.execute(text(query))]


def _without_cluster(value: object) -> object:
    """A queue's name on a server as it is in a file."""
    return value.removesuffix(f"@{CLUSTER}") if isinstance(value, str) else value
