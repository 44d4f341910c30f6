"""The HTTP server over real sockets: what each odd or hostile client gets, and that the next client is served."""

import contextlib
import http.client
import random
import re
import select
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from kubevigil.web.answering import SECURITY
from kubevigil.web.errors import CannotListen
from kubevigil.web.limits import Limits
from kubevigil.web.server import Request, Response, Server
from tests.raw_request import said_to

BRISK = Limits(header_seconds=1, idle_seconds=30, stall_seconds=1, answer_seconds=30, header_bytes=4_096, workers=2)
BIG = [b"x" * 100_000] * 400
SECRET = "token=hunter2"


class Site:
    """A few pages, and what the server reported of them."""

    def __init__(self) -> None:
        self.failures: list[tuple[str, str]] = []
        self.seen: list[Request] = []
        self.entered, self.release = threading.Event(), threading.Event()
        self.routes = {"/page": self.page, "/big": self.big, "/broken": self.broken, "/slow": self.slow}

    def page(self, request: Request) -> Response:
        self.seen.append(request)
        return Response(200, [("Content-Type", "text/plain")], [b"hello"])

    def big(self, _: Request) -> Response:
        return Response(200, [], iter(BIG))

    def broken(self, _: Request) -> Response:
        raise RuntimeError(SECRET)

    def slow(self, _: Request) -> Response:
        self.entered.set()
        self.release.wait(20)
        return Response(200, [], [b"late"])

    def failed(self, path: str, error: Exception) -> None:
        self.failures.append((path, str(error)))


@contextlib.contextmanager
def served(site: Site, listen: str = "127.0.0.1:0", limits: Limits = BRISK) -> Iterator[Server]:
    server = Server(listen, site.routes, limits, site.failed)
    server.start()
    try:
        yield server
    finally:
        site.release.set()
        server.stop(5)


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def server(site: Site) -> Iterator[Server]:
    with served(site) as running:
        yield running


def connected(server: Server, *, window: int | None = None) -> socket.socket:
    client = socket.socket(socket.AF_INET6 if ":" in server.address[0] else socket.AF_INET)
    if window is not None:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
    client.settimeout(15)
    client.connect(server.address)
    return client


def said(server: Server, raw: bytes) -> bytes:
    """All that the server answers to `raw`, until it closes the connection."""
    with contextlib.closing(connected(server)) as client:
        return said_to(client, raw)


