"""Requests over real sockets: what the server does to them, and what becomes of it."""

import socket
import threading
from collections.abc import Callable
from time import monotonic

import pytest
from msgspec import Struct

from kubevigil.kube.connection import Connection
from kubevigil.kube.errors import (
    Forbidden,
    Gone,
    Interrupted,
    KubeError,
    Refused,
    ServerError,
    Stalled,
    TooLarge,
    TooManyRequests,
    Unauthorized,
    Undecodable,
    Unreachable,
)
from kubevigil.kube.interrupt import Interrupt

from .reflector_peer import Peer, Plain, Scene, head, streamed, whole

PODS = "/api/v1/namespaces/shop/pods"


def _silent(_: socket.socket) -> None:
    pass


def _connection(peer: Peer, *tokens: str) -> Connection:
    return Connection(Plain(peer.url, tokens or ("",)))


def test_a_request_says_who_we_are_and_wants_no_compression() -> None:
    with Peer(whole(b"{}")) as peer:
        _connection(peer, "planted").get_bytes(PODS, {"limit": "500", "labelSelector": "a=b,c"})
    first, *headers = peer.requests[0].splitlines()
    assert first == f"GET {PODS}?limit=500&labelSelector=a%3Db%2Cc HTTP/1.1"
    assert "Authorization: Bearer planted" in headers
    assert "Accept-Encoding: identity" in headers
    assert any(line.startswith("User-Agent: kubevigil/0.") for line in headers)


def test_connections_are_kept_and_used_again() -> None:
    with Peer(whole(b"1"), streamed(b"2", b"3"), whole(b"4")) as peer:
        connection = _connection(peer)
        assert [connection.get_bytes(PODS) for _ in range(3)] == [b"1", b"23", b"4"]
        assert peer.connections == 1


def test_w11_after_a_401_the_credentials_are_read_again_and_the_request_is_sent_once_more() -> None:
    with Peer(whole(b"", 401), whole(b"ok")) as peer:
        assert _connection(peer, "old", "new").get_bytes(PODS) == b"ok"
    assert ["Bearer old" in r for r in peer.requests] == [True, False]
    assert "Bearer new" in peer.requests[1]


def test_w12_a_second_401_is_told_and_not_tried_again() -> None:
    with Peer(whole(b"", 401), whole(b"", 401)) as peer, pytest.raises(Unauthorized, match=r"127\.0\.0\.1"):
        _connection(peer).get_bytes(PODS)
    assert len(peer.requests) == 2


@pytest.mark.parametrize(
    ("scene", "error"),
    [
        (whole(b"", 403), Forbidden),
        (whole(b'{"message":"too old"}', 410), Gone),
        (whole(b"", 429, "Retry-After: 7"), TooManyRequests),
        (whole(b"", 307, "Location: http://elsewhere/"), Refused),
        (whole(b"<html>" * 50_000, 502), ServerError),
        (socket.socket.close, Unreachable),
        (lambda s: s.sendall(b"SSH-2.0-what\r\n\r\n"), Unreachable),
        (streamed(b"half", end=b""), Unreachable),
        (lambda s: (s.sendall(head(length=99) + b"half"), s.close()), Unreachable),
    ],
)
def test_whatever_the_server_does_is_an_error_of_ours(scene: Scene, error: type[KubeError]) -> None:
    with Peer(scene) as peer, pytest.raises(error) as caught:
        _connection(peer).get_bytes(PODS)
    assert type(caught.value) is error
    if isinstance(caught.value, TooManyRequests):
        assert caught.value.retry_after == 7.0


def test_how_a_connection_ended_is_told_in_plain_words() -> None:
    with Peer(socket.socket.close) as peer, pytest.raises(Unreachable) as caught:
        _connection(peer).get_bytes(PODS)
    assert str(caught.value).endswith("cannot be reached: Remote end closed connection without response")


def test_a_server_that_is_not_there_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(Unreachable, match="refused"):
        Connection(Plain(f"http://127.0.0.1:{port}")).get_bytes(PODS)


def test_w1_no_request_waits_longer_than_its_read_timeout_for_the_head_or_the_body() -> None:
    with Peer(_silent, streamed(b"a", end=b"5\r\nab")) as peer:
        connection = _connection(peer)
        started = monotonic()
        for _ in range(2):
            with pytest.raises(Stalled):
                connection.get_bytes(PODS, read_timeout=0.2)
        assert 0.4 <= monotonic() - started < 2.0


def test_an_answer_too_long_or_too_slow_is_given_up() -> None:
    with Peer(whole(b"x" * 5000), streamed(b"x", b"y")) as peer:
        with pytest.raises(TooLarge):
            _connection(peer).get_bytes(PODS, limit=4999)
        ticks = iter(range(0, 1000, 10))
        slow = Connection(Plain(peer.url), monotonic=lambda: float(next(ticks)))
        with pytest.raises(Stalled, match="did not finish"):
            slow.get_bytes(PODS, deadline=5.0)


class _Version(Struct, rename="camel"):
    git_version: str


def test_json_is_decoded_into_the_shape_or_told_to_be_wrong() -> None:
    with Peer(whole(b'{"gitVersion":"v1.35"}'), whole(b'{"gitVersion":5}')) as peer:
        connection = _connection(peer)
        assert connection.get_json("/version", _Version).git_version == "v1.35"
        with pytest.raises(Undecodable, match="/version"):
            connection.get_json("/version", _Version)


def _blocked_in_head(connection: Connection, interrupt: Interrupt) -> None:
    connection.get_bytes(PODS, read_timeout=60, interrupt=interrupt)


def _blocked_in_body(connection: Connection, interrupt: Interrupt) -> None:
    with connection.open(PODS, read_timeout=60, interrupt=interrupt) as response:
        while response.read():
            pass


@pytest.mark.parametrize(
    ("scene", "request_"),
    [(_silent, _blocked_in_head), (streamed(b"a", end=b"5\r\na"), _blocked_in_body)],
    ids=["waiting for the head", "waiting in the body"],
)
def test_an_interrupt_ends_a_blocked_request(scene: Scene, request_: Callable[[Connection, Interrupt], None]) -> None:
    ended: list[BaseException] = []
    interrupt = Interrupt()

    def ask(connection: Connection) -> None:
        try:
            request_(connection, interrupt)
        except Interrupted as error:
            ended.append(error)

    with Peer(scene) as peer:
        thread = threading.Thread(target=ask, args=(_connection(peer),))
        thread.start()
        assert peer.arrived.acquire(timeout=5)
        interrupt.fire()
        thread.join(5)
        assert not thread.is_alive()
    assert len(ended) == 1


def test_after_a_stop_nothing_is_sent() -> None:
    interrupt = Interrupt()
    interrupt.fire()
    with Peer() as peer, pytest.raises(Interrupted):
        _connection(peer).get_bytes(PODS, interrupt=interrupt)
    assert peer.requests == []
