"""The pool and the source together over real HTTP: storms, silence, redaction, and a stop in between."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from kubevigil.crashes.pool import THREADS, Pool
from kubevigil.demo import faults
from kubevigil.demo.plan import PodRef
from kubevigil.model.clock import rfc3339
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

from .capturing import SECONDS, Capture, capturing
from .running import until


@pytest.fixture
def capture(tmp_path: Path) -> Iterator[Capture]:
    with capturing(tmp_path) as it:
        yield it


class Figures:
    """What the pool measured and settled."""

    def __init__(self) -> None:
        self.settled: list[tuple[str, Evidence]] = []
        self.begun_after: list[float] = []
        self.results: list[CaptureResult] = []

    def begun(self, seconds: float) -> None:
        self.begun_after.append(seconds)

    def done(self, result: CaptureResult, seconds: float) -> None:
        assert seconds >= 0
        self.results.append(result)

    def settle(self, record_id: str, evidence: Evidence) -> None:
        self.settled.append((record_id, evidence))


def record_of(capture: Capture, ref: PodRef, log: list[str]) -> Record:
    dead = capture.crash(ref, log)
    ended = rfc3339(dead.finished_at or 0)
    return Record(
        id=dead.container_id,
        cluster="test",
        namespace=dead.namespace,
        pod=dead.pod,
        pod_uid=dead.pod_uid,
        node="node-1",
        workload=Workload("Pod", dead.pod),
        container=RecordedContainer(name=dead.container, type="app", id=dead.container_id),
        termination=RecordedTermination(
            class_=TerminationClass.ERROR,
            observed_at=ended,
            started_at=rfc3339(dead.started_at or 0),
            finished_at=ended,
        ),
    )


@contextmanager
def running(capture: Capture, figures: Figures, **named: float) -> Iterator[Pool]:
    pool = Pool(
        capture.source,
        settled=figures.settle,
        redact=lambda text, how: text if how == "off" else text.replace("tiny-Secret-42", "***"),
        observer=figures,
        **named,  # type: ignore[arg-type]
    )
    stop = Event()
    threads = [Thread(target=loop, args=(stop,), daemon=True) for loop in [pool.work] * THREADS + [pool.expire]]
    for thread in threads:
        thread.start()
    try:
        yield pool
    finally:
        stop.set()
        pool.close()
        for thread in threads:
            thread.join(SECONDS)
        assert not [thread for thread in threads if thread.is_alive()]


def test_every_crash_of_a_storm_is_settled_once_with_its_own_log_redacted(capture: Capture) -> None:
    figures = Figures()
    refs = [capture.pod(f"p{n}") for n in range(200)]
    with running(capture, figures) as pool:
        expected = {}
        for n, ref in enumerate(refs):
            record = record_of(capture, ref, [f"connect to db:tiny-Secret-42@{n}", f"LAST of {n}"])
            expected[record.id] = f"connect to db:***@{n}\nLAST of {n}\n"
            pool.assign(record)
        until(lambda: len(figures.settled) >= len(refs), SECONDS)
    assert {id_: evidence.log.text for id_, evidence in figures.settled} == expected
    assert len(figures.settled) == len(figures.begun_after) == len(figures.results) == len(refs)


def test_a_server_that_answers_nothing_makes_timeouts_and_holds_nobody_up(capture: Capture) -> None:
    figures = Figures()
    capture.cluster.faults.add(faults.black_hole())
    records = [record_of(capture, capture.pod(f"p{n}"), []) for n in range(2 * THREADS)]
    with running(capture, figures, patience=0.6, chain=0.3) as pool:
        for record in records:
            pool.assign(record)
        until(lambda: len(figures.settled) >= len(records), SECONDS)
    assert {evidence for _, evidence in figures.settled} == {Evidence(RecordedLog(CaptureResult.TIMEOUT))}
    assert sorted(id_ for id_, _ in figures.settled) == sorted(record.id for record in records)


def test_a_stop_while_the_server_is_silent_settles_nothing_and_ends(capture: Capture) -> None:
    figures = Figures()
    record = record_of(capture, capture.pod(), ["own"])
    capture.cluster.faults.add(faults.black_hole(when=faults.logs))
    with running(capture, figures) as pool:
        pool.assign(record)
        until(lambda: any(r.call.resource == "pods" for r in capture.cluster.requests()), SECONDS)
    assert figures.settled == []
    capture.cluster.faults.clear()
    with running(capture, figures) as pool:  # the next start
        pool.assign(record)
        until(lambda: figures.settled, SECONDS)
    assert [evidence.log.text for _, evidence in figures.settled] == ["own\n"]
