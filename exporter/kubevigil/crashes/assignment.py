"""One crash whose log is to be read: what of its record the reading needs."""

from dataclasses import dataclass
from typing import Self

from kubevigil.model.clock import seconds_of
from kubevigil.model.record import Record


@dataclass(frozen=True, slots=True)
class Assignment:
    """The dead instance, by name and by identity. `assigned_at` is monotonic, the other two are Unix seconds."""

    record_id: str
    namespace: str
    pod: str
    pod_uid: str
    container: str
    container_id: str
    started_at: float | None
    finished_at: float | None
    assigned_at: float

    @classmethod
    def of(cls, record: Record, *, assigned_at: float) -> Self:
        """The assignment that a crash's record makes."""
        return cls(
            record_id=record.id,
            namespace=record.namespace,
            pod=record.pod,
            pod_uid=record.pod_uid,
            container=record.container.name,
            container_id=record.container.id,
            started_at=seconds_of(record.termination.started_at),
            finished_at=seconds_of(record.termination.finished_at),
            assigned_at=assigned_at,
        )

    @property
    def series(self) -> tuple[str, str]:
        """The container of the pod: of its instances, only the newest dead one's log is kept by Kubernetes."""
        return self.pod_uid, self.container

    def before(self, other: "Assignment") -> bool:
        """Whether it is known to have died before `other`; of two deaths in one second that cannot be known."""
        return self.finished_at is not None and other.finished_at is not None and self.finished_at < other.finished_at
