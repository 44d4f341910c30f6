"""What a HealthCheck needs around it: somebody who looks after it, Argo, and settings of the exporter."""

from collections.abc import Iterator, Mapping
from typing import Protocol
from urllib.parse import urlsplit

from kubevigil.app.check_leadership import Leadership
from kubevigil.healthchecks.findings import Finding
from kubevigil.healthchecks.spec import File, Spec, Url
from kubevigil.healthchecks.writing import WORKFLOWS
from kubevigil.kube.errors import KubeError, NotFound


class Api(Protocol):
    """What is needed of a `Connection`."""

    def get_bytes(self, path: str, query: Mapping[str, str]) -> bytes:
        """The body of a GET. Raises KubeError."""


def knows_workflows(api: Api) -> bool:
    """Whether the cluster has Argo's resource; taken for granted where it does not tell."""
    try:
        api.get_bytes(WORKFLOWS, {})
    except NotFound:
        return False
    except KubeError:
        return True
    return True


def lacks_of_cluster(leadership: Leadership, *, workflows: bool) -> Iterator[str]:
    """What is missing for any check to run."""
    if leadership.leader is None and not leadership.unknown:
        yield "no exporter looks after health checks: kubevigil run --healthchecks=on says why it does not"
    if not workflows:
        yield "the cluster knows no workflows: install Argo Workflows"


def needs_of(spec: Spec, namespace: str) -> Iterator[Finding]:
    """The settings of the exporter without which this check, of that namespace, cannot run.

    Whether it has them only it knows.
    """
    if spec.workflow.namespace != namespace:
        wanted = f"needs the exporter's checks.workflow_namespaces to name {spec.workflow.namespace}"
        yield Finding("spec.workflow.resource.namespace", wanted)
    match spec.workflow.source:
        case Url(address):
            host = _host(address)
            yield Finding("spec.workflow.resource.source.url", f"needs the exporter's checks.url_hosts to name {host}")
        case File():
            yield Finding("spec.workflow.resource.source.file", "needs the exporter's checks.templates_dir")
        case _:
            pass
    if spec.remedy:
        yield Finding("spec.remedyworkflow", "is kept, and not run yet")


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or "its host"
    except ValueError:
        return "its host"
