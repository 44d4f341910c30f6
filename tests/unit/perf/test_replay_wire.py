"""What the replaying API server sends, read back as its clients read it."""

import struct
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubevigil.kube.answers import Bookmark, Change, EventType
from kubevigil.kube.decode import Decoder
from kubevigil.model.pod import Pod
from tests.perf import protobuf
from tests.perf.recording import Recording
from tests.perf.replay_wire import JsonWire, ProtobufWire, wire_for

from .stand_in import BYTES, EVENTS, LISTED, small_recording


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    return small_recording(tmp_path)


def fields(message: bytes) -> list[tuple[int, bytes]]:
    """The length-delimited fields of a message, by a reader of its own."""
    found, at = [], 0

    def varint() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(message):
        key, length = varint(), varint()
        assert key & 7 == 2
        found.append((key >> 3, message[at : at + length]))
        at += length
    assert at == len(message)
    return found


def test_a_recording_holds_every_pod_in_both_encodings_in_order(recording: Recording) -> None:
    assert recording.index.listed == LISTED
    assert len(recording.index.lines) == LISTED + EVENTS
    for number, line in enumerate(recording.index.lines):
        body = recording.json(number)
        pod = msgspec.json.decode(body, type=Pod)
        assert pod.metadata.uid == line.uid
        assert f"{pod.metadata.namespace}/{pod.metadata.name}" == line.place
        assert pod.metadata.resource_version == str(recording.version(number))
        assert recording.protobuf(number) == body[:BYTES]


def test_a_page_in_json_is_one_that_we_can_read(recording: Recording) -> None:
    page = Decoder(Pod).page(JsonWire().page(recording, [0, 3], 1009, "2"))
    assert [item.metadata.uid for item in page.items] == [recording.index.lines[n].uid for n in (0, 3)]
    assert (page.resource_version, page.continue_token) == ("1009", "2")


def test_events_and_bookmarks_in_json_are_ones_that_we_can_read(recording: Recording) -> None:
    wire, decoder = JsonWire(), Decoder(Pod)
    change = decoder.event(wire.event(recording, 12, "MODIFIED"))
    assert isinstance(change, Change)
    assert (change.type, change.item.metadata.uid) == (EventType.MODIFIED, recording.index.lines[12].uid)
    assert decoder.event(wire.bookmark(1012, initial_events_end=True)) == Bookmark("1012")


def test_a_page_in_protobuf_has_its_magic_its_kind_its_version_and_every_pod(recording: Recording) -> None:
    body = ProtobufWire().page(recording, [0, 3], 1009, "2")
    assert body[:4] == b"k8s\x00"
    unknown = dict(fields(body[4:]))
    assert fields(unknown[1]) == [(1, b"v1"), (2, b"PodList")]
    (first, metadata), *items = fields(unknown[2])
    assert (first, fields(metadata)) == (1, [(2, b"1009"), (3, b"2")])
    assert items == [(2, recording.protobuf(0)), (2, recording.protobuf(3))]


def test_an_event_in_protobuf_is_behind_its_length(recording: Recording) -> None:
    frame = ProtobufWire().event(recording, 12, "DELETED")
    assert struct.unpack(">I", frame[:4]) == (len(frame) - 4,)
    event = dict(fields(frame[4:]))
    assert event[1] == b"DELETED"
    raw = dict(fields(event[2]))[1]
    assert dict(fields(raw[4:]))[2] == recording.protobuf(12)


def test_the_bookmark_that_ends_the_initial_events_says_so() -> None:
    (_, metadata), *_ = fields(protobuf.bookmark(77, initial_events_end=True))
    assert fields(metadata)[0] == (6, b"77")
    assert fields(fields(metadata)[1][1]) == [(1, b"k8s.io/initial-events-end"), (2, b"true")]
    assert len(fields(fields(protobuf.bookmark(77, initial_events_end=False))[0][1])) == 1


@given(number=st.integers(1, 1000), body=st.binary(max_size=70_000))
def test_any_field_is_read_back(number: int, body: bytes) -> None:
    assert fields(protobuf.field(number, body)) == [(number, body)]


@pytest.mark.parametrize(
    ("accept", "wire"),
    [
        ("application/vnd.kubernetes.protobuf,application/json", ProtobufWire),
        ("application/json", JsonWire),
        ("application/json, application/vnd.kubernetes.protobuf", JsonWire),
        ("", JsonWire),
    ],
    ids=["protobuf first", "json", "json first", "none"],
)
def test_the_client_decides_the_encoding(accept: str, wire: type) -> None:
    assert isinstance(wire_for(accept), wire)
