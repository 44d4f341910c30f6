"""The two kinds of run that a check has, its own and its remedy's, by its spec and its status.

They are looked after alike: each is known by the second of its beginning, which stands in the status before its
workflow is asked for.
"""

from dataclasses import dataclass

from kubevigil.healthchecks.manifest import CHECK, run_name
from kubevigil.healthchecks.resources import WorkflowObject
from kubevigil.healthchecks.results import has_ended
from kubevigil.healthchecks.spec import DEFAULT_TIMEOUT, Spec, WorkflowSpec
from kubevigil.healthchecks.status import Status
from kubevigil.model.clock import seconds_of


@dataclass(frozen=True, slots=True)
class Course:
    """The latest run of one kind. `part` is what the spec says of it now, None where that cannot work, or has none.

    Moments are Unix seconds; `limit` is how many a run may take, None where the spec does not say it.
    """

    kind: str
    part: WorkflowSpec | None
    limit: int | None
    started_at: int | None
    finished_at: int | None
    under_way: bool

    @property
    def timeout(self) -> int:
        """Seconds that a run may take."""
        return DEFAULT_TIMEOUT if self.limit is None else self.limit

    def name(self, uid: str, started_at: int) -> str:
        """The name of the workflow of the check's run of that second; '' where the spec cannot say it."""
        return run_name(self.part, uid, started_at, self.kind) if self.part else ""


def course_of(kind: str, spec: Spec | None, status: Status) -> Course:
    """The latest run of that kind."""
    if kind == CHECK:
        part, limit = (spec.workflow, spec.timeout) if spec else (None, None)
        return Course(kind, part, limit, status.started_at, status.finished_at, status.under_way)
    part, limit = (spec.remedy, spec.remedy_timeout) if spec and spec.remedy else (None, None)
    return Course(kind, part, limit, status.remedy_triggered_at, status.remedy_finished_at, status.remedy_under_way)


def left_over(course: Course, started_at: int, workflow: WorkflowObject) -> bool:
    """Whether nobody waits any more for the workflow of the run of that second, and it has not ended.

    So it is when a run took too long, or its creation came too late. What a person runs once more (`argo retry`)
    begins after the run had its outcome, and is his. That is known of the latest run alone, so of earlier ones only
    what Argo never touched is left over; its deadline ends the rest.
    """
    if course.started_at is None or has_ended(workflow) or workflow.metadata.deletion_timestamp:
        return False
    if started_at == course.started_at and not course.under_way:
        began = seconds_of(workflow.status.started_at)
        return not workflow.status.phase or (began is not None and began < (course.finished_at or 0))
    return started_at < course.started_at and not workflow.status.phase
