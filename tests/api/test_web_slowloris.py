"""A thousand half-open connections beside ten scrapers: the test that chose the HTTP server (decision 0002).

The server runs in a process of its own, so that its threads and its memory are counted alone.
"""

import contextlib
import gzip
import http.client
import resource
import selectors
import socket
import statistics
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

HALF_OPEN = 1_000
SCRAPERS = 10
SCRAPING = 4.0
SERIES = 100_000
DEADLINE = 10.0
THREADS = 32
PARTIAL = b"GET /metrics HTTP/1.1\r\nHost: kubevigil\r\nX-Half: "

SERVE = """
import sys, time
from kubevigil.web.negotiation import accepts_gzip
from kubevigil.web.server import Request, Response, Server
from test_web_slowloris import blocks_of
import gzip
BLOCKS = blocks_of()
PACKED = gzip.compress(b"".join(BLOCKS), 1)

def metrics(request):
    kind = ("Content-Type", "text/plain; version=0.0.4")
    if accepts_gzip(request.headers.get("accept-encoding", "")):
        return Response(200, [kind, ("Content-Encoding", "gzip")], [PACKED])
    return Response(200, [kind], iter(BLOCKS))

server = Server("127.0.0.1:0", {"/metrics": metrics})
server.start()
print(server.address[1], flush=True)
sys.stdin.read()
server.stop(5)
"""


class Scrape(NamedTuple):
    seconds: float
    status: int
    whole: bool
    packed: bool


class Figures(NamedTuple):
    """What one attack showed; times in seconds."""

    scrapes: list[Scrape]
    failures: list[str]
    closed_after: list[float]
    threads: int
    peak_mib: int

    def percentile(self, percent: int, *, packed: bool) -> float:
        walls = [scrape.seconds for scrape in self.scrapes if scrape.packed is packed]
        return statistics.quantiles(walls, n=100, method="inclusive")[percent - 1] if len(walls) > 1 else float("nan")


def blocks_of(series: int = SERIES, per_block: int = 1_000) -> list[bytes]:
    """About 12 MB of exposition text in pieces, as the exporter holds it."""
    row = (
        'kubevigil_container_restarts_total{{namespace="team-{0:03}",pod="backend-worker-7d9c5b{1:07}-x",'
        'container="main",container_type="app"}} {2}\n'
    )
    rows = [row.format(index % 200, index, index % 7).encode() for index in range(series)]
    return [b"".join(rows[start : start + per_block]) for start in range(0, series, per_block)]


@contextlib.contextmanager
def many_files(wanted: int) -> Iterator[None]:
    """Lets this process, and those that it starts, hold `wanted` sockets; puts the limit back."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        pytest.skip(f"needs {wanted} open files, the hard limit is {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def family(pid: int) -> Iterator[int]:
    """The process and all that it started."""
    yield pid
    with contextlib.suppress(OSError):
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in children.read_text().split():
                yield from family(int(child))


def counted(pid: int, field: str) -> int:
    """The sum of a number of /proc/PID/status over the server's processes."""
    total = 0
    for member in family(pid):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{member}/status").read_text().splitlines():
                if line.startswith(field + ":"):
                    total += int(line.split()[1])
    return total


