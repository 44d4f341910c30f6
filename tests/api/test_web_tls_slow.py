"""A thousand half-open TLS connections beside scrapers, in a process of its own whose memory is counted."""

import contextlib
import http.client
import selectors
import socket
import ssl
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from tests.api.test_web_slowloris import SERIES, blocks_of, counted, many_files, serving
from tests.api.tls_peer import hello
from tests.conftest import Tell

HALF_OPEN = 1_000
DEADLINE = 10.0
SCRAPING = 4.0
MEBIBYTE_LIMIT = 160

SERVE = """
import sys
sys.path.insert(0, "../..")
from tests.api.test_web_slowloris import blocks_of
from tests.api.tls_peer import Authority
from kubevigil.web.security import Security
from kubevigil.web.server import Request, Response, Server
BLOCKS = blocks_of()
routes = {"/metrics": lambda _: Response(200, [], BLOCKS), "/page": lambda _: Response(200, [], [b"x"])}
server = Server("127.0.0.1:0", routes, security=Security(encryption=Authority().server()))
server.start()
print(server.address[1], flush=True)
sys.stdin.read()
server.stop(5)
"""
COMMAND = [sys.executable, "-c", SERVE]


def trusting() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


TRUSTING = trusting()


class HalfOpen:
    """Connections that sent the beginnings of a handshake, and how long the server kept each."""

    def __init__(self, port: int, count: int) -> None:
        first = hello()
        self._beginnings = [b"", first[:1], first[:100], first]
        self._selector = selectors.DefaultSelector()
        self._opened: dict[socket.socket, float] = {}
        self.closed_after: list[float] = []
        for number in range(count):
            client = socket.create_connection(("127.0.0.1", port), timeout=10)
            client.sendall(self._beginnings[number % 4])
            client.setblocking(False)
            self._opened[client] = time.monotonic()
            self._selector.register(client, selectors.EVENT_READ)

    def watch(self, until: float) -> None:
        while self._opened and time.monotonic() < until:
            for key, _ in self._selector.select(0.2):
                assert isinstance(key.fileobj, socket.socket)
                self._read(key.fileobj)

    def drip(self) -> None:
        """Sends another byte of a record that never ends."""
        for client in self._opened:
            with contextlib.suppress(OSError):
                client.send(b"\0")

    def release(self) -> None:
        for client in self._opened:
            client.close()
        self._selector.close()

    def _read(self, client: socket.socket) -> None:
        try:
            ended = not client.recv(65_536)
        except OSError:
            ended = True
        if ended:
            self.closed_after.append(time.monotonic() - self._opened.pop(client))
            self._selector.unregister(client)
            client.close()


class Scrapers:
    """Four clients that scrape, each time on a new connection."""

    def __init__(self, port: int) -> None:
        self._port, self._until = port, time.monotonic() + SCRAPING
        self._plain = b"".join(blocks_of())
        self.scrapes, self.failures = 0, list[str]()
        self._threads = [threading.Thread(target=self._run) for _ in range(4)]
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join(60)

    def _run(self) -> None:
        while time.monotonic() < self._until:
            try:
                whole = self._scrape() == self._plain
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(repr(error))
            else:
                self.scrapes += whole
                self.failures += [] if whole else ["not whole"]

    def _scrape(self) -> bytes:
        made = http.client.HTTPSConnection("127.0.0.1", self._port, timeout=30, context=TRUSTING)
        with contextlib.closing(made) as connection:
            connection.request("GET", "/metrics")
            return connection.getresponse().read()


@pytest.fixture(scope="module")
def attacked() -> Iterator[tuple[HalfOpen, Scrapers, int, int, int]]:
    """What became of the half-open connections and the scrapes; threads; RSS in KiB before, and at most."""
    with many_files(HALF_OPEN + 200), serving(COMMAND) as (pid, port):
        before, began = counted(pid, "VmHWM"), time.monotonic()
        half_open = HalfOpen(port, HALF_OPEN)
        scrapers = Scrapers(port)
        try:
            half_open.watch(began + SCRAPING / 2)
            threads = counted(pid, "Threads")
            half_open.watch(began + DEADLINE + 2)
        finally:
            half_open.release()
            scrapers.join()
        yield half_open, scrapers, threads, before, counted(pid, "VmHWM")


def test_every_scrape_beside_a_thousand_half_open_handshakes_is_whole(
    attacked: tuple[HalfOpen, Scrapers, int, int, int],
) -> None:
    _, scrapers, threads, _, _ = attacked
    assert scrapers.failures == []
    assert scrapers.scrapes > 0
    assert threads <= 32


def test_half_open_handshakes_are_closed_by_the_header_deadline(
    attacked: tuple[HalfOpen, Scrapers, int, int, int],
) -> None:
    half_open, *_ = attacked
    assert len(half_open.closed_after) == HALF_OPEN
    assert max(half_open.closed_after) <= DEADLINE


def test_a_thousand_half_open_handshakes_cost_memory_within_bounds(
    attacked: tuple[HalfOpen, Scrapers, int, int, int], tell: Tell
) -> None:
    half_open, scrapers, threads, before, peak = attacked
    tell(
        half_open=HALF_OPEN, last_closed_after=f"{max(half_open.closed_after):.1f} s", scrapes=scrapers.scrapes,
        threads=threads, mib_before=before // 1_024, mib_peak=peak // 1_024,
    )  # fmt: skip
    assert (peak - before) // 1_024 <= MEBIBYTE_LIMIT


def test_a_handshake_that_drips_byte_by_byte_is_closed_by_the_same_deadline() -> None:
    with serving(COMMAND) as (_, port):
        half_open = HalfOpen(port, 40)
        until = time.monotonic() + DEADLINE + 2
        while time.monotonic() < until and len(half_open.closed_after) < 40:
            half_open.drip()
            half_open.watch(time.monotonic() + 0.5)
        half_open.release()
    assert len(half_open.closed_after) == 40
    assert max(half_open.closed_after) <= DEADLINE


def test_a_hundred_clients_that_take_no_more_than_a_byte_cost_no_copy_of_the_body(tell: Tell) -> None:
    assert SERIES == 100_000
    with serving(COMMAND) as (pid, port), contextlib.ExitStack() as clients:
        before = counted(pid, "VmHWM")
        for _ in range(100):
            plain = clients.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
            client = clients.enter_context(TRUSTING.wrap_socket(plain, server_hostname="localhost"))
            client.sendall(b"GET /metrics HTTP/1.1\r\nHost: kubevigil\r\n\r\n")
            assert client.recv(1) == b"H"
        grown = counted(pid, "VmHWM") - before
        tell(clients=100, kib_grown=grown)
        assert grown < 32 * 1024


def test_connections_that_come_and_go_leave_no_memory_behind(tell: Tell) -> None:
    with serving(COMMAND) as (pid, port):

        def rounds(count: int) -> None:
            for _ in range(count):
                made = http.client.HTTPSConnection("127.0.0.1", port, timeout=30, context=TRUSTING)
                with contextlib.closing(made) as connection:
                    connection.request("GET", "/page")
                    connection.getresponse().read()

        rounds(500)
        before = counted(pid, "VmRSS")
        rounds(2_000)
        grown = counted(pid, "VmRSS") - before
        tell(connections=2_000, kib_grown=grown)
        assert grown < 8 * 1024
