import socket
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from waitress.adjustments import Adjustments

from kubevigil.web.limits import DEFAULT
from kubevigil.web.tls_connection import TlsConnection
from kubevigil.web.tls_context import Encryption
from tests.unit.web.test_tls_stream import TLS


@pytest.fixture
def ends() -> Iterator[tuple[Any, socket.socket]]:
    """A connection that no loop looks after, and its client's socket."""
    here, there = socket.socketpair()
    encryption = Encryption(TLS)
    owner = SimpleNamespace(
        active_channels={},
        limits=DEFAULT,
        clock=lambda: 0.0,
        gate=None,
        encryption=lambda: encryption,
        thread=threading.get_ident(),
    )
    connection: Any = TlsConnection(owner, here, ("there", 1), Adjustments(), map={})
    yield connection, there
    connection.handle_close()
    there.close()


def test_a_client_that_takes_none_of_our_answers_is_not_read(ends: tuple[Any, socket.socket]) -> None:
    connection, there = ends
    assert (connection.readable(), connection.writable()) == (True, 0)
    connection.socket._outgoing.write(bytes(1 << 20))
    connection.handle_write()
    assert (connection.readable(), connection.writable()) == (False, True)
    while connection.socket.unsent:
        there.recv(1 << 20)
        connection.handle_write()
    assert (connection.readable(), connection.writable()) == (True, 0)


def test_no_thread_but_the_loops_sends(ends: tuple[Any, socket.socket], monkeypatch: pytest.MonkeyPatch) -> None:
    connection, _ = ends
    touched: list[object] = []

    def send(data: object) -> int:
        touched.append(data)
        return 0

    monkeypatch.setattr(connection.socket, "send", send)
    connection.total_outbufs_len = 5
    connection.outbufs[0].append(b"hello")
    worker = threading.Thread(target=connection._flush_some)
    worker.start()
    worker.join(10)
    assert touched == []
    connection._flush_some()
    assert touched == [b"hello"]


def test_a_closed_connection_is_read_and_written_without_harm(ends: tuple[Any, socket.socket]) -> None:
    connection, _ = ends
    connection.handle_close()
    connection.handle_read()
    connection.handle_write()
    assert connection.socket is None
