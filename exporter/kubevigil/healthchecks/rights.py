"""The service accounts that the exporter makes for checks, and what each may do: a function of the checks there are.

Names and labels are the predecessor's. A second label says that an object is ours, and for which namespace: what does
not have it is somebody else's, and is never changed.

Argo's executor gets its own right by a Role, whatever the level and the rules: for the whole cluster it could tell
results of other people's workflows.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from kubevigil.healthchecks.findings import Finding
from kubevigil.healthchecks.manifest import CHECK, REMEDY, BadTemplate
from kubevigil.healthchecks.rights_rules import EXECUTOR, Right, judged
from kubevigil.healthchecks.spec import Level, Spec, WorkflowSpec

LABELS: Final[Mapping[str, str]] = {"workflows.argoproj.io/managed-by": "active-monitor"}
"""The predecessor's."""

OURS: Final = "kubevigil.io/healthcheck-rights"
"""Its value is the namespace of the service account, which the name of a ClusterRole does not tell."""

_READ: Final = ("get", "list", "watch")
_EVERYWHERE: Final = {
    "": ("pods", "events", "services", "endpoints"),
    "apps": ("deployments", "replicasets", "statefulsets", "daemonsets"),
    "argoproj.io": ("workflows",),
}
_OF_THE_CLUSTER: Final = {"": ("nodes", "namespaces")}
"""What a check may read that asks for nothing. Source: active-monitor's later sources; not its configmaps, in which
people keep what is secret."""


class Account(NamedTuple):
    """A service account."""

    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class Grant:
    """What an account is given: in its namespace, and in the whole cluster."""

    local: frozenset[Right] = EXECUTOR
    cluster: frozenset[Right] = frozenset()

    def __or__(self, other: "Grant") -> "Grant":
        """Both."""
        return Grant(self.local | other.local, self.cluster | other.cluster)


class Allowed(NamedTuple):
    """How far the exporter may go; with `made` false it makes nothing."""

    made: bool = False
    cluster: bool = False


ALLOWED: Final[Mapping[str, Allowed]] = {
    "off": Allowed(),
    "namespace": Allowed(made=True),
    "cluster": Allowed(made=True, cluster=True),
}
"""By the setting `checks.rbac`."""


def part_of(spec: Spec, kind: str) -> WorkflowSpec | None:
    """The check's workflow, or its remedy's, as it runs where accounts are made.

    A remedy that shares its check's account has one of its own then, so that the check does not get its rights.
    """
    if kind == CHECK:
        return spec.workflow
    part = spec.remedy
    if part is None:
        return None
    shared = part.service_account == spec.workflow.service_account and part.namespace == spec.workflow.namespace
    return replace(part, service_account=f"{part.service_account}-remedy") if part.service_account and shared else part


def grant_of(spec: Spec, kind: str, allowed: Allowed) -> Grant:
    """What a part of a check is given. Raises BadTemplate where it asks for what it never gets."""
    cluster = spec.level is Level.CLUSTER
    if cluster and not allowed.cluster:
        raise BadTemplate(Finding("spec.level", "is 'cluster', which needs the exporter's checks.rbac to be cluster"))
    part = part_of(spec, kind)
    if part is None:
        return Grant()
    path = "spec.workflow.rbacRules" if kind == CHECK else "spec.remedyworkflow.rbacRules"
    rights, findings = judged(part.rules, path, cluster=cluster)
    if findings:
        raise BadTemplate(findings[0])
    if not part.rules and kind == CHECK:
        rights = defaults(cluster=cluster)
    return Grant(EXECUTOR, rights - EXECUTOR) if cluster else Grant(EXECUTOR | rights)


def defaults(*, cluster: bool) -> frozenset[Right]:
    """What a check may do that has no rules; a remedy without any may do nothing."""
    groups = [*_EVERYWHERE.items(), *(_OF_THE_CLUSTER.items() if cluster else ())]
    return frozenset(
        Right(group, resource, "", "", verb) for group, names in groups for resource in names for verb in _READ
    )


def wanted(specs: Iterable[tuple[Spec, bool]], allowed: Allowed, only: Account | None = None) -> dict[Account, Grant]:
    """The accounts of checks, or `only` that one, and what they are given together.

    `specs` say of each check whether its remedy is under way. A part that asks for what it never gets has no share.
    """
    found: dict[Account, Grant] = {}
    for spec, remedied in specs:
        for kind in (CHECK, REMEDY) if remedied else (CHECK,):
            account = account_of(spec, kind)
            if account is None or (only is not None and account != only):
                continue
            with suppress(BadTemplate):
                grant = grant_of(spec, kind, allowed)
                found[account] = found.get(account, grant) | grant
    return found


def account_of(spec: Spec, kind: str) -> Account | None:
    """The account of a part of a check, None where it names none."""
    part = part_of(spec, kind)
    return Account(part.namespace, part.service_account) if part and part.service_account else None
