"""What goes wrong in the tests of alerts: workloads that crash all at once and get well with a new version.

Most are played by KWOK, more than a real node could hold; a few are real.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from .cluster import TESTBED, Kubectl, component
from .played_storm import NODE

_DEATHS: Final = "kubevigil.test/deaths"


@contextmanager
def played_node(kubectl: Kubectl) -> Iterator[None]:
    """KWOK and its node; the real one stays."""
    component("start", "kwok")
    try:
        kubectl.apply(TESTBED / "manifests/kwok-node.yaml")
        kubectl("wait", "--for=condition=Ready", f"node/{NODE}", "--timeout=30s")
        yield
        kubectl("delete", "node", NODE)
    finally:
        component("kill", "kwok")


def played(names: list[str], *, pods: int, deaths: int) -> str:
    """A manifest: Deployments on KWOK's node, each of so many pods, of which each dies so often and stays dead."""
    template: dict[str, Any] = {
        "annotations": {_DEATHS: str(deaths)},
        "spec": {
            "nodeName": NODE,
            "terminationGracePeriodSeconds": 0,
            "automountServiceAccountToken": False,
            "containers": [{"name": "app", "image": "shop/app:1"}],
        },
    }
    return _deployments(names, pods, template)


def crashing(name: str, *, pods: int, code: int, annotations: dict[str, str]) -> str:
    """A manifest: a Deployment on the real node, of which containers end with that code after a second."""
    command = ["sh", "-c", f"sleep 1; echo 'the last words'; exit {code}"]
    template = {
        "annotations": annotations,
        "spec": {
            "terminationGracePeriodSeconds": 0,
            "containers": [{"name": "app", "image": "kubevigil.test/busybox:1", "command": command}],
        },
    }
    return _deployments([name], pods, template)


def _deployments(names: list[str], pods: int, template: dict[str, Any]) -> str:
    items = [
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": name},
            "spec": {
                "replicas": pods,
                "strategy": {"type": "Recreate"},
                "selector": {"matchLabels": {"app": name}},
                "template": {
                    "metadata": {"labels": {"app": name}, "annotations": template["annotations"]},
                    "spec": template["spec"],
                },
            },
        }
        for name in names
    ]
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": items})


def make_well(namespace: Kubectl, names: list[str]) -> None:
    """A new version of each of these Deployments, of which no pod dies."""
    well = {
        "metadata": {"annotations": {_DEATHS: None}},
        "spec": {"containers": [{"name": "app", "command": ["sleep", "3600"]}]},
    }
    patch = json.dumps({"spec": {"template": well}})
    for name in names:
        namespace("patch", "deployment", name, "--type=strategic", f"--patch={patch}")


def all_dead(namespace: Kubectl, deaths: int) -> bool:
    """Whether all containers of all pods have died so often and wait."""
    pods = namespace.json("get", "pods")["items"]
    statuses = [status for pod in pods for status in pod["status"].get("containerStatuses", [])]
    wanted = sum(item["spec"]["replicas"] for item in namespace.json("get", "deployments")["items"])
    done = [status for status in statuses if "waiting" in status["state"] and status["restartCount"] == deaths - 1]
    return bool(wanted == len(done))


def all_well(namespace: Kubectl) -> bool:
    """Whether all Deployments have their pods, of the newest version, ready."""
    return all(
        item["status"].get("observedGeneration", 0) >= item["metadata"]["generation"]
        and item["spec"]["replicas"]
        == item["status"].get("updatedReplicas", 0)
        == item["status"].get("readyReplicas", 0)
        == item["status"].get("replicas", 0)
        for item in namespace.json("get", "deployments")["items"]
    )
