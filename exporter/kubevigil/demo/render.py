"""A pod as the API shows it: the JSON of metadata, spec and status, with the bulk of a real one. Pure.

The status is rendered apart, since a silent kubelet leaves the last one standing.
Source of shapes: Kubernetes API reference, core/v1 Pod, and pods of a real cluster.
"""

from datetime import UTC, datetime
from typing import Final

from kubevigil.demo.container import Container, Ended, Running, State
from kubevigil.demo.identity import digest_of
from kubevigil.demo.plan import ContainerPlan, PodPlan, Role
from kubevigil.demo.pod import Condition, Pod

Json = dict[str, object]

_TOKEN_MOUNT: Final[Json] = {
    "name": "kube-api-access",
    "readOnly": True,
    "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount",
}
_TOLERATIONS: Final = [
    {"key": f"node.kubernetes.io/{key}", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
    for key in ("not-ready", "unreachable")
]

_CONTAINER_FIELDS: Final[Json] = {
    ".": {},
    "f:image": {},
    "f:imagePullPolicy": {},
    "f:name": {},
    "f:resources": {},
}
_CONDITION_FIELDS: Final[Json] = {".": {}, "f:lastTransitionTime": {}, "f:status": {}, "f:type": {}}


def stamp(seconds: float | None) -> str | None:
    """The moment as the API writes it: RFC 3339 UTC, cut to seconds."""
    return None if seconds is None else f"{datetime.fromtimestamp(int(seconds), UTC):%Y-%m-%dT%H:%M:%SZ}"


def pod_json(pod: Pod, version: int, status: Json) -> Json:
    """The whole object. `status` is what `status_json` made, now or earlier."""
    return {
        "metadata": _metadata(pod, version),
        "spec": _spec(pod.plan, placed=pod.scheduled_at is not None),
        "status": status,
    }


def status_json(pod: Pod) -> Json:
    """The status that the kubelet would report now."""
    status: Json = {
        "phase": pod.phase(),
        "conditions": [_condition(type_, c) for type_, c in pod.conditions.items()],
        "qosClass": "Burstable",
    }
    if pod.failure:
        status["reason"], status["message"] = pod.failure
    if pod.scheduled_at is None:
        return status
    status |= {"hostIP": "10.0.0.11", "startTime": stamp(pod.scheduled_at)}
    inits = pod.of_role(Role.INIT, Role.SIDECAR)
    if inits:
        status["initContainerStatuses"] = [_container_status(c) for c in inits]
    status["containerStatuses"] = [_container_status(c) for c in pod.of_role(Role.APP)]
    return status


def _metadata(pod: Pod, version: int) -> Json:
    plan = pod.plan
    meta: Json = {
        "name": plan.ref.name,
        "namespace": plan.ref.namespace,
        "uid": pod.uid,
        "resourceVersion": str(version),
        "creationTimestamp": stamp(pod.created_at),
        "labels": plan.labels,
        "annotations": plan.annotations,
        "managedFields": _managed_fields(pod),
    }
    if pod.deletion:
        meta["deletionTimestamp"] = stamp(pod.deletion.asked + pod.deletion.grace)
        meta["deletionGracePeriodSeconds"] = pod.deletion.grace
    if plan.owner:
        meta["generateName"] = f"{plan.owner.name}-"
        meta["ownerReferences"] = [
            {
                "apiVersion": plan.owner.api_version,
                "kind": plan.owner.kind,
                "name": plan.owner.name,
                "uid": digest_of(plan.owner.name)[7:43],
                "controller": True,
                "blockOwnerDeletion": True,
            }
        ]
    return meta


def _managed_fields(pod: Pod) -> list[Json]:
    containers: Json = {f'k:{{"name":"{c.name}"}}': _CONTAINER_FIELDS for c in pod.plan.containers}
    conditions: Json = {f'k:{{"type":"{type_}"}}': _CONDITION_FIELDS for type_ in pod.conditions}
    labels: Json = {f"f:{key}": {} for key in pod.plan.labels}
    spec: Json = {"f:metadata": {"f:labels": labels}, "f:spec": {"f:containers": containers}}
    status: Json = {"f:conditions": conditions, "f:containerStatuses": {}, "f:phase": {}, "f:startTime": {}}
    common: Json = {"operation": "Update", "apiVersion": "v1", "time": stamp(pod.created_at), "fieldsType": "FieldsV1"}
    return [
        common | {"manager": "kube-controller-manager", "fieldsV1": spec},
        common | {"manager": "kubelet", "fieldsV1": {"f:status": status}, "subresource": "status"},
    ]


def _spec(plan: PodPlan, *, placed: bool) -> Json:
    spec: Json = {
        "volumes": [{"name": "kube-api-access", "projected": {"defaultMode": 420, "sources": []}}],
        "containers": [_container(c) for c in plan.containers if c.role is Role.APP],
        "restartPolicy": plan.restart_policy,
        "terminationGracePeriodSeconds": 30,
        "dnsPolicy": "ClusterFirst",
        "serviceAccountName": "default",
        "serviceAccount": "default",
        "securityContext": {},
        "schedulerName": "default-scheduler",
        "tolerations": _TOLERATIONS,
        "priority": 0,
        "enableServiceLinks": True,
        "preemptionPolicy": "PreemptLowerPriority",
    }
    if placed:
        spec["nodeName"] = plan.node
    inits = [_container(c) for c in plan.containers if c.role is not Role.APP]
    if inits:
        spec["initContainers"] = inits
    return spec


def _container(plan: ContainerPlan) -> Json:
    spec: Json = {
        "name": plan.name,
        "image": plan.image,
        "resources": {"limits": {"memory": plan.memory}, "requests": {"cpu": "50m", "memory": plan.memory}},
        "volumeMounts": [_TOKEN_MOUNT],
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
        "imagePullPolicy": "IfNotPresent",
    }
    if plan.command:
        spec["command"] = list(plan.command)
    if plan.env:
        spec["env"] = [{"name": name, "value": value} for name, value in plan.env]
    if plan.role is Role.SIDECAR:
        spec["restartPolicy"] = "Always"
    return spec


def _condition(type_: str, condition: Condition) -> Json:
    shown: Json = {
        "type": type_,
        "status": "True" if condition.status else "False",
        "lastProbeTime": None,
        "lastTransitionTime": stamp(condition.since),
    }
    return (
        shown
        | ({"reason": condition.reason} if condition.reason else {})
        | ({"message": condition.message} if condition.message else {})
    )


def _container_status(container: Container) -> Json:
    created = bool(container.container_id)
    status: Json = {
        "name": container.plan.name,
        "state": _state(container.state),
        "lastState": _state(container.last) if container.last else {},
        "ready": container.running,
        "started": container.running,
        "restartCount": container.restart_count,
        "image": container.plan.image,
        "imageID": _image_id(container.plan.image) if created else "",
    }
    if created:
        status["containerID"] = container.container_id
    return status


def _image_id(image: str) -> str:
    return f"{image.rsplit(':', 1)[0]}@{digest_of(image)}"


def _state(state: State) -> Json:
    if isinstance(state, Running):
        return {"running": {"startedAt": stamp(state.started_at)}}
    if isinstance(state, Ended):
        return {"terminated": _terminated(state)}
    return {"waiting": {"reason": state.reason} | ({"message": state.message} if state.message else {})}


def _terminated(end: Ended) -> Json:
    shown: Json = {
        "exitCode": end.exit_code,
        "reason": end.reason,
        "startedAt": stamp(end.started_at),
        "finishedAt": stamp(end.finished_at),
    }
    return (
        shown
        | ({"message": end.message} if end.message else {})
        | ({"containerID": end.container_id} if end.container_id else {})
    )
