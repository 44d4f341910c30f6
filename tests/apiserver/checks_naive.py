"""Controllers that are wrong on purpose: what the audit finds of them shows that it can find something."""

import secrets
import time
from collections import Counter
from dataclasses import replace
from random import Random
from typing import Any
from unittest import mock

from kubevigil.healthchecks import controller, courses, reconcile, remedy
from kubevigil.healthchecks.picture import Picture
from kubevigil.healthchecks.reconcile import Check, Decision, Sight
from kubevigil.healthchecks.remedy import NO_ANSWER, Answer
from kubevigil.healthchecks.resources import HealthCheckObject, Meta
from kubevigil.healthchecks.results import Outcome
from kubevigil.healthchecks.spec import Spec, WorkflowSpec
from kubevigil.healthchecks.status import Status
from kubevigil.healthchecks.writing import Writer


def put_in(twin: str) -> None:
    """Makes this process's controller that one. For a process of its own."""
    TWINS[twin]()


def _forgets() -> None:
    """Knows of the runs that it began itself, and of no other."""
    own: set[tuple[str, int | None]] = set()
    began = Picture.began

    def remembering(self: Picture, check: Check) -> None:
        own.add((check.meta.uid, check.status.started_at))
        began(self, check)

    def deciding(check: Check, sight: Sight, now: float) -> Decision:
        if (check.meta.uid, check.status.started_at) not in own:
            check = replace(check, status=replace(check.status, finished_at=check.status.started_at))
        return reconcile.decide(check, sight, now)

    mock.patch.object(Picture, "began", remembering).start()
    mock.patch.object(controller, "decide", deciding).start()


def _names_by_chance() -> None:
    """Gives each workflow a new name."""

    def named(part: WorkflowSpec, *_: object) -> str:
        return part.generate_name + secrets.token_hex(5)

    mock.patch.object(courses, "run_name", named).start()


def _names_no_version() -> None:
    """Writes a status over whatever is there, and takes its time, so that something is."""
    write, pause = Writer.status, Random()

    def writing(self: Writer, meta: Meta, changes: dict[str, Any]) -> HealthCheckObject:
        time.sleep(pause.uniform(0, 2))
        current = self.check(meta).metadata
        return write(self, current, changes)

    mock.patch.object(Writer, "status", writing).start()


def _counts_by_itself() -> None:
    """Knows of the remedies that it began itself, and of no other, as if they were not counted in the status."""
    own: Counter[str] = Counter()

    def answering(spec: Spec | None, status: Status, outcome: Outcome, now: float) -> Answer:
        if spec is None or spec.remedy is None:
            return NO_ANSWER
        name = spec.remedy.generate_name
        failed = status.remedy_failed_count if own[name] else 0
        known = replace(status, remedy_total_runs=own[name], remedy_failed_count=failed)
        answer = remedy.answer_to(spec, known, outcome, now)
        own[name] = (0 if answer.anew else own[name]) + (answer.at is not None)
        return answer

    mock.patch.object(reconcile, "answer_to", answering).start()


TWINS = {
    "forgets": _forgets,
    "names by chance": _names_by_chance,
    "names no version": _names_no_version,
    "counts by itself": _counts_by_itself,
}
