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


class CaptureResult(StrEnum):
    """What came of reading a dead container's log. Closed: also the label `result` of the metric."""

    OK = "ok"
    SUPERSEDED = "superseded"
    """Another instance has taken its place; what could be read was, or might have been, that one's."""
    GONE = "gone"
    """Kubernetes had thrown it away, or the pod was deleted."""
    EMPTY = "empty"
    """It is proven that the instance printed nothing."""
    FORBIDDEN = "forbidden"
    TIMEOUT = "timeout"
    ERROR = "error"


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


class RecordedLog(Struct, frozen=True, gc=False):
    """The last words of the instance that died, redacted, or why there are none.

    `bytes` is the size of `text` in UTF-8 when it was captured; `truncated` whether the instance had printed more
    before it; `dropped` whether the text was given up since, by the store's limits.
    """

    result: CaptureResult
    text: str = ""
    bytes: int = 0
    truncated: bool = False
    dropped: bool = False


class RecordedEvent(Struct, frozen=True, gc=False):
    """What Kubernetes said of the pod around its end; `type` is Normal or Warning, `message` redacted."""

    type: str
    reason: str
    message: str
    count: int = 1
    first_at: str | None = None
    last_at: str | None = None
    source: str = ""


class Resources(Struct, frozen=True, gc=False):
    """What the container had asked for and might use, in Kubernetes quantities; '' where nothing was set."""

    cpu_request: str = ""
    cpu_limit: str = ""
    memory_request: str = ""
    memory_limit: str = ""


class DeliveryState(StrEnum):
    """How far a crash has come on its way to a sink. Closed."""

    WAITING = "waiting"
    SENT = "sent"
    DEAD = "dead"
    """The sink refused it for good; `kubevigil crashes replay` has it tried again."""


class Delivery(Struct, frozen=True, gc=False):
    """How far a crash has come on its way to one sink, after how many attempts; `error` is what the last one met."""

    sink: str
    state: DeliveryState
    attempts: int = 0
    error: str = ""


class Evidence(Struct, frozen=True, gc=False):
    """What was gathered about one crash after it was recorded."""

    log: RecordedLog
    events: tuple[RecordedEvent, ...] = ()
    resources: Resources | None = None


class Record(Struct, frozen=True, gc=False):
    """One termination. `log` is None for what is no crash, and until a crash's capture is settled.

    `id` is the SHA-256 of its identity: the same end has the same id, whoever saw it. `delivery` has an entry for each
    sink that a crash was to go to when it was recorded.
    """

    id: str
    cluster: str
    namespace: str
    pod: str
    pod_uid: str
    node: str
    workload: Workload
    container: RecordedContainer
    termination: RecordedTermination
    log: RecordedLog | None = None
    events: tuple[RecordedEvent, ...] = ()
    resources: Resources | None = None
    delivery: tuple[Delivery, ...] = ()

    @property
    def is_crash(self) -> bool:
        """Whether somebody may have to act."""
        return self.termination.class_ in CRASHES
