import pytest

from kubevigil.model.pod import Labels, OwnerReference
from kubevigil.model.record import Workload
from kubevigil.pods.workloads import counted_name, workload_of

from .statuses import pod


def owned(kind: str, name: str, *, controller: bool = True) -> OwnerReference:
    return OwnerReference(kind=kind, name=name, controller=controller)


@pytest.mark.parametrize(
    ("owner", "labels", "expected"),
    [
        (
            owned("ReplicaSet", "web-7d4b9c6f5"),
            Labels(pod_template_hash="7d4b9c6f5"),
            Workload("Deployment", "web", "7d4b9c6f5"),
        ),
        (
            owned("ReplicaSet", "web-66b9"),
            Labels(rollouts_pod_template_hash="66b9"),
            Workload("Rollout", "web", "66b9"),
        ),
        (owned("ReplicaSet", "web"), None, Workload("ReplicaSet", "web")),
        (owned("ReplicaSet", "web-other"), Labels(pod_template_hash="7d4b"), Workload("ReplicaSet", "web-other")),
        (owned("Job", "report-29400001"), None, Workload("CronJob", "report")),
        (owned("Job", "import-2024"), None, Workload("Job", "import-2024")),
        (owned("StatefulSet", "db"), Labels(controller_revision_hash="db-5f"), Workload("StatefulSet", "db", "db-5f")),
        (owned("DaemonSet", "agent"), None, Workload("DaemonSet", "agent")),
        (owned("Node", "node-1"), None, Workload("Node", "node-1")),
        (owned("ReplicaSet", "web-1", controller=False), None, Workload("Pod", "bare")),
        (None, None, Workload("Pod", "bare")),
    ],
)
def test_the_workload_is_the_owner_that_a_person_knows(
    owner: OwnerReference | None, labels: Labels | None, expected: Workload
) -> None:
    assert workload_of(pod(name="bare", owner=owner, meta={"labels": labels})) == expected


@pytest.mark.parametrize(
    ("kind", "name"),
    [("Deployment", "x"), ("CronJob", "x"), ("Rollout", "x"), ("Job", ""), ("Pod", ""), ("ReplicaSet", "")],
)
def test_a_counter_names_only_workloads_that_live_long(kind: str, name: str) -> None:
    assert counted_name(Workload(kind, "x")) == name
