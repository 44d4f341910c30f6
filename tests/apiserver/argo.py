"""A stand-in for Argo's controller on a real API server: it sees workflows and tells how they end, without a pod.

The entrypoint of a workflow says how it ends; the real controller is in the testbed.
"""

import json
import time
from typing import Any, Self

from kubevigil.healthchecks.resources import WorkflowObject
from kubevigil.kube.connection import Connection
from kubevigil.kube.errors import KubeError

from .checks_watch import Watch

Object = dict[str, Any]

CRD: Object = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "workflows.argoproj.io"},
    "spec": {
        "group": "argoproj.io",
        "names": {"kind": "Workflow", "plural": "workflows", "singular": "workflow", "shortNames": ["wf"]},
        "scope": "Namespaced",
        "versions": [
            {
                "name": "v1alpha1",
                "served": True,
                "storage": True,
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {
                            part: {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
                            for part in ("spec", "status")
                        },
                    }
                },
            }
        ],
    },
}
"""As Argo's: without a status sub-resource, and open."""


class Argo:
    """Ends each workflow as the entrypoint of its spec says: `succeed`, `fail`, `error`, `hang`; leaves others."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.created: list[tuple[str, str, str]] = []
        """Namespace and name of every workflow that was seen, and the second of its run; once each."""
        self._known: set[str] = set()
        self._watch = Watch(connection, "/apis/argoproj.io/v1alpha1/workflows", WorkflowObject, self._seen)

    def __enter__(self) -> Self:
        self._watch.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._watch.__exit__()

    def _seen(self, item: WorkflowObject) -> None:
        meta = item.metadata
        if meta.uid in self._known:
            return
        self._known.add(meta.uid)
        self.created.append(
            (meta.namespace, meta.name, (meta.labels or {}).get("kubevigil.io/healthcheck-started", ""))
        )
        path = f"/apis/argoproj.io/v1alpha1/namespaces/{meta.namespace}/workflows/{meta.name}"
        try:
            self._play(path)
        except KubeError:  # it has been deleted since
            return

    def _play(self, path: str) -> None:
        whole = json.loads(self._connection.get_bytes(path))
        status = _ends().get(whole["spec"].get("entrypoint", "succeed"))
        if status is not None:  # as one of another test's, which shares the server, may be
            self._connection.patch(path, json.dumps({"status": status}).encode())


def _ends() -> dict[str, Object]:
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    ended = {"startedAt": now, "finishedAt": now}
    return {
        "succeed": {"phase": "Succeeded", **ended},
        "fail": {"phase": "Failed", "message": "main: Error (exit code 7)", **ended},
        "error": {"phase": "Error", "message": "no such template", **ended},
        "hang": {"phase": "Running", "startedAt": now},
    }
