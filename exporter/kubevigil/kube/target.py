"""What a request asks for, in the words of RBAC: read from its path, so that a 403 can say which right is missing.

Source: Kubernetes API concepts, "Resource URIs"; authorization, "Determine the request verb".
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

_CORE_PREFIX: Final = 2
"""/api/v1"""

_GROUP_PREFIX: Final = 3
"""/apis/GROUP/VERSION"""


class Target(NamedTuple):
    """`resource` carries its sub-resource (`pods/log`) and its API group (`leases.coordination.k8s.io`)."""

    verb: str
    resource: str
    namespace: str


def target_of(path: str, query: Mapping[str, str]) -> Target:
    """What a GET of `path` needs the right to do. A path that is no resource (`/version`) is its own resource."""
    parts = [part for part in path.split("/") if part]
    match parts:
        case ["api", _, *rest]:
            group = ""
        case ["apis", group, _, *rest]:
            pass
        case _:
            return Target("get", path, "")
    namespace = ""
    if rest[:1] == ["namespaces"] and len(rest) > _CORE_PREFIX:
        namespace, rest = rest[1], rest[_CORE_PREFIX:]
    if not rest:
        return Target("get", path, "")
    resource = rest[0] + (f".{group}" if group else "") + (f"/{rest[2]}" if len(rest) >= _GROUP_PREFIX else "")
    return Target(_verb(query, named=len(rest) > 1), resource, namespace)


def _verb(query: Mapping[str, str], *, named: bool) -> str:
    if query.get("watch") in {"1", "true"}:
        return "watch"
    return "get" if named else "list"
