"""What is known of checks and workflows: written by the watches' threads, read by the workers.

Objects never go back in time: of two versions the newer stays, whether it came by a watch or as the answer to a write
of ours. A check's workflows are known by the labels they were made with.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Final, NamedTuple

from kubevigil.healthchecks.asking import asked_of
from kubevigil.healthchecks.courses import course_of
from kubevigil.healthchecks.manifest import CHECK, CHECK_LABEL, PART_LABEL, REMEDY, RUN_LABEL, is_run_name
from kubevigil.healthchecks.reconcile import Check, Sight
from kubevigil.healthchecks.resources import HealthCheckObject, WorkflowObject
from kubevigil.healthchecks.results import has_ended
from kubevigil.healthchecks.spec import judge
from kubevigil.healthchecks.status import status_of
from kubevigil.kube.reflector import newer
from kubevigil.model.clock import seconds_of

PAUSED: Final = "kubevigil.io/paused"
"""The annotation that pauses a check."""


class Run(NamedTuple):
    """A check's uid, the Unix second of a run's beginning, and whether it is its own or its remedy's: the labels."""

    uid: str
    started_at: int
    kind: str = CHECK


_SECOND: Final = re.compile("[0-9]{1,12}")


def check_of(item: HealthCheckObject, known: Check | None = None) -> Check:
    """The check that an object describes. Where its spec is that of a version which is `known` it is not read again."""
    meta = item.metadata
    same = known is not None and known.meta.generation == meta.generation > 0
    return Check(
        meta=meta,
        judged=known.judged if known and same else judge(item.spec),
        status=status_of(item.status),
        created=int(seconds_of(meta.creation_timestamp) or 0),
        paused=(meta.annotations or {}).get(PAUSED, "") not in {"", "false"},
        asked=asked_of(meta.annotations),
    )


@dataclass(slots=True)
class _Known:
    """Of one run: its workflow, and what `Sight` has; `expected` is one that was created and is not shown yet."""

    workflow: WorkflowObject | None = None
    gone: bool = False
    expected: bool = False
    certain: bool = False
    untried: int | None = None
    """The check's generation for which this process began the run, before it asks for a workflow."""


