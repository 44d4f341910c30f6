"""Crashes for the tests of the `crashes` commands, and an archive of them in memory."""

import hashlib
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from kubevigil.model.clock import rfc3339
from kubevigil.model.record import (
    CaptureResult,
    Record,
    RecordedContainer,
    RecordedLog,
    RecordedTermination,
    Resources,
    TerminationClass,
    Workload,
)
from kubevigil.store.archive import Cursor, Filter
from kubevigil.store.errors import WriteFailed

NOW: Final = 1_790_000_000.0
"""2026-09-21 14:13:20 UTC."""


def log(text: str = "last words\n", **more: Any) -> RecordedLog:
    return RecordedLog(CaptureResult.OK, text, len(text.encode()), **more)


def crash(number: int = 1, ago: float = 60, **changes: Any) -> Record:
    """A crash so many seconds before NOW. `changes` are fields of the record, its termination, or `container`."""
    end = RecordedTermination(
        class_=TerminationClass.ERROR,
        observed_at=rfc3339(NOW - ago + 0.7),
        reason="Error",
        exit_code=1,
        started_at=rfc3339(NOW - ago - 133),
        finished_at=rfc3339(NOW - ago),
    )
    ours = {name: changes.pop(name) for name in list(changes) if name in RecordedTermination.__struct_fields__}
    container = RecordedContainer(
        name=changes.pop("container", "web"),
        type="app",
        id="containerd://" + "ab" * 32,
        image="registry.example/shop/web:1.42.0",
        digest="sha256:" + "cd" * 32,
        restart_count=3,
    )
    record = Record(
        id=hashlib.sha256(str(number).encode()).hexdigest(),
        cluster="demo",
        namespace="shop",
        pod="web-s8p65hjkj-tkpf7",
        pod_uid="u1",
        node="node-3",
        workload=Workload("Deployment", "web", "s8p65hjkj"),
        container=container,
        termination=msgspec.structs.replace(end, **ours),
        log=log(),
    )
    return msgspec.structs.replace(record, **changes)


def oom(number: int = 2, ago: float = 30, **changes: Any) -> Record:
    limits = Resources("100m", "", "64Mi", "64Mi")
    return crash(
        number,
        ago,
        **{
            "namespace": "payments",
            "workload": Workload("Deployment", "payments-api", "lgwcsmc4t"),
            "pod": "payments-api-lgwcsmc4t-xx2v9",
            "container": "api",
            "class_": TerminationClass.OOM,
            "reason": "OOMKilled",
            "exit_code": 137,
            "signal": "SIGKILL",
            "resources": limits,
        }
        | changes,
    )


class MemoryArchive:
    """Keeps crashes in the order in which they were written. `broken` makes each reading fail."""

    def __init__(self, *records: Record) -> None:
        self.kept = list(records)
        self.broken = ""
        self.closed = False

    def settle(self, settled: Record) -> None:
        self.kept = [settled if record.id == settled.id else record for record in self.kept]

    def find(self, prefix: str, limit: int, *, texts: bool) -> Sequence[Record]:
        return [_shown(record, texts) for record in self._read() if record.id.startswith(prefix)][:limit]

    def newer_than(self, cursor: Cursor, which: Filter, limit: int, *, texts: bool) -> tuple[Sequence[Record], Cursor]:
        page = self._read()[cursor : cursor + min(limit, 3)]
        return [_shown(record, texts) for record in page if _fits(record, which)], cursor + len(page)

    def end(self) -> Cursor:
        return len(self._read())

    def close(self) -> None:
        self.closed = True

    def _read(self) -> list[Record]:
        if self.broken:
            raise WriteFailed(self.broken)
        assert not self.closed
        return self.kept


def _fits(record: Record, which: Filter) -> bool:
    return which.since is None or record.termination.observed_at >= rfc3339(which.since)


def _shown(record: Record, texts: bool) -> Record:
    if texts or record.log is None:
        return record
    return msgspec.structs.replace(record, log=msgspec.structs.replace(record.log, text=""))