class Scrapers:
    """Ten clients that scrape one after the other on new connections; one in five takes plain text."""

    def __init__(self, port: int, seconds: float, plain: bytes) -> None:
        self._port, self._until = port, time.monotonic() + seconds
        self._size, self._sum = len(plain), zlib.crc32(plain)
        self.scrapes: list[Scrape] = []
        self.failures: list[str] = []
        self._threads = [threading.Thread(target=self._run, args=(n % 5 != 0,)) for n in range(SCRAPERS)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join(60)

    def _run(self, packed: bool) -> None:
        while time.monotonic() < self._until:
            try:
                self.scrapes.append(self._scrape(packed))
            except (OSError, http.client.HTTPException, EOFError, zlib.error) as error:
                self.failures.append(repr(error))

    def _scrape(self, packed: bool) -> Scrape:
        began = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        with contextlib.closing(connection):
            connection.request("GET", "/metrics", headers={"Accept-Encoding": "gzip"} if packed else {})
            answer = connection.getresponse()
            body = answer.read()
        seconds = time.monotonic() - began
        text = gzip.decompress(body) if answer.getheader("Content-Encoding") == "gzip" else body
        return Scrape(seconds, answer.status, (len(text), zlib.crc32(text)) == (self._size, self._sum), packed)


class HalfOpen:
    """Connections that sent a part of a request header, and the moments at which the server closed them."""

    def __init__(self, port: int, count: int) -> None:
        self._selector = selectors.DefaultSelector()
        self._opened: dict[socket.socket, float] = {}
        self.closed_after: list[float] = []
        for _ in range(count):
            client = socket.create_connection(("127.0.0.1", port), timeout=10)
            client.sendall(PARTIAL)
            client.setblocking(False)
            self._opened[client] = time.monotonic()
            self._selector.register(client, selectors.EVENT_READ)

    def watch(self, until: float) -> None:
        """Notes each close until all are closed or the monotonic clock says `until`."""
        while self._opened and time.monotonic() < until:
            for key, _ in self._selector.select(0.2):
                assert isinstance(key.fileobj, socket.socket)
                self._read(key.fileobj)

    def drip(self) -> None:
        """Sends one more byte of the unfinished header on each connection."""
        for client in self._opened:
            with contextlib.suppress(OSError):
                client.send(b"x")

    def release(self) -> None:
        for client in list(self._opened):
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


def attack(pid: int, port: int, patience: float) -> Figures:
    """Holds the half-open connections, scrapes beside them, and waits `patience` seconds for their end."""
    plain = b"".join(blocks_of())
    began = time.monotonic()
    half_open = HalfOpen(port, HALF_OPEN)
    scrapers = Scrapers(port, SCRAPING, plain)
    try:
        scrapers.start()
        half_open.watch(began + SCRAPING / 2)
        threads = counted(pid, "Threads")
        half_open.watch(began + patience)
    finally:
        half_open.release()
        scrapers.join()
    peak = counted(pid, "VmHWM") // 1024
    return Figures(scrapers.scrapes, scrapers.failures, half_open.closed_after, threads, peak)


@contextlib.contextmanager
def serving(command: Sequence[str]) -> Iterator[tuple[int, int]]:
    """A server process that prints its port; gives (pid, port), ends it afterwards."""
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield process.pid, int(process.stdout.readline())
        finally:
            process.stdin.close()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


@pytest.fixture(scope="module")
def figures() -> Iterator[Figures]:
    with many_files(HALF_OPEN + 200), serving([sys.executable, "-c", SERVE]) as (pid, port):
        yield attack(pid, port, patience=DEADLINE + 2)


def test_every_scrape_beside_a_thousand_half_open_connections_is_answered_whole(figures: Figures) -> None:
    assert figures.failures == []
    assert {(scrape.status, scrape.whole) for scrape in figures.scrapes} == {(200, True)}
    assert {scrape.packed for scrape in figures.scrapes} == {True, False}


def test_half_open_connections_are_closed_by_the_header_deadline(figures: Figures) -> None:
    assert len(figures.closed_after) == HALF_OPEN
    assert max(figures.closed_after) <= DEADLINE


def test_half_open_connections_cost_no_threads(figures: Figures) -> None:
    assert figures.threads <= THREADS


def test_a_header_that_drips_byte_by_byte_is_closed_by_the_same_deadline() -> None:
    with serving([sys.executable, "-c", SERVE]) as (_, port):
        half_open = HalfOpen(port, 50)
        until = time.monotonic() + DEADLINE + 2
        while time.monotonic() < until and len(half_open.closed_after) < 50:
            half_open.drip()
            half_open.watch(time.monotonic() + 0.5)
        half_open.release()
    assert len(half_open.closed_after) == 50
    assert max(half_open.closed_after) <= DEADLINE


def test_a_hundred_clients_that_take_no_more_than_a_byte_cost_no_copy_of_the_body() -> None:
    with serving([sys.executable, "-c", SERVE]) as (pid, port), contextlib.ExitStack() as clients:
        before = counted(pid, "VmHWM")
        for _ in range(100):
            client = clients.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
            client.sendall(b"GET /metrics HTTP/1.1\r\nHost: kubevigil\r\n\r\n")
            assert client.recv(1) == b"H"
        assert counted(pid, "VmHWM") - before < 32 * 1024
