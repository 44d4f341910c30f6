"""Controllers that are wrong on purpose: what the audit finds of them shows that it can find something."""

import secrets
import time
from dataclasses import replace
from random import Random
from typing import Any
from unittest import mock

from kubevigil.healthchecks import controller, reconcile
from kubevigil.healthchecks.picture import Picture
from kubevigil.healthchecks.reconcile import Check, Decision, Sight
from kubevigil.healthchecks.resources import HealthCheckObject, Meta
from kubevigil.healthchecks.spec import WorkflowSpec
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

    mock.patch.object(reconcile, "run_name", named).start()


def _names_no_version() -> None:
    """Writes a status over whatever is there, and takes its time, so that something is."""
    write, pause = Writer.status, Random()

    def writing(self: Writer, meta: Meta, changes: dict[str, Any]) -> HealthCheckObject:
        time.sleep(pause.uniform(0, 2))
        current = self.check(meta).metadata
        return write(self, current, changes)

    mock.patch.object(Writer, "status", writing).start()


TWINS = {
    "forgets": _forgets,
    "names by chance": _names_by_chance,
    "names no version": _names_no_version,
}
