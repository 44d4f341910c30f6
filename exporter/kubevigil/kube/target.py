"""What a request asks for, in the words of RBAC: read from its path, so that a 403 can say which right is missing.

Source: Kubernetes API concepts, "Resource URIs"; authorization, "Determine the request verb".
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from kubevigil.kube.request import GET

_CORE_PREFIX: Final = 2
"""/api/v1"""

_GROUP_PREFIX: Final = 3
"""/apis/GROUP/VERSION"""


class Target(NamedTuple):
    """`resource` carries its sub-resource (`pods/log`) and its API group (`leases.coordination.k8s.io`)."""

    verb: str
    resource: str
    namespace: str


_WRITES: Final = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


def target_of(path: str, query: Mapping[str, str], method: str = GET) -> Target:
    """What a request for `path` needs the right to do. A path that is no resource (`/version`) is its own resource."""
    parts = [part for part in path.split("/") if part]
    match parts:
        case ["api", _, *rest]:
            group = ""
        case ["apis", group, _, *rest]:
            pass
        case _:
            return Target(method.lower(), path, "")
    namespace = ""
    if rest[:1] == ["namespaces"] and len(rest) > _CORE_PREFIX:
        namespace, rest = rest[1], rest[_CORE_PREFIX:]
    if not rest:
        return Target(method.lower(), path, "")
    resource = rest[0] + (f".{group}" if group else "") + (f"/{rest[2]}" if len(rest) >= _GROUP_PREFIX else "")
    return Target(_verb(query, method, named=len(rest) > 1), resource, namespace)


def _verb(query: Mapping[str, str], method: str, *, named: bool) -> str:
    if method in _WRITES:
        return "deletecollection" if method == "DELETE" and not named else _WRITES[method]
    if query.get("watch") in {"1", "true"}:
        return "watch"
    return "get" if named else "list"
