"""Records of crashes, for tests."""

from kubevigil.model.record import Record, RecordedContainer, RecordedTermination, TerminationClass, Workload


def crash(
    id_: str,
    *,
    pod: str = "",
    class_: TerminationClass = TerminationClass.ERROR,
    container_id: str = "",
    finished_at: str | None = "2026-11-21T10:00:05Z",
) -> Record:
    return Record(
        id=id_,
        cluster="test",
        namespace="shop",
        pod=pod or id_,
        pod_uid=f"uid-{pod or id_}",
        node="node-1",
        workload=Workload("Deployment", "web"),
        container=RecordedContainer(name="app", type="app", id=container_id or f"containerd://{id_}"),
        termination=RecordedTermination(
            class_=class_,
            observed_at="2026-11-21T10:00:06Z",
            started_at="2026-11-21T10:00:00Z",
            finished_at=finished_at,
        ),
    )
