"""What a chunked answer costs and keeps: over a real socket, with the bytes that a server sends."""

import socket
from collections.abc import Iterator, Sequence
from threading import Thread

import pytest

from kubevigil.kube.access import Server
from kubevigil.kube.errors import Stalled, Unreachable
from kubevigil.kube.request import Request
from kubevigil.kube.transport import Response, Transport

_HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


class Answers:
    """A server that sends one prepared answer a request; `connections` are those that were made to it."""

    def __init__(self, answers: Sequence[bytes], *, then_close: bool) -> None:
        self.connections = 0
        self._answers = list(answers)
        self._then_close = then_close
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._open: list[socket.socket] = []
        self._thread = Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while self._answers:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            while self._answers and self._asked(connection):
                connection.sendall(self._answers.pop(0))
            if self._then_close:
                connection.close()

    @staticmethod
    def _asked(connection: socket.socket) -> bool:
        asked = b""
        while not asked.endswith(b"\r\n\r\n"):
            came = connection.recv(65536)
            if not came:
                return False
            asked += came
        return True

    def close(self) -> None:
        # Closing alone does not wake a thread that waits in accept.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)
        for connection in self._open:
            connection.close()


@pytest.fixture
def served() -> Iterator[list[Answers]]:
    made: list[Answers] = []
    yield made
    for answers in made:
        answers.close()


def _get(transport: Transport, timeout: float = 10) -> Response:
    return transport.send(Request("/"), {}, read_timeout=timeout, interrupt=None)


def _whole(response: Response) -> list[bytes]:
    with response:
        return list(iter(response.read, b""))


def test_chunks_that_came_together_are_read_together(served: list[Answers]) -> None:
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(text), text) for text in [b'{"n":%d}\n' % n for n in range(50)])
    served.append(Answers([_HEAD + chunks + b"0\r\n\r\n"], then_close=False))
    transport = Transport(Server(served[0].url))
    pieces = _whole(_get(transport))
    assert b"".join(pieces).count(b"\n") == 50
    assert len(pieces) < 50
    transport.close()


def test_a_connection_is_used_again_after_a_chunked_answer(served: list[Answers]) -> None:
    answer = _HEAD + b"3\r\none\r\n0\r\nTrailer: 1\r\n\r\n"
    served.append(Answers([answer] * 3, then_close=False))
    transport = Transport(Server(served[0].url))
    assert [_whole(_get(transport)) for _ in range(3)] == [[b"one"]] * 3
    assert served[0].connections == 1
    transport.close()


@pytest.mark.parametrize(
    "body",
    [b"5\r\nab", b"2\r\nab\r\n", b"2\r\nab\r\n5", b"2\r\nab\r\nnonsense\r\n"],
    ids=["in-a-chunk", "between-chunks", "in-a-size", "no-chunk"],
)
def test_a_chunked_answer_that_breaks_off_is_an_error_and_never_an_end(served: list[Answers], body: bytes) -> None:
    served.append(Answers([_HEAD + body], then_close=True))
    transport = Transport(Server(served[0].url))
    with pytest.raises(Unreachable):
        _whole(_get(transport))
    transport.close()


def test_a_missing_empty_line_at_the_very_end_is_forgiven(served: list[Answers]) -> None:
    served.append(Answers([_HEAD + b"2\r\nab\r\n0\r\n"], then_close=True))
    transport = Transport(Server(served[0].url))
    assert _whole(_get(transport)) == [b"ab"]
    transport.close()


def test_silence_within_a_chunked_answer_is_a_stall(served: list[Answers]) -> None:
    served.append(Answers([_HEAD + b"2\r\nab\r\n5\r\nc"], then_close=False))
    transport = Transport(Server(served[0].url))
    with pytest.raises(Stalled):
        _whole(_get(transport, timeout=0.2))
    transport.close()