class Picture:
    """The checks and their workflows. `touched` is called with the uid of a check after something of it changed.

    Of runs that have their outcome only workflows that have not ended are kept.
    """

    def __init__(self, touched: Callable[[str], None]) -> None:
        self._touched = touched
        self._lock = Lock()
        self._checks: dict[str, Check] = {}
        self._runs: dict[str, dict[Run, _Known]] = {}
        self._successes: dict[str, tuple[int, str]] = {}

    def check(self, uid: str) -> Check | None:
        """The check with that uid."""
        with self._lock:
            return self._checks.get(uid)

    def checks(self) -> list[Check]:
        """All of them."""
        with self._lock:
            return list(self._checks.values())

    def sight(self, check: Check) -> Sight:
        """What is there of the latest run and of the latest remedy, and is left of those before."""
        with self._lock:
            remedy = None if check.status.remedy_triggered_at is None else self._sight(check, REMEDY)
            return self._sight(check, CHECK, remedy)

    def put_check(self, item: HealthCheckObject) -> Check:
        """An object as it was shown, or answered; the newest there is."""
        meta = item.metadata
        with self._lock:
            known = self._checks.get(meta.uid)
            if known and newer(known.meta.resource_version, meta.resource_version) == known.meta.resource_version:
                return known
            known = self._checks[meta.uid] = check_of(item, known)
            for run in list(self._runs.get(meta.uid, ())):
                self._forget_if_over(run)
        self._touched(meta.uid)
        return known

    def drop_check(self, uid: str) -> None:
        """The check is gone, and with it what is known of its runs."""
        with self._lock:
            self._checks.pop(uid, None)
            self._runs.pop(uid, None)
            self._successes.pop(uid, None)
        self._touched(uid)

    def began(self, check: Check, kind: str = CHECK) -> None:
        """This process wrote the beginning of the check's run, and has not asked for a workflow yet."""
        course = course_of(kind, check.judged.spec, check.status)
        if course.under_way and course.started_at is not None:
            with self._lock:
                self._run(Run(check.meta.uid, course.started_at, kind)).untried = check.meta.generation

    def trying(self, key: Run) -> None:
        """A workflow is about to be asked for: until the answer, or another look, nobody knows whether it is there."""
        with self._lock:
            run = self._run(key)
            run.untried, run.certain = None, False

    def looked(self, key: Run, found: Iterable[WorkflowObject]) -> None:
        """These are the workflows of the run, read past every cache."""
        for item in found:
            self.put_workflow(item)
        with self._lock:
            run = self._run(key)
            run.certain, run.expected = True, False

    def expect(self, key: Run) -> None:
        """The workflow of a run was created; the watch will show it."""
        with self._lock:
            run = self._run(key)
            run.expected = run.workflow is None and not run.gone

    def put_workflow(self, item: WorkflowObject) -> None:
        """A workflow as it was shown."""
        key = key_of(item)
        if key is None:
            return
        with self._lock:
            self._note_success(key, item)
            run = self._run(key)
            run.workflow, run.expected, run.gone = item, False, False
            of_interest = not self._forget_if_over(key)
        if of_interest:
            self._touched(key.uid)

    def drop_workflow(self, key: Run) -> None:
        """A workflow was deleted. One that had ended, and whose end is not settled, is kept: its result counts."""
        with self._lock:
            if key.uid not in self._checks:  # mostly because the check was deleted, and its workflows with it
                self._runs.pop(key.uid, None)
                return
            run = self._run(key)
            if run.workflow is None or not has_ended(run.workflow) or not self._awaits(key):
                run.workflow = None
            run.expected, run.gone = False, True
            of_interest = not self._forget_if_over(key)
        if of_interest:
            self._touched(key.uid)

    def dismiss(self, key: Run) -> None:
        """A workflow that is left over is not to be seen again, until the watch shows it anew."""
        with self._lock:
            self._runs.get(key.uid, {}).pop(key, None)

    def last_success(self, check: Check) -> int | None:
        """When the workflow ended that the status names as the last successful one; None if it was not seen."""
        at, name = self._successes.get(check.meta.uid, (0, ""))
        return at if name and name == check.status.last_successful_workflow else None

    def expected(self) -> frozenset[Run]:
        """The runs whose workflows were created and are not shown yet."""
        with self._lock:
            return frozenset(key for runs in self._runs.values() for key, run in runs.items() if run.expected)

    def _sight(self, check: Check, kind: str, remedy: Sight | None = None) -> Sight:
        runs = self._runs.get(check.meta.uid, {})
        last = course_of(kind, check.judged.spec, check.status).started_at
        run = runs.get(Run(check.meta.uid, -1 if last is None else last, kind), _Known())
        return Sight(
            run.workflow,
            gone=run.gone,
            untried=run.untried == check.meta.generation,
            certain=run.certain,
            expected=run.expected,
            earlier=_earlier(runs, kind, last),
            remedy=remedy,
        )

    def _note_success(self, key: Run, item: WorkflowObject) -> None:
        if key.kind == CHECK and item.status.phase == "Succeeded":
            ended = (int(seconds_of(item.status.finished_at) or 0), item.metadata.name)
            self._successes[key.uid] = max(ended, self._successes.get(key.uid, ended))

    def _run(self, key: Run) -> _Known:
        return self._runs.setdefault(key.uid, {}).setdefault(key, _Known())

    def _forget_if_over(self, key: Run) -> bool:
        """Whether there was nothing to keep."""
        check, runs = self._checks.get(key.uid), self._runs[key.uid]
        last = course_of(key.kind, None, check.status).started_at if check else None
        if last is None or key.started_at > last or self._awaits(key):
            return False
        workflow = runs[key].workflow
        if workflow is not None and not has_ended(workflow):
            return False
        del runs[key]
        return True

    def _awaits(self, key: Run) -> bool:
        check = self._checks.get(key.uid)
        course = course_of(key.kind, None, check.status) if check else None
        return course is not None and course.under_way and course.started_at == key.started_at


def _earlier(runs: Mapping[Run, _Known], kind: str, last: int | None) -> tuple[tuple[int, WorkflowObject], ...]:
    if last is None:
        return ()
    return tuple(
        (key.started_at, run.workflow)
        for key, run in runs.items()
        if key.kind == kind and key.started_at < last and run.workflow is not None
    )


def key_of(item: WorkflowObject) -> Run | None:
    """The run that a workflow's labels name; None of a workflow that is no check's.

    The name must be ours too: what a person submits once more has the labels, and is no run of the check.
    """
    labels = item.metadata.labels or {}
    uid, second, kind = labels.get(CHECK_LABEL, ""), labels.get(RUN_LABEL, ""), labels.get(PART_LABEL, "")
    if not (uid and _SECOND.fullmatch(second)) or kind not in {CHECK, REMEDY}:
        return None
    return Run(uid, int(second), kind) if is_run_name(item.metadata.name, uid, int(second), kind) else None
