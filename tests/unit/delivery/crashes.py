"""Crashes that are due, for tests."""

from dataclasses import dataclass

import msgspec

from kubevigil.model.record import (
    CaptureResult,
    Record,
    RecordedContainer,
    RecordedEvent,
    RecordedLog,
    RecordedTermination,
    Resources,
    TerminationClass,
    Workload,
)

DAY = "2026-11-21"


def crash(id_: str = "a1", *, text: str = "starting\npanic: no more\n", **termination: object) -> Record:
    """A crash of which everything is known; `termination` replaces fields of how it ended."""
    ended = RecordedTermination(
        class_=TerminationClass.ERROR,
        observed_at="2026-11-21T10:00:06.250Z",
        reason="Error",
        exit_code=1,
        signal="",
        message="",
        started_at="2026-11-21T10:00:00Z",
        finished_at="2026-11-21T10:00:05Z",
    )
    return Record(
        id=id_,
        cluster="prod",
        namespace="shop",
        pod="web-7d9c-x2x4p",
        pod_uid="5c1e9b0e",
        node="node-1",
        workload=Workload("Deployment", "web", "7d9c"),
        container=RecordedContainer(
            name="app",
            type="app",
            id="containerd://0123abcd",
            image="registry.example/web:1.4",
            digest="sha256:77aa",
            restart_count=3,
        ),
        termination=msgspec.structs.replace(ended, **termination),
        log=RecordedLog(CaptureResult.OK, text=text, bytes=len(text.encode("utf-8", "replace")), truncated=True),
        events=(
            RecordedEvent(
                type="Warning",
                reason="BackOff",
                message="Back-off restarting failed container",
                count=4,
                first_at="2026-11-21T09:58:00Z",
                last_at="2026-11-21T10:00:05Z",
                source="kubelet",
            ),
        ),
        resources=Resources(memory_request="32Mi", memory_limit="64Mi"),
    )


@dataclass(frozen=True)
class Waiting:
    """A crash as an outbox hands it out."""

    record: Record
    day: str = DAY
    attempts: int = 0
