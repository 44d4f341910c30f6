"""What is known of checks and workflows: written by the watches' threads, read by the workers.

Objects never go back in time: of two versions the newer stays, whether it came by a watch or as the answer to a write
of ours. A check's workflows are known by the labels they were made with.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Final

from kubevigil.healthchecks.asking import asked_of
from kubevigil.healthchecks.manifest import CHECK, CHECK_LABEL, PART_LABEL, RUN_LABEL, is_run_name
from kubevigil.healthchecks.reconcile import Check, Sight
from kubevigil.healthchecks.resources import HealthCheckObject, WorkflowObject
from kubevigil.healthchecks.results import has_ended
from kubevigil.healthchecks.spec import judge
from kubevigil.healthchecks.status import status_of
from kubevigil.kube.reflector import newer
from kubevigil.model.clock import seconds_of

PAUSED: Final = "kubevigil.io/paused"
"""The annotation that pauses a check."""


Run = tuple[str, int]
"""A check's uid and the Unix second of a run's beginning, as workflows are labelled."""

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
        self._runs: dict[str, dict[int, _Known]] = {}
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
        """What is there of the latest run, and is left of those before."""
        with self._lock:
            runs = self._runs.get(check.meta.uid, {})
            run = runs.get(-1 if check.status.started_at is None else check.status.started_at, _Known())
            return Sight(
                run.workflow,
                gone=run.gone,
                untried=run.untried == check.meta.generation,
                certain=run.certain,
                expected=run.expected,
                earlier=_earlier(runs, check.status.started_at),
            )

    def put_check(self, item: HealthCheckObject) -> Check:
        """An object as it was shown, or answered; the newest there is."""
        meta = item.metadata
        with self._lock:
            known = self._checks.get(meta.uid)
            if known and newer(known.meta.resource_version, meta.resource_version) == known.meta.resource_version:
                return known
            known = self._checks[meta.uid] = check_of(item, known)
            for started_at in list(self._runs.get(meta.uid, ())):
                self._forget_if_over(meta.uid, started_at)
        self._touched(meta.uid)
        return known

    def drop_check(self, uid: str) -> None:
        """The check is gone, and with it what is known of its runs."""
        with self._lock:
            self._checks.pop(uid, None)
            self._runs.pop(uid, None)
            self._successes.pop(uid, None)
        self._touched(uid)

    def began(self, check: Check) -> None:
        """This process wrote the beginning of the check's run, and has not asked for a workflow yet."""
        if check.status.started_at is not None:
            with self._lock:
                self._run((check.meta.uid, check.status.started_at)).untried = check.meta.generation

    def trying(self, uid: str, started_at: int) -> None:
        """A workflow is about to be asked for: until the answer, or another look, nobody knows whether it is there."""
        with self._lock:
            run = self._run((uid, started_at))
            run.untried, run.certain = None, False

    def looked(self, uid: str, started_at: int, found: Iterable[WorkflowObject]) -> None:
        """These are the workflows of the run, read past every cache."""
        for item in found:
            self.put_workflow(item)
        with self._lock:
            run = self._run((uid, started_at))
            run.certain, run.expected = True, False

    def expect(self, uid: str, started_at: int) -> None:
        """The workflow of a run was created; the watch will show it."""
        with self._lock:
            run = self._run((uid, started_at))
            run.expected = run.workflow is None and not run.gone

    def put_workflow(self, item: WorkflowObject) -> None:
        """A workflow as it was shown."""
        key = key_of(item)
        if key is None:
            return
        with self._lock:
            self._note_success(key[0], item)
            run = self._run(key)
            run.workflow, run.expected, run.gone = item, False, False
            of_interest = not self._forget_if_over(*key)
        if of_interest:
            self._touched(key[0])

    def drop_workflow(self, key: Run) -> None:
        """A workflow was deleted. One that had ended, and whose end is not settled, is kept: its result counts."""
        with self._lock:
            if key[0] not in self._checks:  # mostly because the check was deleted, and its workflows with it
                self._runs.pop(key[0], None)
                return
            run = self._run(key)
            if run.workflow is None or not has_ended(run.workflow) or not self._awaits(key):
                run.workflow = None
            run.expected, run.gone = False, True
            of_interest = not self._forget_if_over(*key)
        if of_interest:
            self._touched(key[0])

    def dismiss(self, uid: str, started_at: int) -> None:
        """A workflow that is left over is not to be seen again, until the watch shows it anew."""
        with self._lock:
            self._runs.get(uid, {}).pop(started_at, None)

    def last_success(self, check: Check) -> int | None:
        """When the workflow ended that the status names as the last successful one; None if it was not seen."""
        at, name = self._successes.get(check.meta.uid, (0, ""))
        return at if name and name == check.status.last_successful_workflow else None

    def expected(self) -> frozenset[Run]:
        """The runs whose workflows were created and are not shown yet."""
        with self._lock:
            return frozenset((uid, at) for uid, runs in self._runs.items() for at, run in runs.items() if run.expected)

    def _note_success(self, uid: str, item: WorkflowObject) -> None:
        if item.status.phase == "Succeeded":
            ended = (int(seconds_of(item.status.finished_at) or 0), item.metadata.name)
            self._successes[uid] = max(ended, self._successes.get(uid, ended))

    def _run(self, key: Run) -> _Known:
        return self._runs.setdefault(key[0], {}).setdefault(key[1], _Known())

    def _forget_if_over(self, uid: str, started_at: int) -> bool:
        """Whether there was nothing to keep."""
        check, runs = self._checks.get(uid), self._runs[uid]
        last = check.status.started_at if check else None
        if check is None or last is None or started_at > last or self._awaits((uid, started_at)):
            return False
        workflow = runs[started_at].workflow
        if workflow is not None and not has_ended(workflow):
            return False
        del runs[started_at]
        return True

    def _awaits(self, key: Run) -> bool:
        check = self._checks.get(key[0])
        return check is not None and check.status.under_way and check.status.started_at == key[1]


def _earlier(runs: Mapping[int, _Known], last: int | None) -> tuple[tuple[int, WorkflowObject], ...]:
    if last is None:
        return ()
    return tuple((at, run.workflow) for at, run in runs.items() if at < last and run.workflow is not None)


def key_of(item: WorkflowObject) -> Run | None:
    """The check's uid and the run's second, by a workflow's labels; None of a workflow that is no check's run.

    The name must be ours too: what a person submits once more has the labels, and is no run of the check.
    """
    labels = item.metadata.labels or {}
    uid, started_at = labels.get(CHECK_LABEL, ""), labels.get(RUN_LABEL, "")
    if not (uid and _SECOND.fullmatch(started_at)) or labels.get(PART_LABEL) != CHECK:
        return None
    return (uid, int(started_at)) if is_run_name(item.metadata.name, uid, int(started_at)) else None
