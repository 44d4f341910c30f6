"""What is known of checks and workflows: written by the watches' threads, read by the workers.

Objects never go back in time: of two versions the newer stays, whether it came by a watch or as the answer to a write
of ours. A check's workflows are known by the labels they were made with.
"""

from collections.abc import Callable, Iterable
from threading import Lock
from typing import Final

from kubevigil.healthchecks.asking import asked_of
from kubevigil.healthchecks.manifest import CHECK, CHECK_LABEL, PART_LABEL, RUN_LABEL
from kubevigil.healthchecks.reconcile import Check, Sight
from kubevigil.healthchecks.resources import HealthCheckObject, WorkflowObject
from kubevigil.healthchecks.results import has_ended
from kubevigil.healthchecks.spec import judge
from kubevigil.healthchecks.status import status_of
from kubevigil.kube.reflector import newer
from kubevigil.model.clock import seconds_of

PAUSED: Final = "kubevigil.io/paused"
"""The annotation that pauses a check."""


Run = tuple[str, str]
"""A check's uid and the Unix second of a run's beginning, as workflows are labelled."""


def check_of(item: HealthCheckObject) -> Check:
    """The check that an object describes."""
    meta = item.metadata
    return Check(
        meta=meta,
        judged=judge(item.spec),
        status=status_of(item.status),
        created=int(seconds_of(meta.creation_timestamp) or 0),
        paused=(meta.annotations or {}).get(PAUSED, "") not in {"", "false"},
        asked=asked_of(meta.annotations),
    )


class Picture:
    """The checks and their workflows. `touched` is called with the uid of a check after something of it changed."""

    def __init__(self, touched: Callable[[str], None]) -> None:
        self._touched = touched
        self._lock = Lock()
        self._checks: dict[str, Check] = {}
        self._workflows: dict[Run, WorkflowObject] = {}
        self._gone: set[Run] = set()
        self._expected: set[Run] = set()
        self._untried: dict[Run, int] = {}
        self._certain: set[Run] = set()

    def check(self, uid: str) -> Check | None:
        """The check with that uid."""
        with self._lock:
            return self._checks.get(uid)

    def checks(self) -> list[Check]:
        """All of them."""
        with self._lock:
            return list(self._checks.values())

    def sight(self, check: Check) -> Sight | None:
        """The workflow of the run under way; None while one that was created is not shown yet."""
        key = (check.meta.uid, str(check.status.started_at))
        with self._lock:
            workflow = self._workflows.get(key)
            if workflow is None and key in self._expected:
                return None
            untried = self._untried.get(key) == check.meta.generation
            return Sight(workflow, gone=key in self._gone, untried=untried, certain=key in self._certain)

    def put_check(self, item: HealthCheckObject) -> Check:
        """An object as it was shown, or answered; the newest there is."""
        with self._lock:
            known = self._checks.get(item.metadata.uid)
            if (
                known is None
                or newer(known.meta.resource_version, item.metadata.resource_version) != known.meta.resource_version
            ):
                known = self._checks[item.metadata.uid] = check_of(item)
        self._touched(item.metadata.uid)
        return known

    def drop_check(self, uid: str) -> None:
        """The check is gone, and with it what is known of its runs."""
        with self._lock:
            self._checks.pop(uid, None)
            for key in {key for known in (self._gone, self._expected, self._certain, self._untried) for key in known}:
                if key[0] == uid:
                    self._forget(key)
        self._touched(uid)

    def began(self, check: Check) -> None:
        """This process wrote the beginning of the check's run, and has not asked for a workflow yet."""
        with self._lock:
            self._untried[check.meta.uid, str(check.status.started_at)] = check.meta.generation

    def trying(self, uid: str, started_at: int) -> None:
        """A workflow is about to be asked for: until the answer, or another look, nobody knows whether it is there."""
        key = (uid, str(started_at))
        with self._lock:
            self._untried.pop(key, None)
            self._certain.discard(key)

    def looked(self, uid: str, started_at: int, found: Iterable[WorkflowObject]) -> None:
        """These are the workflows of the run, read past every cache."""
        for item in found:
            self.put_workflow(item)
        with self._lock:
            self._certain.add((uid, str(started_at)))

    def expect(self, uid: str, started_at: int) -> None:
        """The workflow of a run was created; the watch will show it."""
        key = (uid, str(started_at))
        with self._lock:
            if key not in self._workflows and key not in self._gone:
                self._expected.add(key)

    def put_workflow(self, item: WorkflowObject) -> None:
        """A workflow as it was shown."""
        key = key_of(item)
        if key is None:
            return
        with self._lock:
            self._workflows[key] = item
            self._expected.discard(key)
            self._gone.discard(key)
        self._touched(key[0])

    def drop_workflow(self, key: Run) -> None:
        """A workflow was deleted. One that had ended, and whose end is not settled, is kept: its result counts."""
        with self._lock:
            known = self._workflows.get(key)
            if known is None or not has_ended(known) or not self._awaits(key):
                self._workflows.pop(key, None)
            self._expected.discard(key)
            self._gone.add(key)
        self._touched(key[0])

    def expected(self) -> frozenset[Run]:
        """The runs whose workflows were created and are not shown yet."""
        with self._lock:
            return frozenset(self._expected)

    def settled(self, uid: str, started_at: int | None) -> None:
        """A run has its outcome: what was remembered of it is not needed any more."""
        with self._lock:
            self._workflows.pop((uid, str(started_at)), None)
            self._forget((uid, str(started_at)))

    def _forget(self, key: Run) -> None:
        self._gone.discard(key)
        self._expected.discard(key)
        self._certain.discard(key)
        self._untried.pop(key, None)

    def _awaits(self, key: Run) -> bool:
        check = self._checks.get(key[0])
        return check is not None and check.status.under_way and str(check.status.started_at) == key[1]


def key_of(item: WorkflowObject) -> Run | None:
    """The check's uid and the run's second, by a workflow's labels; None of a workflow that is no check's run."""
    labels = item.metadata.labels or {}
    uid, started_at = labels.get(CHECK_LABEL, ""), labels.get(RUN_LABEL, "")
    return (uid, started_at) if uid and started_at and labels.get(PART_LABEL) == CHECK else None
