"""The workload that a person knows, read off the pod alone: no further watch, no further rights.

A ReplicaSet is named <Deployment>-<pod-template-hash> by the Deployment controller, a Job <CronJob>-<minutes since
the epoch> by the CronJob controller; what is left after cutting that off is the owner's name.
"""

import re

from kubevigil.model.pod import ObjectMeta, OwnerReference, Pod
from kubevigil.model.record import Workload

_CRON_JOB_SUFFIX = re.compile(r"(?P<name>.+)-\d{8,10}")
"""The scheduled minute since 1970: eight digits from 1989 to 2160 (CronJob controller, `getJobName`)."""

NAMED_KINDS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "CronJob", "Rollout"})
"""Kinds whose objects live long; only these put their name into a counter, so that its series stay bounded."""


def workload_of(pod: Pod) -> Workload:
    """The pod's workload; a pod that nobody owns is its own."""
    meta = pod.metadata
    owner = next((o for o in meta.owner_references or () if o.controller), None)
    if owner is None:
        return Workload(kind="Pod", name=meta.name)
    if owner.kind == "ReplicaSet":
        return _of_replica_set(owner, meta)
    if owner.kind == "Job" and (match := _CRON_JOB_SUFFIX.fullmatch(owner.name)):
        return Workload(kind="CronJob", name=match["name"])
    revision = (meta.labels and meta.labels.controller_revision_hash) or ""
    return Workload(kind=owner.kind, name=owner.name, revision=revision)


def _of_replica_set(owner: OwnerReference, meta: ObjectMeta) -> Workload:
    labels = meta.labels
    for kind, revision in (
        ("Deployment", labels and labels.pod_template_hash),
        ("Rollout", labels and labels.rollouts_pod_template_hash),
    ):
        if revision and owner.name.endswith(f"-{revision}"):
            return Workload(kind=kind, name=owner.name.removesuffix(f"-{revision}"), revision=revision)
    return Workload(kind="ReplicaSet", name=owner.name)


def counted_name(workload: Workload) -> str:
    """The workload's name as a counter may carry it: '' for kinds whose objects come and go."""
    return workload.name if workload.kind in NAMED_KINDS else ""
