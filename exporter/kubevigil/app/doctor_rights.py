"""Asks the API server what the exporter's account may do."""

from collections.abc import Sequence

import msgspec

from kubevigil.app.doctor_cluster import Cluster
from kubevigil.app.settings import Settings
from kubevigil.doctor import rights
from kubevigil.doctor.answer import Answer, skipped
from kubevigil.doctor.rights import Review, Right
from kubevigil.kube.errors import Forbidden

_INSIDE = "ask as one who may create subjectaccessreviews, or in its pod: kubectl -n {} exec {} -- kubevigil doctor"


def answer(cluster: Cluster, settings: Settings, namespace: str) -> Answer:
    """Whether the exporter may do what it needs, in `namespace` alone if that is given. Raises KubeError."""
    pod = next((pod for pod in cluster.pods if pod.runs), None) if not cluster.api.of_a_pod else None
    if pod is None and not cluster.api.of_a_pod:
        return skipped(rights.CHECK, "no pod of the exporter is seen, so its account is not known")
    account = f"{pod.metadata.namespace}/{pod.spec.service_account_name}" if pod else ""
    who = f"the service account {account}" if account else "this pod's account"
    try:
        return rights.judge(
            who, {right: _allowed(cluster, right, account) for right in _needed(cluster, settings, namespace)}
        )
    except Forbidden as error:
        fix = _INSIDE.format(pod.metadata.namespace, pod.metadata.name) if pod else ""
        return skipped(rights.CHECK, f"you may not {error.verb} {error.resource}, which tells what {who} may do", fix)


def _needed(cluster: Cluster, settings: Settings, namespace: str) -> Sequence[Right]:
    namespaces = (namespace,) if namespace else settings.namespaces
    runs_checks = settings.healthchecks != "off" and bool(cluster.health_checks)
    return list(rights.needed(namespaces, capture=settings.capture != "off", healthchecks=runs_checks))


def _allowed(cluster: Cluster, right: Right, account: str) -> bool:
    body = msgspec.json.encode(rights.review(right, account))
    return msgspec.json.decode(cluster.api.post(rights.review_path(account), body), type=Review).status.allowed