def fetched(server: Server, path: str = "/page", method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(*server.address, timeout=15)
    with contextlib.closing(connection):
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()


def status_of(answer: bytes) -> int:
    match = re.match(rb"HTTP/1\.[01] (\d{3}) ", answer)
    assert match is not None, answer[:200]
    return int(match[1])


def test_a_page_comes_whole_with_its_headers_and_no_banner(server: Server) -> None:
    status, headers, body = fetched(server)
    assert (status, body, headers["Content-Length"]) == (200, b"hello", "5")
    assert set(SECURITY) <= set(headers.items())
    assert {"Server", "Via"}.isdisjoint(headers)


def test_a_large_body_comes_whole_and_with_its_length(server: Server) -> None:
    _, headers, body = fetched(server, "/big")
    assert body == b"".join(BIG)
    assert headers["Content-Length"] == str(len(body))


def test_head_says_the_length_and_keeps_the_connection_usable(server: Server) -> None:
    connection = http.client.HTTPConnection(*server.address, timeout=15)
    with contextlib.closing(connection):
        for _ in range(3):
            connection.request("HEAD", "/big")
            answer = connection.getresponse()
            assert (answer.status, answer.getheader("Content-Length"), answer.read()) == (200, "40000000", b"")
        connection.request("GET", "/page")
        assert connection.getresponse().read() == b"hello"


def test_a_route_sees_the_query_and_lower_case_headers(site: Site, server: Server) -> None:
    said(server, b"GET /p%61ge?a=1&b HTTP/1.1\r\nHost: x\r\nAccept-ENCODING: gzip\r\n\r\n")
    assert [(seen.path, seen.query, seen.headers["accept-encoding"]) for seen in site.seen] == [
        ("/page", "a=1&b", "gzip")
    ]


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        (b"GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        (b"GET /%2e%2e/page HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        (b"POST /page HTTP/1.1\r\nHost: x\r\n\r\n", 405),
        (b"DELETE /page HTTP/1.1\r\nHost: x\r\n\r\n", 405),
        (b"BREW /page HTTP/1.1\r\nHost: x\r\n\r\n", 405),
        (b"POST /page HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na", 413),
        (b"GET /page HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n", 413),
        (b"POST /page HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 413),
        (b"POST /page HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n", 413),
        (b"GET /page HTTP/1.1\r\nExpect: 100-continue\r\n\r\n", 200),
        (b"GET /page HTTP/1.1\r\nX: " + b"y" * 5_000 + b"\r\n\r\n", 431),
        (b"GET /" + b"y" * 5_000, 431),
        (b"GET /page HTTP/1.1\r\nTransfer-Encoding: br\r\n\r\n", 400),
        (b"GET /page HTTP/1.1\r\nContent-Length: " + b"9" * 4_000 + b"\r\n\r\n", 413),
        (b"GET http://[ HTTP/1.1\r\n\r\n", 400),
        (b"get /page HTTP/1.1\r\n\r\n", 400),
        (b"\0\1\2\3\r\n\r\n", 400),
        (b"GET /page HTTP/1.0\r\n\r\n", 200),
        (b"GET /page HTTP/9.9\r\n\r\n", 200),
    ],
)
def test_each_odd_request_gets_its_own_refusal(server: Server, raw: bytes, status: int) -> None:
    answer = said(server, raw)
    assert status_of(answer) == status
    head = answer.partition(b"\r\n\r\n")[0]
    assert all(f"{name}: {value}".encode().lower() in head.lower() for name, value in SECURITY)
    assert b"waitress" not in answer.lower()


def test_a_length_with_more_digits_than_python_reads_is_a_400(site: Site) -> None:
    with served(site, limits=BRISK._replace(header_bytes=16_384)) as server:
        answer = said(server, b"GET /page HTTP/1.1\r\nContent-Length: " + b"9" * 5_000 + b"\r\n\r\n")
    assert status_of(answer) == 400


def test_a_route_that_raises_is_a_500_reported_once_without_its_words(site: Site, server: Server) -> None:
    status, _, body = fetched(server, "/broken")
    assert (status, body) == (500, b"500 Internal Server Error\n")
    assert site.failures == [("/broken", SECRET)]
    assert fetched(server)[0] == 200


def test_a_kept_connection_outlives_the_header_deadline_between_requests(server: Server) -> None:
    connection = http.client.HTTPConnection(*server.address, timeout=15)
    with contextlib.closing(connection), contextlib.closing(connected(server)) as silent:
        connection.request("GET", "/page")
        assert connection.getresponse().read() == b"hello"
        first = connection.sock
        assert silent.recv(1) == b""
        connection.request("GET", "/page")
        assert connection.getresponse().read() == b"hello"
        assert connection.sock is first


def test_more_silent_clients_than_the_limit_delay_a_page_but_do_not_shut_it_out(site: Site) -> None:
    with served(site, limits=BRISK._replace(connections=20)) as server, contextlib.ExitStack() as clients:
        for _ in range(40):
            clients.enter_context(connected(server))
        assert fetched(server)[0] == 200


def test_clients_that_stop_reading_hold_no_worker_and_are_cut_off(site: Site) -> None:
    with served(site, limits=BRISK._replace(stall_seconds=4)) as server, contextlib.ExitStack() as clients:
        stopped = [clients.enter_context(connected(server, window=4_096)) for _ in range(BRISK.workers * 4)]
        for client in stopped:
            client.sendall(b"GET /big HTTP/1.1\r\nHost: x\r\n\r\n")
        for client in stopped:
            assert client.recv(1) == b"H"
        assert fetched(server)[0] == 200
        # A hang-up is seen without reading, so that the client stays one that does not read.
        assert not any(hung_up(client, 0) for client in stopped), "a page has to wait until these are cut off"
        assert all(hung_up(client, 15) for client in stopped)


def hung_up(client: socket.socket, seconds: float) -> bool:
    """Whether the server ends the connection within `seconds`, seen without taking a byte."""
    poll = select.poll()
    poll.register(client, select.POLLRDHUP)
    return bool(poll.poll(seconds * 1_000))


def test_requests_sent_ahead_are_dropped_with_the_connection_and_hold_no_worker(site: Site, server: Server) -> None:
    answer = said(server, b"GET /page HTTP/1.1\r\nHost: x\r\n\r\n" * 50)
    assert answer.count(b"HTTP/1.1 200 OK") == 1
    assert b"connection: close" in answer.lower()
    assert len(site.seen) == 1


def test_stopping_closes_idle_clients_at_once_and_lets_an_answer_under_way_end(site: Site) -> None:
    with served(site, limits=BRISK._replace(header_seconds=30)) as server, contextlib.ExitStack() as clients:
        idle, asking = (clients.enter_context(connected(server)) for _ in range(2))
        asking.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        assert site.entered.wait(10)
        stopping = threading.Thread(target=server.stop, args=(15,))
        stopping.start()
        assert hung_up(idle, 10)
        assert server.alive
        site.release.set()
        assert status_of(asking.recv(65_536)) == 200
        stopping.join(10)
        assert not server.alive


def test_stopping_gives_up_on_a_route_that_hangs(site: Site) -> None:
    with served(site) as server, contextlib.closing(connected(server)) as client:
        client.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        assert site.entered.wait(10)
        server.stop(0.1)
        assert client.recv(1) == b""
        server.stop(0.1)


def test_stopping_does_not_wait_for_idle_clients(site: Site) -> None:
    with served(site) as server, contextlib.closing(connected(server)) as client:
        fetched(server)
        began = time.monotonic()
        server.stop(10)
        assert time.monotonic() - began < 5
        assert hung_up(client, 5)


def test_the_port_is_free_again_after_a_stop(site: Site) -> None:
    with served(site) as server:
        port = server.address[1]
        assert fetched(server)[0] == 200
        assert server.alive
    assert not server.alive
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)
    with served(site, f"127.0.0.1:{port}") as again:
        assert fetched(again)[0] == 200


