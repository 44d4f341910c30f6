"""Writing over real sockets: what is sent, and what becomes of it."""

import json
import socket
import threading
from contextlib import ExitStack
from typing import Any

import pytest
from msgspec import Struct

from kubevigil.kube.connection import Connection
from kubevigil.kube.errors import (
    AlreadyExists,
    Conflict,
    Interrupted,
    KubeError,
    NotFound,
    Refused,
    Stalled,
    Undecodable,
    Unreachable,
)
from kubevigil.kube.interrupt import Interrupt
from kubevigil.kube.request import Request
from kubevigil.kube.writing import Writer

from .reflector_peer import Peer, Plain, Scene, whole

LEASES = "/apis/coordination.k8s.io/v1/namespaces/shop/leases"
LEASE = LEASES + "/x"
JSON, MERGE_PATCH = "application/json", "application/merge-patch+json"


class Thing(Struct):
    name: str


def _writer(peer: Peer, *tokens: str) -> Writer:
    return Writer(Connection(Plain(peer.url, tokens or ("",))))


def _sent(peer: Peer) -> list[tuple[str, str, Any]]:
    """Request line, type and body of each request."""
    parts = [request.partition("\r\n\r\n") for request in peer.requests]
    lines = [head.splitlines() for head, _, _ in parts]
    kinds = [next(line.partition(": ")[2] for line in head if line.startswith("Content-Type")) for head in lines]
    return [(head[0], kind, json.loads(body)) for head, kind, (_, _, body) in zip(lines, kinds, parts, strict=True)]


def test_each_verb_sends_its_method_type_and_body_and_gives_the_object_as_it_is_now() -> None:
    answer = whole(b'{"name":"now","more":1}', 201)
    with Peer(answer, answer, answer, answer) as peer:
        writer = _writer(peer)
        assert writer.create(LEASES, {"a": 1}, Thing) == Thing("now")
        assert writer.replace(LEASE, {"a": 2}, Thing) == Thing("now")
        assert writer.merge(LEASE, {"a": None}, Thing) == Thing("now")
        writer.delete(LEASE)
    assert _sent(peer) == [
        (f"POST {LEASES} HTTP/1.1", JSON, {"a": 1}),
        (f"PUT {LEASE} HTTP/1.1", JSON, {"a": 2}),
        (f"PATCH {LEASE} HTTP/1.1", MERGE_PATCH, {"a": None}),
        (f"DELETE {LEASE} HTTP/1.1", JSON, {"propagationPolicy": "Background"}),
    ]


def test_a_change_can_be_bound_to_a_version_and_a_deletion_to_a_uid() -> None:
    with Peer(whole(b'{"name":""}'), whole(b"{}")) as peer:
        changes = {"metadata": {"labels": {"a": "b"}}, "spec": {}}
        _writer(peer).merge(LEASE, changes, Thing, version="7")
        _writer(peer).delete(LEASE, uid="u-1")
    patch, deletion = (body for _, _, body in _sent(peer))
    assert patch == {"metadata": {"labels": {"a": "b"}, "resourceVersion": "7"}, "spec": {}}
    assert deletion == {"propagationPolicy": "Background", "preconditions": {"uid": "u-1"}}
    assert changes == {"metadata": {"labels": {"a": "b"}}, "spec": {}}


def test_after_a_401_the_body_is_sent_once_more_with_the_new_credentials() -> None:
    with Peer(whole(b"", 401), whole(b'{"name":"x"}')) as peer:
        _writer(peer, "old", "new").create(LEASES, {"a": 1}, Thing)
    assert [body for _, _, body in _sent(peer)] == [{"a": 1}] * 2
    assert "Bearer new" in peer.requests[1]


@pytest.mark.parametrize(
    ("scene", "error"),
    [
        (whole(b'{"reason":"AlreadyExists"}', 409), AlreadyExists),
        (whole(b'{"reason":"Conflict"}', 409), Conflict),
        (whole(b"<html>", 409), Conflict),
        (whole(b'{"message":"spec.x: Required value"}', 422), Refused),
        (whole(b"", 404), NotFound),
        (whole(b"", 307, "Location: http://elsewhere/"), Refused),
        (whole(b"[]"), Undecodable),
        (socket.socket.close, Unreachable),
    ],
)
def test_nothing_is_tried_again_and_each_answer_has_its_error(scene: Scene, error: type[KubeError]) -> None:
    with Peer(scene, whole(b'{"name":"x"}')) as peer, pytest.raises(error) as caught:
        _writer(peer).create(LEASES, {}, Thing)
    assert type(caught.value) is error
    assert len(peer.requests) == 1


def test_a_write_waits_no_longer_than_it_may_and_after_a_stop_nothing_is_sent() -> None:
    stop = Interrupt()
    stop.fire()
    with Peer(lambda _: None) as peer:
        connection = Connection(Plain(peer.url))
        with pytest.raises(Stalled):
            Writer(connection, read_timeout=0.1).create(LEASES, {}, Thing)
        with pytest.raises(Interrupted):
            Writer(connection, interrupt=stop).create(LEASES, {}, Thing)
    assert len(peer.requests) == 1


def test_a_connection_is_not_awaited_longer_than_the_answer_would_be() -> None:
    with ExitStack() as stack:
        full = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):  # nobody accepts, so the queue fills and a further one hears nothing
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        connection = Connection(Plain(f"http://127.0.0.1:{full.getsockname()[1]}"))
        errors: list[KubeError] = []
        thread = threading.Thread(target=_deleted, args=(connection, errors), daemon=True)
        thread.start()
        thread.join(6)  # the longest wait for a connection is 10 s
        assert [type(error) for error in errors] == [Unreachable]


def _deleted(connection: Connection, errors: list[KubeError]) -> None:
    try:
        connection.delete(LEASE, read_timeout=0.2)
    except KubeError as error:
        errors.append(error)


def test_what_is_no_unicode_is_sent_as_json_all_the_same() -> None:
    with Peer(whole(b'{"name":"x"}')) as peer:
        _writer(peer).create(LEASES, {"message": "half a pair: \ud800"}, Thing)
    assert "\\ud800" in peer.requests[0]


def test_a_request_does_not_show_its_body() -> None:
    assert "planted" not in repr(Request("/", {}, "POST", b"planted"))
