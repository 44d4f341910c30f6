"""Statuses of a container as a real kubelet shows them, by the index of its newest instance."""

from collections.abc import Mapping
from datetime import UTC, datetime

from kubevigil.model.pod import (
    Container,
    ContainerState,
    ContainerStatus,
    ObjectMeta,
    OwnerReference,
    Pod,
    PodSpec,
    PodStatus,
    Running,
    Terminated,
    Waiting,
)

EPOCH = 1_700_000_000


def stamp(seconds: float) -> str:
    return datetime.fromtimestamp(EPOCH + seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def container_id(index: int) -> str:
    return f"containerd://{index:064x}"


def ended(index: int, *, exit_code: int = 1, reason: str = "Error", at: float | None = None) -> Terminated:
    finished = 10.0 * index + 5 if at is None else at
    return Terminated(
        exit_code=exit_code,
        reason=reason,
        started_at=stamp(finished - 3),
        finished_at=stamp(finished),
        container_id=container_id(index),
    )


UNKNOWN_END = Terminated(exit_code=137, reason="ContainerStatusUnknown")


def running(index: int, *, last: Terminated | None = None) -> ContainerStatus:
    return _status(index, ContainerState(running=Running(started_at=stamp(10.0 * index))), last)


def terminated(index: int, *, end: Terminated | None = None, last: Terminated | None = None) -> ContainerStatus:
    return _status(index, ContainerState(terminated=end or ended(index)), last)


def crash_loop(index: int, *, last: Terminated | None = None, reason: str = "CrashLoopBackOff") -> ContainerStatus:
    return _status(index, ContainerState(waiting=Waiting(reason=reason)), last or ended(index))


def never_ran(*, end: Terminated | None = None) -> ContainerStatus:
    return ContainerStatus(name="app", state=ContainerState(terminated=end or UNKNOWN_END))


def _status(index: int, state: ContainerState, last: Terminated | None) -> ContainerStatus:
    return ContainerStatus(
        name="app",
        restart_count=index,
        container_id=container_id(index),
        image="shop/app:1",
        image_id="registry/shop/app@sha256:" + "0" * 64,
        state=state,
        last_state=ContainerState(terminated=last) if last else None,
    )


def pod(
    *statuses: ContainerStatus,
    name: str = "app-7d4b9c6f5-x2x7p",
    uid: str = "uid-1",
    namespace: str = "shop",
    version: int = 1,
    owner: OwnerReference | None = None,
    spec: Mapping[str, object] | None = None,
    status: Mapping[str, object] | None = None,
    meta: Mapping[str, object] | None = None,
) -> Pod:
    return Pod(
        metadata=ObjectMeta(
            name=name,
            uid=uid,
            namespace=namespace,
            resource_version=str(version),
            owner_references=(owner,) if owner else None,
            **(meta or {}),  # type: ignore[arg-type]
        ),
        spec=PodSpec(
            **{  # type: ignore[arg-type]
                "node_name": "node-1",
                "restart_policy": "Always",
                "containers": tuple(Container(name=s.name) for s in statuses),
                **(spec or {}),
            }
        ),
        status=PodStatus(**{"phase": "Running", "container_statuses": statuses, **(status or {})}),  # type: ignore[arg-type]
    )
