"""The API's routes: a call and the world in, an answer out. Pure but for the world's lock; no sockets.

A watch is answered by a `Stream`, whose lines the server sends as they come; everything else by a `Reply`.
"""

import platform
from collections.abc import Iterator
from dataclasses import dataclass

from kubevigil.demo.calls import BadQuery, Call
from kubevigil.demo.container import NotPossible
from kubevigil.demo.listing import check_selector, list_pods
from kubevigil.demo.logread import NoLog
from kubevigil.demo.logs import log_text
from kubevigil.demo.plan import PodRef
from kubevigil.demo.render import stamp
from kubevigil.demo.replies import TEXT, Reply, fine, not_found, status
from kubevigil.demo.watching import Pace, watch_lines
from kubevigil.demo.world import World

_VERSION = {
    "major": "1",
    "minor": "35",
    "gitVersion": "v1.35.0+simulated",
    "gitCommit": "",
    "gitTreeState": "clean",
    "buildDate": "1970-01-01T00:00:00Z",
    "goVersion": "",
    "compiler": "kubevigil",
    "platform": f"linux/{platform.machine()}",
}
_SERVED = (
    ("events", "Event", True, ["get", "list"]),
    ("namespaces", "Namespace", False, ["get", "list"]),
    ("pods", "Pod", True, ["get", "list", "watch"]),
    ("pods/log", "Pod", True, ["get"]),
)


@dataclass(frozen=True, slots=True)
class Stream:
    """A watch: HTTP 200 and these lines."""

    lines: Iterator[bytes]


def answer(call: Call, world: World, pace: Pace) -> Reply | Stream:
    """What the API answers; never raises for whatever was asked."""
    if call.method != "GET":
        return status(405, "the server does not allow this method on the requested resource")
    try:
        return _resource(call, world, pace) if call.resource else _other(call)
    except (BadQuery, NoLog) as refused:
        return status(400, str(refused))


def _other(call: Call) -> Reply:
    path = call.path.rstrip("/")
    if path in {"/readyz", "/livez", "/healthz"}:
        return Reply(200, b"ok", TEXT)
    documents = {
        "/version": _VERSION,
        "/api": {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []},
        "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": []},
        "/api/v1": {"kind": "APIResourceList", "groupVersion": "v1", "resources": _resources()},
    }
    return fine(documents[path]) if path in documents else not_found(call)


def _resources() -> list[dict[str, object]]:
    return [
        {"name": name, "singularName": "", "namespaced": namespaced, "kind": kind, "verbs": verbs}
        for name, kind, namespaced, verbs in _SERVED
    ]


def _resource(call: Call, world: World, pace: Pace) -> Reply | Stream:
    if call.verb == "watch":
        return _watch(call, world, pace)
    match call.resource, call.verb, call.subresource:
        case "pods", "list", "":
            check_selector(call)
            return list_pods(call, world.history)
        case "pods", "get", "" | "log":
            return _log(call, world) if call.subresource else _pod(call, world)
        case "namespaces", "list" | "get", "":
            return _namespaces(call, world)
        case "events", "list", "":
            return _events(call, world)
    return not_found(call)


def _watch(call: Call, world: World, pace: Pace) -> Reply | Stream:
    if call.resource != "pods":
        return status(405, "the server does not allow this method on the requested resource")
    check_selector(call)
    call.number("timeoutSeconds")
    call.number("resourceVersion")
    return Stream(watch_lines(call, world.history, pace))


def _pod(call: Call, world: World) -> Reply:
    body = world.history.find(PodRef(call.namespace, call.name))
    return not_found(call) if body is None else Reply(200, b'{"kind":"Pod","apiVersion":"v1",' + body[1:])


def _namespaces(call: Call, world: World) -> Reply:
    items = [
        {
            "metadata": {
                "name": name,
                "creationTimestamp": stamp(since),
                "labels": {"kubernetes.io/metadata.name": name},
            },
            "status": {"phase": "Active"},
        }
        for name, since in sorted(world.namespaces().items())
        if call.name in ("", name)
    ]
    if not call.name:
        return _list("NamespaceList", world, items)
    return fine({"kind": "Namespace", "apiVersion": "v1"} | items[0]) if items else not_found(call)


def _events(call: Call, world: World) -> Reply:
    wanted = call.query.get("fieldSelector", "").replace("==", "=").partition("involvedObject.name=")[2].split(",")[0]
    items = [e for e in world.events(call.namespace or None) if not wanted or _object_name(e) == wanted]
    return _list("EventList", world, items)


def _object_name(event: dict[str, object]) -> str:
    involved = event["involvedObject"]
    return str(involved["name"]) if isinstance(involved, dict) else ""


def _list(kind: str, world: World, items: list[dict[str, object]]) -> Reply:
    meta = {"resourceVersion": str(world.history.version)}
    return fine({"kind": kind, "apiVersion": "v1", "metadata": meta, "items": items})


def _log(call: Call, world: World) -> Reply:
    ref = PodRef(call.namespace, call.name)
    names = world.containers_of(ref)
    if names is None:
        return not_found(call)
    container = call.query.get("container") or (names[0] if len(names) == 1 else "")
    if not container:
        choice = " ".join(names)
        return status(400, f"a container name must be specified for pod {ref.name}, choose one of: [{choice}]")
    try:
        found = world.read_log(ref, container, previous=call.flag("previous"))
    except NotPossible:
        return status(400, f"container {container} is not valid for pod {ref.name}")
    if isinstance(found, str):
        return Reply(200, found.encode(), TEXT)
    body = log_text(
        found,
        tail=call.number("tailLines"),
        limit_bytes=call.number("limitBytes"),
        timestamps=call.flag("timestamps"),
    )
    return Reply(200, body, TEXT)
