"""The writes of the controller, as requests: a check's status, its workflows.

A status is written as a merge patch that names the version it was decided on, so that of two who decide at once one
is refused and looks again.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

import msgspec
from msgspec import Struct, field

from kubevigil.healthchecks.manifest import CHECK_LABEL, RUN_LABEL
from kubevigil.healthchecks.resources import HealthCheckObject, Meta, WorkflowObject
from kubevigil.kube.errors import NotFound
from kubevigil.kube.writing import encoded

CHECKS: Final = "/apis/activemonitor.keikoproj.io/v1alpha1"
WORKFLOWS: Final = "/apis/argoproj.io/v1alpha1"

_CHECK: Final = msgspec.json.Decoder(HealthCheckObject)


class _Workflows(Struct):
    items: list[WorkflowObject] = field(default_factory=list)


_WORKFLOWS: Final = msgspec.json.Decoder(_Workflows)


class Api(Protocol):
    """What the controller needs of a connection. Each raises the KubeError of the answer."""

    def get_bytes(self, path: str, query: Mapping[str, str] | None = None) -> bytes:
        """The body of a GET."""

    def post(self, path: str, body: bytes) -> bytes:
        """Creates."""

    def patch(self, path: str, body: bytes) -> bytes:
        """Changes by a JSON merge patch."""

    def delete(self, path: str, body: bytes) -> bytes:
        """Deletes."""


class Writer:
    """Thread-safe."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def check(self, meta: Meta) -> HealthCheckObject:
        """The check as it is now. Raises KubeError."""
        return _CHECK.decode(self._api.get_bytes(_path(CHECKS, meta, "healthchecks")))

    def status(self, meta: Meta, changes: dict[str, Any]) -> HealthCheckObject:
        """Changes the status of the very version that `meta` names; the check as it is then. Raises KubeError."""
        body = {"metadata": {"resourceVersion": meta.resource_version, "uid": meta.uid}, "status": changes}
        path = _path(CHECKS, meta, "healthchecks") + "/status"
        return _CHECK.decode(self._api.patch(path, encoded(body)))

    def workflows(self, uid: str, started_at: int, namespaces: Sequence[str]) -> list[WorkflowObject]:
        """The workflows of a run, wherever they are; in these namespaces where they are named. Raises KubeError."""
        query = {"labelSelector": f"{CHECK_LABEL}={uid},{RUN_LABEL}={started_at}"}
        paths = [f"{WORKFLOWS}/namespaces/{namespace}/workflows" for namespace in namespaces]
        found: list[WorkflowObject] = []
        for path in paths or [f"{WORKFLOWS}/workflows"]:
            try:
                found += _WORKFLOWS.decode(self._api.get_bytes(path, query)).items
            except NotFound:  # no such API: then there is none
                return found
        return found

    def create(self, namespace: str, workflow: dict[str, Any]) -> None:
        """Creates a workflow. Raises KubeError: Conflict where there is one of that name."""
        self._api.post(f"{WORKFLOWS}/namespaces/{namespace}/workflows", encoded(workflow))

    def delete_workflow(self, meta: Meta) -> None:
        """Deletes the very version of a workflow that `meta` names. Raises KubeError: Conflict if it has changed."""
        seen = {"uid": meta.uid, "resourceVersion": meta.resource_version}
        self._api.delete(_path(WORKFLOWS, meta, "workflows"), encoded({"preconditions": seen}))


def _path(group: str, meta: Meta, resource: str) -> str:
    return f"{group}/namespaces/{meta.namespace}/{resource}/{meta.name}"
