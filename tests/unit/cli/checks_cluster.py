"""A cluster of HealthChecks in memory, as far as the commands ask one; the real one is in `tests/apiserver`."""

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from queue import SimpleQueue
from typing import Any, Self, TypeVar

import msgspec

from kubevigil.healthchecks.status import stamp
from kubevigil.healthchecks.writing import CHECKS, WORKFLOWS
from kubevigil.kube.errors import Forbidden, Interrupted, NotFound
from kubevigil.kube.interrupt import Interrupt
from kubevigil.model import clock

T = TypeVar("T")
Object = dict[str, Any]

SPEC: Object = {
    "repeatAfterSec": 3600,
    "workflow": {
        "generateName": "dns-",
        "workflowtimeout": 60,
        "resource": {
            "namespace": "health",
            "serviceAccount": "checks",
            "source": {"inline": "{kind: Workflow, spec: {entrypoint: hello}}"},
        },
    },
}


class FakeCluster:
    """In the place of a Connection.

    `on_patch` is called with each object that was changed, and may change it more; `on_watch` when a watch is open.
    """

    def __init__(self, *, argo: bool = True, leader: str = "kubevigil-0_1", known: bool = True) -> None:
        self.checks: dict[tuple[str, str], Object] = {}
        self.argo = argo
        self.leader = leader
        self.known = known
        self.on_patch: Callable[[Object], None] = lambda _: None
        self.on_watch: Callable[[], None] = lambda: None
        self.patched: list[tuple[str, Object]] = []
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.closed = False
        self._version = 10
        self._streams: list[_Stream] = []

    def add(self, name: str = "dns", namespace: str = "health", *, age: float = 600, **fields: Any) -> Object:
        """A check that was made so many seconds ago; `fields` are spec, status and annotations."""
        metadata = {
            "name": name,
            "namespace": namespace,
            "uid": f"uid-{namespace}-{name}",
            "creationTimestamp": stamp(int(clock.wall() - age)),
            "annotations": fields.get("annotations", {}),
        }
        item = {"metadata": metadata, "spec": fields.get("spec", SPEC), "status": fields.get("status", {})}
        self.checks[namespace, name] = item
        self.show(item)
        return item

    def show(self, item: Object, kind: str = "MODIFIED") -> None:
        """The object has changed: to all who watch."""
        self._version += 1
        item["metadata"]["resourceVersion"] = str(self._version)
        for stream in self._streams:
            stream.put(kind, item)

    def remove(self, item: Object) -> None:
        """The check is gone."""
        del self.checks[item["metadata"]["namespace"], item["metadata"]["name"]]
        self.show(item, "DELETED")

    def get_json(self, path: str, shape: type[T], query: Mapping[str, str]) -> T:
        return msgspec.json.decode(self.get_bytes(path, query), type=shape)

    def get_bytes(self, path: str, query: Mapping[str, str] | None = None, **_: Any) -> bytes:
        self.asked.append((path, dict(query or {})))
        found = self._get(path, query or {})
        if found is None:
            raise NotFound(path, "")
        return json.dumps(found).encode()

    def patch(self, path: str, body: bytes, **_: Any) -> bytes:
        changes = json.loads(body)
        *_rest, namespace, _resource, name = path.split("/")
        item = self.checks[namespace, name]
        self.patched.append((path, changes))
        annotations = item["metadata"].setdefault("annotations", {})
        for key, value in changes["metadata"]["annotations"].items():
            annotations.pop(key, None)
            if value is not None:
                annotations[key] = value
        self.show(item)
        answer = json.dumps(item).encode()
        self.on_patch(item)
        return answer

    def open(self, path: str, query: Mapping[str, str], *, interrupt: Interrupt, **_: Any) -> "_Stream":
        self.asked.append((path, dict(query)))
        stream = _Stream(interrupt)
        self._streams.append(stream)
        for item in self.checks.values():  # what came between the list and the watch
            stream.put("MODIFIED", item)
        self.on_watch()
        return stream

    def close(self) -> None:
        self.closed = True

    def _get(self, path: str, query: Mapping[str, str]) -> Object | None:
        if path == WORKFLOWS:
            return {} if self.argo else None
        if "leases" in path:
            return self._leases()
        if not self.known:
            return None
        scope = path.removeprefix(f"{CHECKS}/namespaces/").split("/")[0] if "/namespaces/" in path else ""
        name = query.get("fieldSelector", "").removeprefix("metadata.name=")
        items = [
            deepcopy(item)
            for (namespace, known), item in self.checks.items()
            if scope in {"", namespace} and name in {"", known}
        ]
        return {"metadata": {"resourceVersion": str(self._version)}, "items": items}

    def _leases(self) -> Object:
        if self.leader == "forbidden":
            raise Forbidden("list", "leases.coordination.k8s.io", "")
        renewed = stamp(int(clock.wall()))
        spec = {"holderIdentity": self.leader, "leaseDurationSeconds": 15, "renewTime": renewed}
        lease = {"metadata": {"name": "kubevigil-healthchecks", "namespace": "monitoring"}, "spec": spec}
        return {"items": [lease] if self.leader else []}


class _Stream:
    """A watch, until it is interrupted."""

    def __init__(self, interrupt: Interrupt) -> None:
        self._lines: SimpleQueue[bytes] = SimpleQueue()
        self._interrupt = interrupt

    def put(self, kind: str, item: Object) -> None:
        self._lines.put(json.dumps({"type": kind, "object": item}).encode() + b"\n")

    def read(self) -> bytes:
        while self._lines.empty():
            if self._interrupt.fired:
                raise Interrupted("stopped")
            self._interrupt.wait(0.005)
        return self._lines.get()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to close."""
