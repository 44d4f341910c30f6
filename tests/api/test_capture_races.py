"""The world moves between any two requests of a capture, and an audit of every log finds none of another instance.

The negative controls are captures that leave out one step each; the same audit must find what that costs.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from kubevigil.crashes.assignment import Assignment
from kubevigil.crashes.sifting import Sifted
from kubevigil.crashes.slot import Slot
from kubevigil.crashes.window import Window
from kubevigil.demo.plan import PodRef
from kubevigil.kube.errors import Refused
from kubevigil.model.record import CaptureResult, RecordedLog
from tests.conftest import Tell

from .capturing import Capture, Doing, capturing

ROUNDS = 150


@pytest.fixture
def capture(tmp_path: Path) -> Iterator[Capture]:
    with capturing(tmp_path) as it:
        yield it


class Loop:
    """A crash loop that goes on by itself, a step at a time; every line names the instance that printed it."""

    def __init__(self, capture: Capture, random: Random) -> None:
        self._capture = capture
        self._random = random
        self.ref: PodRef = capture.pod()
        self._alive = True
        self._number = 0

    def step(self) -> None:
        """What lives dies, and what is dead is started again, after some time or at once."""
        self._capture.clock.now += self._random.choice((0.0, 0.1, 1.0, 3.0))
        if self._alive:
            self.die()
        else:
            self._number += 1
            self._capture.restart(self.ref, *self._words("FIRST"))
            self._alive = True

    def die(self) -> str:
        """The living instance ends; its containerID."""
        world = self._capture.cluster.world
        world.crash(self.ref, "app", log=self._words("LAST"))
        self._alive = False
        return world.inspect(self.ref).container("app").container_id

    def next_death(self) -> tuple[Assignment, str]:
        """The assignment of one more crash, and what its instance must have said last."""
        if not self._alive:
            self.step()
        return self._capture.assignment(self.ref, "app", self.die()), f"LAST of {self._number}\n"

    def maybe_step(self) -> None:
        """Before a request: mostly nothing, sometimes a step or several."""
        for _ in range(self._random.choice((0, 0, 0, 0, 0, 1, 1, 2, 3))):
            self.step()

    def _words(self, what: str) -> list[str]:
        # Most instances say nothing before they die, as programs do that cannot read their configuration.
        return [f"{what} of {self._number}"] if what == "LAST" or self._random.random() < 0.5 else []


def audit(log: RecordedLog, last: str) -> str:
    """'' for a log that is this instance's from its last word on, or for none; else what is wrong."""
    number = last.rsplit(maxsplit=1)[-1]
    foreign = [word for word in re.findall(r"of (\d+)", log.text) if word != number]
    if log.result is CaptureResult.OK and (foreign or not log.text.endswith(last)):
        return "wrong log"
    return "wrongly empty" if log.result is CaptureResult.EMPTY else ""


Gather = Callable[[Capture, Assignment], RecordedLog]


def by_the_rule(capture: Capture, dead: Assignment) -> RecordedLog:
    return capture.gather(dead).evidence.log


def always_previous(capture: Capture, dead: Assignment) -> RecordedLog:
    """What `kubectl logs --previous` suggests."""
    return plain(capture, dead, {"previous": "true"})


def newest(capture: Capture, dead: Assignment) -> RecordedLog:
    """What `kubectl logs` suggests."""
    return plain(capture, dead, {})


def plain(capture: Capture, dead: Assignment, query: dict[str, str]) -> RecordedLog:
    path = f"/api/v1/namespaces/{dead.namespace}/pods/{dead.pod}/log"
    try:
        text = capture.connection.get_bytes(path, {"container": "app", "tailLines": "2000"} | query).decode()
    except Refused:
        return RecordedLog(CaptureResult.GONE)
    return RecordedLog(CaptureResult.OK if text else CaptureResult.EMPTY, text=text)


def without_the_second_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    def of_the_body_alone(_asked: Slot, sifted: Sifted, _after: Slot) -> CaptureResult:
        if sifted.lines:
            return CaptureResult.OK
        return CaptureResult.GONE if sifted.no_log or sifted.foreign else CaptureResult.EMPTY

    monkeypatch.setattr("kubevigil.crashes.api_source.verdict", of_the_body_alone)
    monkeypatch.setattr("kubevigil.crashes.api_source._ROUNDS", 1)


def without_the_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kubevigil.crashes.api_source.window_of", lambda *_: Window(None, None))


def race(capture: Capture, gather: Gather, *, seed: int, rounds: int = ROUNDS) -> tuple[Counter[str], Counter[str]]:
    """Results, and what the audit found, of so many crashes captured while the loop goes on."""
    loop = Loop(capture, Random(seed))
    results: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    moving = capture.cluster.faults.add(Doing(loop.maybe_step, when=lambda c: c.resource == "pods", times=None))
    for _ in range(rounds):
        dead, last = loop.next_death()
        log = gather(capture, dead)
        results[log.result.value] += 1
        found = audit(log, last)
        wrong[found] += bool(found)
    capture.cluster.faults.remove(moving)
    return results, +wrong


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_between_the_requests_no_log_is_another_s(capture: Capture, tell: Tell, seed: int) -> None:
    results, wrong = race(capture, by_the_rule, seed=seed)
    tell(seed=seed, captures=ROUNDS, wrong_logs=sum(wrong.values()), **results)
    assert not wrong
    assert results["ok"] > ROUNDS / 5
    assert results["superseded"]
    assert results["gone"]


@pytest.mark.parametrize("naive", [always_previous, newest])
def test_the_audit_finds_the_wrong_logs_of_a_capture_without_the_rule(
    capture: Capture, tell: Tell, naive: Gather
) -> None:
    _, wrong = race(capture, naive, seed=1)
    tell(control=naive.__name__, wrong_logs=wrong["wrong log"], wrongly_empty=wrong["wrongly empty"], of=ROUNDS)
    assert wrong["wrong log"]


def test_the_audit_finds_what_a_capture_without_the_second_reading_gets_wrong(
    capture: Capture, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_the_second_reading(monkeypatch)
    _, wrong = race(capture, by_the_rule, seed=1)
    tell(control="no second reading", **{k.replace(" ", "_"): v for k, v in wrong.items()}, of=ROUNDS)
    assert wrong["wrong log"]
    assert wrong["wrongly empty"]


def test_the_audit_finds_the_wrong_logs_of_a_capture_without_the_window(
    capture: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_the_window(monkeypatch)
    loop = Loop(capture, Random(1))
    dead, last = loop.next_death()
    capture.cluster.world.silence(loop.ref)  # the kubelet is ahead of what it has reported, so both readings agree
    capture.restart(loop.ref, "FIRST of 7", after=3)
    assert audit(by_the_rule(capture, dead), last) == "wrong log"
    monkeypatch.undo()
    assert capture.gather(dead).evidence.log.result is CaptureResult.SUPERSEDED


def test_a_log_in_the_wrong_slot_is_what_the_audit_looks_for() -> None:
    assert audit(RecordedLog(CaptureResult.OK, text="LAST of 3\n"), "LAST of 4\n") == "wrong log"
    assert audit(RecordedLog(CaptureResult.OK, text="FIRST of 4\n"), "LAST of 4\n") == "wrong log"
    assert audit(RecordedLog(CaptureResult.EMPTY), "LAST of 4\n") == "wrongly empty"
    assert audit(RecordedLog(CaptureResult.OK, text="FIRST of 4\nLAST of 4\n"), "LAST of 4\n") == ""
    assert audit(RecordedLog(CaptureResult.GONE), "LAST of 4\n") == ""
