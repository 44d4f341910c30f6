"""Requests that no client should send, to the real server with the real routes: never a 5xx, never a failed page."""

import random
import re
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from typing import Final

import pytest

from kubevigil.app.routes import Check, routes
from kubevigil.metrics.exposition import Exposition
from kubevigil.metrics.selfmetrics import SelfMetrics
from kubevigil.pods.families import FAMILIES
from kubevigil.web.server import Server
from tests.conftest import Tell
from tests.raw_request import connected, said_to

SEED: Final = 13
STATUS: Final = re.compile(rb"HTTP/1\.[01] (\d{3}) ")
LENGTH: Final = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)
PATHS: Final = ("/", "/metrics", "/readyz", "/healthz", "/favicon.ico", "*", "//metrics", "/metrics/", "/../etc/passwd")
METHODS: Final = (
    *("GET", "GET", "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "CONNECT", "PRI"),
    *("get", "G\x01T", "A" * 300),
)
VERSIONS: Final = ("1.1", "1.1", "1.1", "1.0", "0.9", "2.0", "9", "1.1.1", "x", "")
HEADERS: Final = (
    ("Accept-Encoding", ("gzip", "gzip;q=0", "gzip;q=x", "*", "br, gzip;q=1e9", ",,;;==", "identity;q=nan", "\xff")),
    ("Accept", ("*/*", "application/openmetrics-text;escaping=allow-utf-8", "text/plain;version=99", ";")),
    ("Host", ("", "a b", "[::1", "x" * 300, "evil\tx")),
    ("Content-Length", ("0", "-1", "1e3", "x", "99999999999999999999", "0, 0", "+1", " ", "5")),
    ("Transfer-Encoding", ("chunked", "identity", "gzip, chunked", "xchunked", "\x0bchunked")),
    ("Expect", ("100-continue", "200-ok")),
    ("Connection", ("keep-alive", "close", "upgrade", "close, keep-alive", "\x00")),
    ("Upgrade", ("h2c", "websocket")),
    ("Range", ("bytes=0-0", "bytes=-1", "bytes=9-1", "lines=1")),
    ("If-None-Match", ("*", '"x"', "W/")),
    ("Authorization", ("Basic !!!", "Bearer " + "a" * 4000, "Digest")),
    ("X-Forwarded-For", ("127.0.0.1", "::", "' OR 1=1")),
    ("Cookie", ("a=b", "=" * 5000, "\u00e9")),
    ("", ("no name",)),
    ("Bad Name", ("x",)),
    ("X-Long", ("y" * 20_000,)),
)
ENDS: Final = (
    b"\r\n\r\n",
    b"\r\n\r\n",
    b"\n\n",
    b"\r\n",
    b"",
    b"\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    b"\r\n\r\nGET / HTTP/1.1\r\n\r\n",
)


def well_formed(chance: random.Random) -> tuple[bytes, bool]:
    """A request that deserves an answer and leaves the connection as it was; whether it is a HEAD."""
    method = chance.choice(("GET", "GET", "HEAD", "DELETE", "OPTIONS", "PATCH"))
    path = chance.choice(PATHS[:5]) if chance.random() < 0.5 else "/" + odd_path(chance)
    encoding = chance.choice(HEADERS[0][1][:6])
    text = f"{method} {path} HTTP/1.1\r\nHost: a\r\nAccept-Encoding: {encoding}\r\n\r\n"
    return text.encode("latin-1"), method == "HEAD"


def odd_path(chance: random.Random) -> str:
    alphabet = "abc/%.?&=;:@+~0123456789%2e%00%ff"
    return "".join(chance.choices(alphabet, k=int(chance.expovariate(0.05)) % 2000))


def malformed(chance: random.Random) -> bytes:
    """Almost a request, or nothing like one."""
    if chance.random() < 0.1:
        return chance.randbytes(chance.randint(1, 3000))
    path = (
        chance.choice(PATHS) if chance.random() < 0.5 else odd_path(chance) + chance.choice(("", "\x00", "\xe9", " "))
    )
    version = chance.choice(VERSIONS)
    lines = [f"{chance.choice(METHODS)} {path} HTTP/{version}"]
    for name, values in chance.choices(HEADERS, k=chance.randint(0, 6)):
        lines.append(f"{name}{chance.choice((': ', ':', ' : ', ' '))}{chance.choice(values)}")
    data = bytearray("\r\n".join(lines).encode("latin-1", "replace") + chance.choice(ENDS))
    for _ in range(chance.choice((0, 0, 1, 3))):
        data[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(data)


class Client:
    """One connection that is kept for as long as the server keeps it, and one for each request that is none."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address
        self._kept: socket.socket | None = None

    def ask(self, request: bytes, *, head: bool) -> int:
        """The status of the answer, read to its end."""
        connection = self._kept = self._kept or connected(self._address)
        connection.sendall(request)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self._more(connection)
        top, _, body = answer.partition(b"\r\n\r\n")
        length = LENGTH.search(top + b"\r\n")
        while length and not head and len(body) < int(length[1]):
            body += self._more(connection)
        if b"connection: close" in top.lower():
            self.close()
        return statuses(top)[0]

    def throw(self, data: bytes) -> list[int]:
        """The statuses that came back before the server closed the connection."""
        with connected(self._address) as connection:
            return statuses(said_to(connection, data))

    def close(self) -> None:
        if self._kept is not None:
            self._kept.close()
        self._kept = None

    @staticmethod
    def _more(connection: socket.socket) -> bytes:
        piece = connection.recv(65_536)
        assert piece, "no whole answer to a well-formed request"
        return piece


def statuses(answer: bytes) -> list[int]:
    return [int(code) for code in STATUS.findall(answer)]


@pytest.fixture
def failures() -> list[str]:
    return []


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    with closing(Client(server.address)) as client:
        yield client


@pytest.fixture
def server(failures: list[str]) -> Iterator[Server]:
    metrics = SelfMetrics(version="1")
    pages = routes(
        Exposition(FAMILIES, metrics.text),
        version="1",
        ready=lambda: [Check("pods", True, "1 watched")],
        healthy=lambda: [Check("web", True, "running")],
    )
    server = Server("127.0.0.1:0", pages, failed=lambda path, error: failures.append(f"{path}: {error!r}"))
    server.start()
    yield server
    server.stop(1)


@pytest.mark.timeout(600)
def test_no_generated_request_makes_the_server_fail(
    server: Server, client: Client, failures: list[str], long_form: bool, tell: Tell
) -> None:
    count = 100_000 if long_form else 3_000
    chance = random.Random(SEED)
    seen: Counter[int] = Counter()
    unanswered = 0
    for index in range(count):
        if chance.random() < 0.7:
            request, head = well_formed(chance)
            found = [client.ask(request, head=head)]
        else:
            request = malformed(chance)
            found = client.throw(request)
            unanswered += not found
        assert all(status < 500 for status in found), f"seed {SEED}, request {index}: {request[:500]!r}"
        seen.update(found)
    assert failures == []
    assert client.ask(b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n", head=False) == 200
    assert server.alive
    answers = "; ".join(f"{status}: {n}" for status, n in sorted(seen.items()))
    tell(requests=count, answers=answers, closed_without_one=unanswered, of_5xx=0)
