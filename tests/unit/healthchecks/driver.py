"""A controller that may be killed between any two steps: what any driver of `decide` must do with a decision.

Its watches are late, answers to its requests are lost, and the next process knows nothing, or what a stand-by saw.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from kubevigil.healthchecks.courses import course_of
from kubevigil.healthchecks.manifest import CHECK, REMEDY
from kubevigil.healthchecks.reconcile import (
    Begin,
    Check,
    Create,
    Decision,
    Discard,
    Finish,
    FinishRemedy,
    Look,
    Reject,
    Sight,
    Stop,
    Wait,
    decide,
    ended,
    still_certain,
    unknown,
)
from kubevigil.healthchecks.resources import WorkflowObject
from kubevigil.healthchecks.results import Outcome
from kubevigil.healthchecks.status import Status, begun, finished, rejected, remedied, stopped

from .cluster import Cluster, Conflicted, Run, Version, run_of


class Killed(Exception):
    """The controller's process is gone."""


class Lost(Exception):
    """No answer came; whether it was done is not known."""


@dataclass
class Habits:
    """What a controller does; each switched off is a fault that the simulation must find."""

    writes_the_intent: bool = True
    names_the_version: bool = True
    looks_before_it_creates_again: bool = True
    minds_the_time_to_live: bool = True
    discards_what_it_saw: bool = True
    answers_in_the_same_write: bool = True
    counts_remedies_when_they_begin: bool = True
    reads_the_count_in_the_status: bool = True


