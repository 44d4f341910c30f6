"""Service accounts and roles in memory, with the one rule of RBAC that matters: nobody gives what he does not hold."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from kubevigil.healthchecks.rights_rules import Right, covers, rights_of, told
from kubevigil.kube.errors import AlreadyExists, Conflict, NotFound, Refused

Object = dict[str, Any]


class Shelf:
    """Objects by their paths. `held` is what who asks may do, and so may give; `asked` is each write."""

    def __init__(self, held: Iterable[Right]) -> None:
        self.held = frozenset(held)
        self.objects: dict[str, Object] = {}
        self.asked: list[tuple[str, str]] = []
        self._version = 0

    def names(self) -> set[str]:
        """All that is there, as RESOURCE/NAME."""
        return {"/".join(path.split("/")[-2:]) for path in self.objects}

    def rights(self, name: str) -> frozenset[Right]:
        """Of the role of that name."""
        (role,) = [one for path, one in self.objects.items() if path.endswith(f"roles/{name}")]
        return rights_of(role["rules"])

    def put(self, path: str, thing: Object) -> None:
        """Somebody else's object."""
        parts = path.split("/")
        namespace = {"namespace": parts[parts.index("namespaces") + 1]} if "namespaces" in parts else {}
        metadata = {"name": parts[-1], **namespace, **thing.get("metadata", {})}
        self._store(path, {**thing, "metadata": metadata})

    def get_bytes(self, path: str, query: Mapping[str, str] | None = None) -> bytes:
        if query is None:
            return json.dumps(self._found(path)).encode()
        parent, _, resource = path.rpartition("/")
        found = [
            one
            for key, one in self.objects.items()
            if key.startswith(f"{parent}/")
            and key.split("/")[-2] == resource
            and query["labelSelector"] in one["metadata"].get("labels", {})
        ]
        return json.dumps({"items": found, "metadata": {}}).encode()

    def post(self, path: str, body: bytes) -> bytes:
        thing: Object = json.loads(body)
        path = f"{path}/{thing['metadata']['name']}"
        self.asked.append(("post", path))
        if path in self.objects:
            raise AlreadyExists
        self._confirm(thing)
        return self._store(path, thing)

    def patch(self, path: str, body: bytes) -> bytes:
        self.asked.append(("patch", path))
        found, changes = self._found(path), json.loads(body)
        self._same(found, changes.pop("metadata"))
        self._confirm(changes)
        return self._store(path, {**found, **changes})

    def delete(self, path: str, body: bytes) -> bytes:
        self.asked.append(("delete", path))
        self._same(self._found(path), json.loads(body)["preconditions"])
        del self.objects[path]
        return b"{}"

    def _found(self, path: str) -> Object:
        if path not in self.objects:
            raise NotFound(path, "")
        return self.objects[path]

    def _same(self, found: Object, seen: Object) -> None:
        if any(found["metadata"][key] != seen[key] for key in ("uid", "resourceVersion")):
            raise Conflict

    def _confirm(self, thing: Object) -> None:
        wanted = rights_of(thing.get("rules"))
        if not covers(self.held, wanted):
            missing = ", ".join(sorted(told(right) for right in wanted if not covers(self.held, frozenset({right}))))
            raise Refused(403, f"is attempting to grant RBAC permissions not currently held: {missing}")

    def _store(self, path: str, thing: Object) -> bytes:
        self._version += 1
        uid = self.objects[path]["metadata"]["uid"] if path in self.objects else f"u{self._version}"
        metadata = {**thing["metadata"], "uid": uid, "resourceVersion": str(self._version)}
        self.objects[path] = {**thing, "metadata": metadata}
        return json.dumps(self.objects[path]).encode()
