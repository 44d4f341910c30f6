"""Kubernetes' protobuf around pods that are encoded already: lists, events and bookmarks. Pure.

Source: the field numbers of generated.proto in k8s.io/apimachinery (runtime, meta/v1) and k8s.io/api (core/v1).
"""

from collections.abc import Iterable
from typing import Final

MAGIC: Final = b"k8s\x00"
_LENGTH_DELIMITED: Final = 2


def field(number: int, body: bytes) -> bytes:
    """A field that holds bytes: a string, or a message."""
    return _varint(number << 3 | _LENGTH_DELIMITED) + _varint(len(body)) + body


def pod_list(pods: Iterable[bytes], *, version: int, token: str) -> bytes:
    """A whole PodList, as it is the body of an answer."""
    metadata = field(2, str(version).encode()) + field(3, token.encode())
    return _unknown(b"PodList", b"".join([field(1, metadata), *(field(2, pod) for pod in pods)]))


def watch_frame(event_type: str, pod: bytes) -> bytes:
    """One event of a watch behind its length."""
    event = field(1, event_type.encode()) + field(2, field(1, _unknown(b"Pod", pod)))
    return len(event).to_bytes(4, "big") + event


def bookmark(version: int, *, initial_events_end: bool) -> bytes:
    """The pod without anything but a version that a bookmark carries."""
    metadata = field(6, str(version).encode())
    if initial_events_end:
        metadata += field(12, field(1, b"k8s.io/initial-events-end") + field(2, b"true"))
    return field(1, metadata)


def _unknown(kind: bytes, raw: bytes) -> bytes:
    return MAGIC + field(1, field(1, b"v1") + field(2, kind)) + field(2, raw) + field(3, b"") + field(4, b"")


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)
