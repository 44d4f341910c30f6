"""A small cluster with a clock, and the truth about the runs of its one health check.

The API server refuses what was decided on an old version. Argo is slow, or away, and cleans up what has ended.
"""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from kubevigil.healthchecks.manifest import CHECK_LABEL, PART_LABEL, REMEDY, RUN_LABEL
from kubevigil.healthchecks.reconcile import (
    Check,
    still_certain,
)
from kubevigil.healthchecks.resources import Meta, TtlStrategy, WorkflowObject, WorkflowObjectSpec, WorkflowObjectStatus
from kubevigil.healthchecks.results import Outcome, has_ended
from kubevigil.healthchecks.spec import judge
from kubevigil.healthchecks.status import stamp, status_of

from .ledger import Ledger
from .making import CREATED, UID, raw_spec

Run = tuple[str, int]
"""Whether it is the check's own or its remedy's, and its second."""

RUNS: dict[str, Any] = {"repeatAfterSec": 60}


class Conflicted(Exception):
    """The object is not that version any more."""


@dataclass(frozen=True)
class Version:
    """The check at one time, as the API server has it."""

    version: int
    generation: int
    spec: dict[str, Any]
    paused: bool
    status: dict[str, Any]
    asked: int | None = None

    def check(self) -> Check:
        meta = Meta("hello", UID, "health", str(self.version), self.generation)
        return Check(meta, judge(self.spec), status_of(self.status), CREATED, self.paused, self.asked)


@dataclass
class Truth:
    """What really happened, written down by the API server."""

    begun: list[tuple[int, Check]] = field(default_factory=list)
    made: dict[Run, list[str]] = field(default_factory=lambda: defaultdict(list))
    outcomes: dict[Run, list[Outcome]] = field(default_factory=lambda: defaultdict(list))
    ledger: Ledger = field(default_factory=Ledger)
    lost: list[str] = field(default_factory=list)
    """Workflows that the controller deleted though they had ended."""
    excused: set[Run] = field(default_factory=set)
    """Runs of which a person deleted the workflow while no controller watched, or one that died before it said so."""


class Cluster:
    """The API server, Argo, and time."""

    def __init__(self, draw: Random, ttl: TtlStrategy | None) -> None:
        self.draw = draw
        self.now: float = CREATED
        self.ttl = ttl
        self.argo = True
        self.sick = False
        self.current = Version(1, 1, raw_spec(**RUNS), paused=False, status={})
        self.workflows: dict[tuple[str, str], WorkflowObject] = {}
        self.truth = Truth()

    def edit(self, **spec: Any) -> None:
        self._store(spec=raw_spec(**spec), generation=self.current.generation + 1)

    def pause(self, *, paused: bool) -> None:
        self._store(paused=paused)

    def ask(self, moment: int) -> None:
        self._store(asked=moment)

    def patch_status(self, version: str | None, patch: dict[str, Any]) -> Version:
        if version is not None and version != str(self.current.version):
            raise Conflicted
        status = {key: value for key, value in {**self.current.status, **patch}.items() if value is not None}
        if "startedAt" in patch:
            self.truth.begun.append((status_of(status).started_at or 0, self.current.check()))
        self.truth.ledger.note(self.current.check(), status_of(status), self.now)
        return self._store(status=status)

    def create(self, namespace: str, name: str, run: Run, deadline: int) -> None:
        if (namespace, name) in self.workflows:
            raise Conflicted
        self.truth.made[run].append(f"{namespace}/{name}")
        labels = {CHECK_LABEL: UID, RUN_LABEL: str(run[1]), PART_LABEL: run[0]}
        self.workflows[namespace, name] = WorkflowObject(
            Meta(name, name, namespace, labels=labels), WorkflowObjectSpec(deadline, self.ttl), WorkflowObjectStatus()
        )

    def discard(self, key: tuple[str, str], seen: WorkflowObject | None) -> None:
        """Deletes a workflow that nobody waits for, if it still is as it was seen; whatever it is, if that is None."""
        workflow = self.workflows.get(key)
        if workflow is not None and (seen is None or seen == workflow):
            if has_ended(workflow):
                self.truth.lost.append(workflow.metadata.name)
            del self.workflows[key]

    def work(self, seconds: float) -> None:
        """Time goes by, and Argo does its part."""
        for _ in range(int(seconds) or 1):
            self.now += min(1.0, seconds)
            for key, workflow in list(self.workflows.items()):
                if self.argo:
                    self._progress(key, workflow)

    def _progress(self, key: tuple[str, str], workflow: WorkflowObject) -> None:
        status, now = workflow.status, int(self.now)
        if not status.phase:
            status = WorkflowObjectStatus("Running", started_at=stamp(now))
        elif has_ended(workflow):
            if self.ttl and not still_certain(self.ttl, self._second(status.finished_at), self.now):
                del self.workflows[key]
            return
        elif now - self._second(status.started_at) >= (workflow.spec.active_deadline_seconds or 3600):
            status = replace_status(status, "Failed", "deadline", stamp(now))
        elif self.draw.random() < 0.2:
            weights = [6, 1, 0] if run_of(workflow)[0] == REMEDY else [1, 4, 1] if self.sick else [2, 1, 1]
            (phase,) = self.draw.choices(["Succeeded", "Failed", "Error"], weights)
            status = replace_status(status, phase, "", stamp(now))
        self.workflows[key] = WorkflowObject(workflow.metadata, workflow.spec, status)

    def _second(self, text: str | None) -> int:
        moment = status_of({"startedAt": text}).started_at
        assert moment is not None
        return moment

    def _store(self, **fields: Any) -> Version:
        self.current = replace(self.current, version=self.current.version + 1, **fields)
        return self.current


def replace_status(status: WorkflowObjectStatus, phase: str, message: str, ended: str) -> WorkflowObjectStatus:
    return WorkflowObjectStatus(phase, message, status.started_at, ended)


def run_of(workflow: WorkflowObject) -> Run:
    labels = workflow.metadata.labels or {}
    return labels[PART_LABEL], int(labels[RUN_LABEL])
