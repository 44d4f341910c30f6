"""Objects as the API sends them, and the shapes around them."""

import json
from typing import Any

from msgspec import Struct


class Meta(Struct, frozen=True, rename="camel"):
    name: str
    uid: str
    namespace: str = ""
    resource_version: str = ""


class Thing(Struct, frozen=True):
    metadata: Meta
    value: int = 0


def thing(uid: str, version: int | str, value: int = 0) -> dict[str, Any]:
    return {
        "metadata": {"name": f"n-{uid}", "uid": uid, "namespace": "shop", "resourceVersion": str(version)},
        "value": value,
    }


def listing(*items: Any, version: int | str = 1, token: str = "") -> bytes:
    metadata = {"resourceVersion": str(version), "continue": token}
    return json.dumps({"kind": "PodList", "metadata": metadata, "items": list(items)}).encode()


def event(kind: str, item: Any) -> bytes:
    return json.dumps({"type": kind, "object": item}).encode() + b"\n"


def bookmark(version: int | str) -> bytes:
    return event("BOOKMARK", {"kind": "Pod", "metadata": {"resourceVersion": str(version)}})


def error_event(code: int, **more: Any) -> bytes:
    return event("ERROR", {"kind": "Status", "code": code, "message": "as it is", **more})
