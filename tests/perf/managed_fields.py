"""A pod's managedFields: who set which field, as the workload's controller and the kubelet leave them behind. Pure."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

Json = dict[str, Any]

_METADATA: Final = """
annotations/. annotations/checksum|config annotations/prometheus.io|port annotations/prometheus.io|scrape
generateName labels/. labels/app.kubernetes.io|instance labels/app.kubernetes.io|managed-by
labels/app.kubernetes.io|name labels/app.kubernetes.io|part-of labels/pod-template-hash ownerReferences/.
"""
_SPEC: Final = """
dnsPolicy enableServiceLinks restartPolicy schedulerName securityContext/. securityContext/fsGroup
securityContext/runAsNonRoot serviceAccount serviceAccountName terminationGracePeriodSeconds
topologySpreadConstraints volumes/. volumes/name=config/. volumes/name=config/configMap/.
volumes/name=config/configMap/defaultMode volumes/name=config/configMap/name volumes/name=config/name
"""
_CONTAINER: Final = """
. args env/. env/name=DATABASE/. env/name=DATABASE/name env/name=DATABASE/valueFrom env/name=POD_NAME/.
env/name=POD_NAME/name env/name=POD_NAME/valueFrom env/name=SERVICE/. env/name=SERVICE/name env/name=SERVICE/value
image imagePullPolicy name ports/. ports/containerPort=8080/. ports/containerPort=8080/containerPort
ports/containerPort=8080/name ports/containerPort=8080/protocol ports/containerPort=9090/.
ports/containerPort=9090/containerPort ports/containerPort=9090/name ports/containerPort=9090/protocol
readinessProbe/. readinessProbe/failureThreshold readinessProbe/httpGet/. readinessProbe/httpGet/path
readinessProbe/httpGet/port readinessProbe/httpGet/scheme readinessProbe/periodSeconds
readinessProbe/successThreshold readinessProbe/timeoutSeconds resources/. resources/limits/. resources/limits/memory
resources/requests/. resources/requests/cpu resources/requests/memory securityContext/.
securityContext/allowPrivilegeEscalation securityContext/capabilities/. securityContext/capabilities/drop
securityContext/readOnlyRootFilesystem terminationMessagePath terminationMessagePolicy volumeMounts/.
volumeMounts/mountPath=config/. volumeMounts/mountPath=config/mountPath volumeMounts/mountPath=config/name
"""
_CONDITION: Final = ". lastProbeTime lastTransitionTime observedGeneration status type"
_STATUS: Final = (
    "containerStatuses hostIP hostIPs observedGeneration phase podIP podIPs/. podIPs/ip=10.42.0.7/. startTime"
)
_CONDITIONS: Final = ("ContainersReady", "Initialized", "PodReadyToStartContainers", "Ready")


def managed_fields(containers: Sequence[str], day: str) -> tuple[Json, ...]:
    """For a pod with these containers."""
    spec = [*_SPEC.split(), *_below("containers", "name", containers, _CONTAINER)]
    status = [*_STATUS.split(), *_below("conditions", "type", _CONDITIONS, _CONDITION)]
    base = {"operation": "Update", "apiVersion": "v1", "fieldsType": "FieldsV1"}
    template = {"f:metadata": _tree(_METADATA.split()), "f:spec": _tree(spec)}
    return (
        {"manager": "kube-controller-manager", "time": f"{day}T06:00:00Z", "fieldsV1": template, **base},
        {
            "manager": "kubelet",
            "time": f"{day}T07:00:00Z",
            "fieldsV1": {"f:status": _tree(status)},
            "subresource": "status",
            **base,
        },
    )


def _below(field: str, key: str, items: Iterable[str], paths: str) -> list[str]:
    return [f"{field}/{key}={item}/{path}" for item in items for path in paths.split()]


def _tree(paths: Iterable[str]) -> Json:
    """Paths as FieldsV1 nests them: `f:` before a field, `k:` before an item's key; | stands for a slash in a name."""
    root: Json = {}
    for path in paths:
        here = root
        for step in path.split("/"):
            here = here.setdefault(_step(step.replace("|", "/")), {})
    return root


def _step(step: str) -> str:
    key, equals, value = step.partition("=")
    if equals:
        return f'k:{{"{key}":"{value}"}}'
    return step if step == "." else f"f:{step}"
