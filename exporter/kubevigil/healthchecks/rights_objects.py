"""The objects that give an account its rights, as the API has them."""

from collections.abc import Iterator
from typing import Any, Final, Literal, NamedTuple

from kubevigil.healthchecks.rights import LABELS, OURS, Account, Grant
from kubevigil.healthchecks.rights_rules import rules_of

Object = dict[str, Any]

_CORE: Final = "/api/v1"
_RBAC_GROUP: Final = "rbac.authorization.k8s.io"
_RBAC: Final = f"/apis/{_RBAC_GROUP}/v1"

Resource = Literal["serviceaccounts", "roles", "rolebindings", "clusterroles", "clusterrolebindings"]

_KINDS: Final[dict[Resource, str]] = {
    "serviceaccounts": "ServiceAccount",
    "roles": "Role",
    "rolebindings": "RoleBinding",
    "clusterroles": "ClusterRole",
    "clusterrolebindings": "ClusterRoleBinding",
}
LOCAL: Final[tuple[Resource, ...]] = ("rolebindings", "roles", "serviceaccounts")
OF_CLUSTER: Final[tuple[Resource, ...]] = ("clusterrolebindings", "clusterroles")
"""In the order in which they are deleted: no binding is ever there whose role or account is not."""


class Wanted(NamedTuple):
    """An object that is to be there; `differs` only in what stands under `mutable` may it be changed."""

    resource: Resource
    namespace: str
    name: str
    body: Object
    mutable: str = ""

    @property
    def collection(self) -> str:
        """The path of objects of its kind."""
        return collection(self.resource, self.namespace)

    @property
    def path(self) -> str:
        """Its own path."""
        return f"{self.collection}/{self.name}"

    @property
    def title(self) -> str:
        """For people."""
        return f"{_KINDS[self.resource]} {self.name}" + (f" in {self.namespace}" if self.namespace else "")


def collection(resource: Resource, namespace: str) -> str:
    """The path of objects of a kind; in all namespaces for ''."""
    group = _CORE if resource == "serviceaccounts" else _RBAC
    return f"{group}/namespaces/{namespace}/{resource}" if namespace else f"{group}/{resource}"


def account_object(account: Account) -> Wanted:
    """The account itself."""
    return _wanted("serviceaccounts", account, account.name, {})


def objects_of(account: Account, grant: Grant) -> Iterator[Wanted]:
    """The roles and bindings of an account, in the order in which they are made."""
    yield from _pair(account, "ns", ("roles", "rolebindings"), rules_of(grant.local))
    if grant.cluster:
        yield from _pair(account, "cluster", ("clusterroles", "clusterrolebindings"), rules_of(grant.cluster))


def is_ours(item: object, namespace: str) -> bool:
    """Whether an object is one that was made for accounts of that namespace."""
    return owner_of(item) == namespace


def owner_of(item: object) -> str:
    """The namespace that an object was made for, '' of one that is not ours."""
    metadata = item.get("metadata") if isinstance(item, dict) else None
    labels = metadata.get("labels") if isinstance(metadata, dict) else None
    owner = labels.get(OURS) if isinstance(labels, dict) else None
    return owner if isinstance(owner, str) else ""


def _pair(account: Account, scope: str, resources: tuple[Resource, Resource], rules: list[Object]) -> Iterator[Wanted]:
    name, (role, binding) = f"{account.name}-{scope}-role", resources
    yield _wanted(role, account, name, {"rules": rules}, "rules")
    bound = {
        "roleRef": {"apiGroup": _RBAC_GROUP, "kind": _KINDS[role], "name": name},
        "subjects": [{"kind": "ServiceAccount", "name": account.name, "namespace": account.namespace}],
    }
    yield _wanted(binding, account, f"{name}-binding", bound, "subjects")


def _wanted(resource: Resource, account: Account, name: str, content: Object, mutable: str = "") -> Wanted:
    namespace = "" if resource in OF_CLUSTER else account.namespace
    metadata: Object = {"name": name, "labels": {**LABELS, OURS: account.namespace}}
    if namespace:
        metadata["namespace"] = namespace
    version = "v1" if resource == "serviceaccounts" else f"{_RBAC_GROUP}/v1"
    body = {"apiVersion": version, "kind": _KINDS[resource], "metadata": metadata, **content}
    return Wanted(resource, namespace, name, body, mutable)
