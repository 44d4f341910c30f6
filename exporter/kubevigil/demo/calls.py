"""A request as the API server understands it: verb, resource, names and query. Pure parsing of the URL.

Flows in: method and request target. Flows out: a `Call`, which access rules, faults and routes judge by.
"""

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

_RESOURCES: Final = frozenset({"pods", "namespaces", "events"})
_TRUE: Final = frozenset({"1", "t", "true", "y", "yes"})


class BadQuery(Exception):
    """A query parameter that the API would refuse (HTTP 400)."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `verb` is list, watch or get for resources and '' for other paths; `namespace` '' is all."""

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    verb: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""

    def flag(self, key: str) -> bool:
        """Whether a boolean parameter is on."""
        return self.query.get(key, "").lower() in _TRUE

    def number(self, key: str) -> int | None:
        """A parameter as a whole number, None if it is absent. Raises BadQuery."""
        text = self.query.get(key)
        if not text:
            return None
        try:
            value = int(text)
        except ValueError:
            raise BadQuery(f'{key}: Invalid value: "{text}": must be a whole number') from None
        if value < 0:
            raise BadQuery(f"{key}: Invalid value: {value}: must be greater than or equal to 0")
        return value


def parse(method: str, target: str) -> Call:
    """The call that `method` on `target` (path and query) makes; unknown paths have no resource."""
    split = urlsplit(target)
    query = dict(parse_qsl(split.query, keep_blank_values=True))
    parts = [unquote(part) for part in split.path.strip("/").split("/")]
    call = Call(method, split.path, query)
    if parts[:2] != ["api", "v1"] or not parts[2:]:
        return call
    return _resource_call(call, parts[2:])


def _resource_call(call: Call, parts: list[str]) -> Call:
    match parts:
        case ["namespaces", namespace, resource, *names] if resource in _RESOURCES:
            pass
        case [resource, *names] if resource in _RESOURCES:
            namespace = ""
        case _:
            return call
    match names:
        case []:
            name = subresource = ""
        case [name]:
            subresource = ""
        case [name, subresource]:
            pass
        case _:
            return call
    watching = call.query.get("watch", "").lower() in _TRUE
    verb = "get" if name else "watch" if watching else "list"
    return Call(call.method, call.path, call.query, verb, resource, subresource, namespace, name)
