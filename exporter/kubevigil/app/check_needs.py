"""What a HealthCheck needs around it: somebody who looks after it, Argo, and settings of the exporter."""

from collections.abc import Iterator, Mapping
from typing import Protocol
from urllib.parse import urlsplit

from kubevigil.app.check_leadership import Leadership
from kubevigil.healthchecks.findings import Finding
from kubevigil.healthchecks.spec import File, Level, Spec, Url, WorkflowSpec
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
    for key, part in (("workflow", spec.workflow), ("remedyworkflow", spec.remedy)):
        if part is not None:
            yield from _needs_of_part(f"spec.{key}", part, namespace)
            if part.rules:
                yield Finding(f"spec.{key}.rbacRules", f"need {_rights(spec.level, part)}")
    if spec.remedy and spec.remedy.service_account and not spec.remedy.rules:
        yield Finding("spec.remedyworkflow", f"needs {_rights(spec.level, spec.remedy)}")
    if spec.level is Level.CLUSTER and not spec.workflow.rules:
        yield Finding("spec.level", f"needs {_rights(spec.level, spec.workflow)}")


def _needs_of_part(path: str, part: WorkflowSpec, namespace: str) -> Iterator[Finding]:
    if part.namespace != namespace:
        wanted = f"needs the exporter's checks.workflow_namespaces to name {part.namespace}"
        yield Finding(f"{path}.resource.namespace", wanted)
    match part.source:
        case Url(address):
            host = _host(address)
            yield Finding(f"{path}.resource.source.url", f"needs the exporter's checks.url_hosts to name {host}")
        case File():
            yield Finding(f"{path}.resource.source.file", "needs the exporter's checks.templates_dir")
        case _:
            pass


def _rights(level: Level, part: WorkflowSpec) -> str:
    account = part.service_account or "default"
    return f"the exporter's checks.rbac to be {level}, or service account {account} to have its rights already"


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or "its host"
    except ValueError:
        return "its host"