class Controller:
    """One process: a picture of the cluster that is late, and what it remembers of its own requests."""

    def __init__(self, cluster: Cluster, habits: Habits, *, old: "Controller | None" = None) -> None:
        self.cluster = cluster
        self.habits = habits
        self.calm = False
        self.seen: Version = old.seen if old else cluster.current
        self.workflows: dict[tuple[str, str], WorkflowObject] = dict(old.workflows if old else cluster.workflows)
        self.gone: set[Run] = set()
        self.untried: tuple[Run, int] | None = None
        self.certain: set[Run] = set()
        self.expected: set[Run] = set()
        self.remedies = 0
        self.forgotten: Status | None = None

    def watch_checks(self) -> None:
        """The watch of checks catches up."""
        self.seen = self.cluster.current

    def watch_workflows(self) -> None:
        """The watch of workflows catches up, after a break: what came and went meanwhile is not shown."""
        for key, workflow in self.workflows.items():
            if key not in self.cluster.workflows:
                self.gone.add(run_of(workflow))
        last = {key: workflow for key, workflow in self.workflows.items() if run_of(workflow) in self.gone}
        self.workflows = {**last, **self.cluster.workflows}
        # Created, and in no list made after that: it has been, and is no more.
        self.gone |= self.expected - {run_of(workflow) for workflow in self.workflows.values()}
        self.expected.clear()

    def step(self) -> Decision:
        """Decides once and acts. Raises Killed."""
        check = self.seen.check()
        if self.forgotten is not None:
            check = replace(check, status=self.forgotten)
        if not self.habits.reads_the_count_in_the_status:
            check = replace(check, status=replace(check.status, remedy_total_runs=self.remedies))
        decision = decide(check, self._sight(check), self.cluster.now)
        try:
            self._act(check, decision)
        except Conflicted:
            self.seen = self.cluster.current
        except Lost:
            self.certain.clear()
        return decision

    def _sight(self, check: Check) -> Sight:
        remedy = None if check.status.remedy_triggered_at is None else self._sight_of(check, REMEDY)
        return replace(self._sight_of(check, CHECK), remedy=remedy)

    def _sight_of(self, check: Check, kind: str) -> Sight:
        second = course_of(kind, check.judged.spec, check.status).started_at or 0
        run = (kind, second)
        workflow = next((item for item in self.workflows.values() if run_of(item) == run), None)
        mine = [(at, item) for item in self.workflows.values() for its, at in [run_of(item)] if its == kind]
        return Sight(
            workflow,
            gone=run in self.gone,
            untried=self.untried == (run, check.meta.generation),
            certain=run in self.certain or not self.habits.looks_before_it_creates_again,
            expected=run in self.expected and run not in self.gone,
            earlier=tuple((at, item) for at, item in mine if at < second),
        )

    def _act(self, check: Check, decision: Decision) -> None:
        status, now = check.status, self.cluster.now
        match decision:
            case Begin(started_at):
                self._begin(check, started_at)
            case Look(started_at, kind):
                self._look((kind, started_at))
            case Create():
                self._create(check, decision)
            case Finish():
                self._finish(check, decision)
            case FinishRemedy(outcome):
                self._end(check, (REMEDY, status.remedy_triggered_at or 0), remedied(status, outcome), outcome)
            case Discard():
                self._discard(decision)
            case Stop():
                self._write(check, stopped(status, int(now)))
            case Reject(findings):
                self._write(check, rejected(status, findings))
            case Wait():
                pass

    def _begin(self, check: Check, started_at: int) -> None:
        if self.habits.writes_the_intent:
            self._write(check, begun(check.status, started_at))
        else:
            self.forgotten = replace(check.status, started_at=started_at, finished_at=None)
            self.cluster.truth.begun.append((started_at, check))
        self.untried = ((CHECK, started_at), check.meta.generation)

    def _look(self, run: Run) -> None:
        self._may_die()
        for key, workflow in self.cluster.workflows.items():
            if run_of(workflow) == run:
                self.workflows[key] = workflow
        self.certain.add(run)
        self.expected.discard(run)

    def _create(self, check: Check, wanted: Create) -> None:
        course, now = course_of(wanted.kind, check.judged.spec, check.status), self.cluster.now
        assert course.part is not None
        minded = wanted.again and self.habits.minds_the_time_to_live
        if minded and not still_certain(self.cluster.ttl, wanted.started_at, now):
            self._act(check, ended(check, wanted.kind, unknown(wanted.name, now), now))
            return
        run = (wanted.kind, wanted.started_at)
        self.untried = None
        self._may_die()
        with suppress(Conflicted):
            self.cluster.create(course.part.namespace, wanted.name, run, course.timeout)
        self._may_die(answer=True)
        self.expected.add(run)

    def _finish(self, check: Check, decision: Finish) -> None:
        run = (CHECK, check.status.started_at or 0)
        outcome, answer = decision.outcome, decision.answer
        if self.forgotten is not None:
            self.cluster.truth.outcomes[run].append(outcome)
            self.forgotten = replace(self.forgotten, finished_at=max(run[1], outcome.finished_at))
            return
        at = answer.at if self.habits.answers_in_the_same_write else None
        patch = finished(check.status, outcome, at, anew=answer.anew)
        if not self.habits.counts_remedies_when_they_begin:
            patch.pop("remedyTotalRuns", None)
        self._end(check, run, patch, outcome)
        self.remedies = 0 if outcome.result == "success" or answer.anew else self.remedies
        if answer.at is None:
            return
        if at is None:
            after = self.seen.check()
            self._write(after, finished(replace(after.status, finished_at=None), outcome, answer.at))
        self.remedies += 1
        self.untried = ((REMEDY, answer.at), check.meta.generation)

    def _end(self, check: Check, run: Run, patch: dict[str, Any], outcome: Outcome) -> None:
        self._may_die()
        written = self._patch(check, patch)
        self.cluster.truth.outcomes[run].append(outcome)
        self._may_die(answer=True)
        self.seen = written

    def _write(self, check: Check, patch: dict[str, Any]) -> None:
        assert patch, "nothing to write was decided"
        self._may_die()
        written = self._patch(check, patch)
        self._may_die(answer=True)
        self.seen = written

    def _patch(self, check: Check, patch: dict[str, Any]) -> Version:
        return self.cluster.patch_status(check.meta.resource_version if self.habits.names_the_version else None, patch)

    def _discard(self, decision: Discard) -> None:
        seen = decision.workflow
        key = (seen.metadata.namespace, seen.metadata.name)
        self._may_die()
        self.cluster.discard(key, seen if self.habits.discards_what_it_saw else None)
        self._may_die(answer=True)
        self.workflows.pop(key, None)

    def _may_die(self, *, answer: bool = False) -> None:
        chance = self.cluster.draw.random()
        if self.calm:
            return
        if chance < 0.05:
            raise Killed
        if answer and chance < 0.15:
            raise Lost
