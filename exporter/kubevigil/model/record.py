"""A termination as Kubevigil records it: the shape that commands, documents and the store share.

Field names and nesting are public (`kubevigil crashes`, `kubevigil demo --json`). Times are RFC 3339 UTC.
"""

from enum import StrEnum

from msgspec import Struct, field


class TerminationClass(StrEnum):
    """Why a container instance ended. The first four are crashes, the others are not."""

    ERROR = "error"
    OOM = "oom"
    START_ERROR = "start_error"
    EXITED = "exited"
    COMPLETED = "completed"
    GRACEFUL = "graceful"
    EVICTED = "evicted"
    PREEMPTED = "preempted"
    LOST = "lost"
    UNSEEN = "unseen"
    UNKNOWN = "unknown"


CRASHES = frozenset(
    {TerminationClass.ERROR, TerminationClass.OOM, TerminationClass.START_ERROR, TerminationClass.EXITED}
)


class Workload(Struct, frozen=True, gc=False):
    """The owner that a person knows; `name` is '' where only the kind is known. `revision` tells rollouts apart."""

    kind: str
    name: str
    revision: str = ""


class RecordedContainer(Struct, frozen=True, gc=False):
    """The container that ended; `name` is '' where a whole pod ended."""

    name: str
    type: str
    id: str = ""
    image: str = ""
    digest: str = ""
    restart_count: int = 0


class RecordedTermination(Struct, frozen=True, gc=False):
    """How it ended. `exit_code` is None where Kubernetes no longer told; `signal` is a name such as SIGKILL, or ''."""

    class_: TerminationClass = field(name="class")
    observed_at: str
    reason: str = ""
    exit_code: int | None = None
    signal: str = ""
    message: str = ""
    started_at: str | None = None
    finished_at: str | None = None


class Record(Struct, frozen=True, gc=False):
    """One termination. `id` is the SHA-256 of its identity: the same end has the same id, whoever saw it."""

    id: str
    cluster: str
    namespace: str
    pod: str
    pod_uid: str
    node: str
    workload: Workload
    container: RecordedContainer
    termination: RecordedTermination

    @property
    def is_crash(self) -> bool:
        """Whether somebody may have to act."""
        return self.termination.class_ in CRASHES