def test_no_thread_is_left_after_a_stop(site: Site) -> None:
    before = set(threading.enumerate())
    with served(site) as server:
        fetched(server)
    left = [thread for thread in set(threading.enumerate()) - before if thread.is_alive()]
    for thread in left:
        thread.join(5)
    assert not any(thread.is_alive() for thread in left)


@pytest.mark.parametrize("listen", ["127.0.0.1:0", "0.0.0.0:0", "[::1]:0", ":0"])
def test_each_form_of_address_serves(site: Site, listen: str) -> None:
    if listen == "[::1]:0" and not ipv6_works():
        pytest.skip("no IPv6 loopback on this machine")
    with served(site, listen) as server:
        assert fetched(server)[0] == 200


def ipv6_works() -> bool:
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as probe:
        probe.bind(("::1", 0))
        return True
    return False


def test_a_taken_port_is_refused_at_start_and_leaves_no_thread(site: Site, server: Server) -> None:
    before = threading.active_count()
    second = Server(f"127.0.0.1:{server.address[1]}", site.routes)
    with pytest.raises(CannotListen, match="choose another port"):
        second.start()
    assert threading.active_count() <= before
    second.stop(1)


METHODS = [b"GET", b"HEAD", b"POST", b"PUT", b"OPTIONS", b"TRACE", b"CONNECT", b"PRI", b"G\xc3T", b"get", b""]
TARGETS = [b"/page", b"/", b"*", b"//", b"/%00", b"/%ff%fe", b"/..%2f..%2fetc/passwd", b"/page?%", b"http://[::", b"?#"]
VERSIONS = [b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2.0", b"HTTP/0.9", b"HTTP/1.1 x", b"HTP", b""]
HEADERS = [
    b"Host: x", b"Content-Length: -1", b"Content-Length: 5, 6", b"Transfer-Encoding: chunked", b"Connection: close",
    b"Transfer-Encoding: gzip, chunked", b"X_Y: z", b" folded", b"no colon", b"X: \x00\xff", b": empty",
    b"Expect: 100-continue", b"Content-Length: 3", b"X: " + b"z" * 4_500, b"Accept-Encoding: gzip;q=\xb2", b"A: \rb",
]  # fmt: skip


def odd_request(dice: random.Random) -> bytes:
    if dice.random() < 0.3:
        return dice.randbytes(dice.randrange(300)) + dice.choice([b"", b"\r\n\r\n"])
    line = b" ".join([dice.choice(METHODS), dice.choice(TARGETS), dice.choice(VERSIONS)])
    headers = dice.sample(HEADERS, dice.randrange(5))
    return b"\r\n".join([line, *headers, b"", dice.choice([b"", b"abc", b"0\r\n\r\n", b"zz\r\n"])])


def test_two_thousand_odd_requests_get_no_5xx_and_leave_the_server_alive(site: Site, server: Server) -> None:
    dice = random.Random(20_240_229)
    statuses: dict[int, int] = {}
    for _ in range(2_000):
        raw = odd_request(dice)
        answer = said(server, raw)
        if answer:
            status = status_of(answer)
            statuses[status] = statuses.get(status, 0) + 1
            assert status < 500, raw
    assert set(statuses) == {200, 400, 404, 405, 413, 431}
    assert site.failures == []
    assert fetched(server)[0] == 200
