"""LIST of pods: pages of one consistent snapshot. Pure over the history.

A continue token names the snapshot's version and the last pod that was given. Bodies are joined, never decoded.
"""

import base64
import binascii
from bisect import bisect_right

import msgspec
from msgspec import json

from kubevigil.demo.calls import BadQuery, Call
from kubevigil.demo.history import Expired, History, Snapshot
from kubevigil.demo.plan import PodRef
from kubevigil.demo.replies import Reply, status, too_large

_EXPIRED = (
    "The provided continue parameter is too old to display a consistent list result. "
    "You can start a new list without the continue parameter."
)

_FIELDS = {"metadata.name": "name", "metadata.namespace": "namespace"}


class _Token(msgspec.Struct):
    version: int
    namespace: str
    name: str


def list_pods(call: Call, history: History) -> Reply:
    """One page of the pods that the call means."""
    token = call.query.get("continue")
    asked = call.number("resourceVersion")
    if asked is not None and asked > history.version:
        return too_large(asked, history.version)
    if not token:
        return _page(call, history.snapshot(), None)
    last = _read(token)
    try:
        snapshot = history.snapshot_at(last.version)
    except Expired:
        return status(410, _EXPIRED)
    return _page(call, snapshot, PodRef(last.namespace, last.name))


def wanted(call: Call, ref: PodRef) -> bool:
    """Whether the pod is in the call's namespace and matches its field selector."""
    return call.namespace in ("", ref.namespace) and _selected(call.query.get("fieldSelector", ""), ref)


def check_selector(call: Call) -> None:
    """Raises BadQuery for a selector that this server does not know, so that none is silently ignored."""
    for key, _ in _terms(call.query.get("fieldSelector", "")):
        if key not in _FIELDS:
            raise BadQuery(f'field label not supported: "{key}"')
    if call.query.get("labelSelector"):
        raise BadQuery("labelSelector is not supported by the simulated cluster")


def _selected(selector: str, ref: PodRef) -> bool:
    return all(getattr(ref, _FIELDS[key]) == value for key, value in _terms(selector))


def _terms(selector: str) -> list[tuple[str, str]]:
    parts = (part.replace("==", "=").partition("=") for part in selector.split(",") if part)
    return [(key, value) for key, _, value in parts]


def _page(call: Call, snapshot: Snapshot, after: PodRef | None) -> Reply:
    start = 0 if after is None else bisect_right(snapshot.pods, after, key=lambda pod: pod[0])
    left = [pod for pod in snapshot.pods[start:] if wanted(call, pod[0])]
    limit = call.number("limit") or len(left)
    page, rest = left[:limit], len(left) - limit
    meta: dict[str, object] = {"resourceVersion": str(snapshot.version)}
    if rest > 0:
        meta["continue"] = _write(_Token(snapshot.version, *page[-1][0]))
        meta["remainingItemCount"] = rest
    return Reply(200, pod_list(meta, [body for _, body in page]))


def pod_list(meta: dict[str, object], bodies: list[bytes]) -> bytes:
    """A PodList document of ready-made pods."""
    head = b'{"kind":"PodList","apiVersion":"v1","metadata":' + json.encode(meta)
    return head + b',"items":[' + b",".join(bodies) + b"]}"


def _write(token: _Token) -> str:
    return base64.urlsafe_b64encode(json.encode(token)).decode()


def _read(token: str) -> _Token:
    try:
        return json.decode(base64.urlsafe_b64decode(token.encode()), type=_Token)
    except (ValueError, binascii.Error, msgspec.MsgspecError):
        raise BadQuery("continue key is not valid: it was not made by this server") from None
