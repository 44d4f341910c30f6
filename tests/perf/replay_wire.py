"""What the replaying API server sends, in the two encodings of Kubernetes. Pure but for the recording that it reads."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import json

from tests.perf import protobuf
from tests.perf.recording import Recording

_PROTOBUF = "application/vnd.kubernetes.protobuf"


class Wire(Protocol):
    """One encoding: its media types, and the bodies in it."""

    kind: str
    watch_kind: str

    def page(self, recording: Recording, numbers: Sequence[int], version: int, token: str) -> bytes:
        """A page of a list; `token` continues it."""

    def event(self, recording: Recording, number: int, event_type: str) -> bytes:
        """One event of a watch."""

    def bookmark(self, version: int, *, initial_events_end: bool) -> bytes:
        """All up to this version was sent."""


class JsonWire:
    """What we ask for."""

    kind = watch_kind = "application/json"

    def page(self, recording: Recording, numbers: Sequence[int], version: int, token: str) -> bytes:
        """See Wire."""
        metadata = json.encode({"resourceVersion": str(version), **({"continue": token} if token else {})})
        head = b'{"kind":"PodList","apiVersion":"v1","metadata":' + metadata
        return head + b',"items":[' + b",".join([recording.json(number) for number in numbers]) + b"]}"

    def event(self, recording: Recording, number: int, event_type: str) -> bytes:
        """See Wire."""
        return b'{"type":"%b","object":%b}\n' % (event_type.encode(), recording.json(number))

    def bookmark(self, version: int, *, initial_events_end: bool) -> bytes:
        """See Wire."""
        metadata: dict[str, object] = {"resourceVersion": str(version), "creationTimestamp": None}
        if initial_events_end:
            metadata["annotations"] = {"k8s.io/initial-events-end": "true"}
        pod = {"kind": "Pod", "apiVersion": "v1", "metadata": metadata, "spec": {"containers": None}, "status": {}}
        return json.encode({"type": "BOOKMARK", "object": pod}) + b"\n"


class ProtobufWire:
    """What clients in Go ask for."""

    kind = _PROTOBUF
    watch_kind = f"{_PROTOBUF};stream=watch"

    def page(self, recording: Recording, numbers: Sequence[int], version: int, token: str) -> bytes:
        """See Wire."""
        return protobuf.pod_list((recording.protobuf(number) for number in numbers), version=version, token=token)

    def event(self, recording: Recording, number: int, event_type: str) -> bytes:
        """See Wire."""
        return protobuf.watch_frame(event_type, recording.protobuf(number))

    def bookmark(self, version: int, *, initial_events_end: bool) -> bytes:
        """See Wire."""
        pod = protobuf.bookmark(version, initial_events_end=initial_events_end)
        return protobuf.watch_frame("BOOKMARK", pod)


def wire_for(accept: str) -> Wire:
    """The first encoding that the client names and there is."""
    return ProtobufWire() if accept.strip().startswith(_PROTOBUF) else JsonWire()
