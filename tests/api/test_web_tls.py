"""The HTTP server with TLS over real sockets: who gets in, who does not, and that every byte arrives."""

import contextlib
import logging
import random
import socket
import ssl
import subprocess
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from kubevigil.web.answering import SECURITY
from kubevigil.web.security import OPEN, Security
from kubevigil.web.server import Request, Response, Server
from kubevigil.web.tls import ClientAuth, Version
from tests.api.test_web_server import hung_up
from tests.api.test_web_slowloris import blocks_of
from tests.api.tls_peer import BRISK, SECONDS, Authority, got, hello, secured, served

AUTHORITY, STRANGER = Authority(), Authority()
BLOCKS = blocks_of()
BODY = b"".join(BLOCKS)
GET = b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n"


def page(_: Request) -> Response:
    return Response(200, [("Content-Type", "text/plain")], [b"hello"])


def big(_: Request) -> Response:
    return Response(200, [], BLOCKS)


ROUTES = {"/page": page, "/big": big}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with served(ROUTES, Security(encryption=AUTHORITY.server())) as running:
        yield running


def mutual(**more: object) -> Security:
    return Security(encryption=AUTHORITY.server(client_auth=ClientAuth.REQUIRED, client_ca=AUTHORITY.pem, **more))


def let_in(server: Server, context: ssl.SSLContext) -> bool:
    """Whether a client gets a page; in TLS 1.3 it hears of a refusal after its own handshake."""
    try:
        return got(server, "/page", context).status == 200
    except OSError:
        return False


def test_a_page_comes_whole_with_its_headers(server: Server) -> None:
    answer = got(server, "/page", AUTHORITY.client())
    assert (answer.status, answer.body) == (200, b"hello")
    assert set(SECURITY) <= set(answer.headers.items())
    assert server.scheme == "https"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_hundred_thousand_series_come_whole(server: Server, version: ssl.TLSVersion) -> None:
    context = AUTHORITY.client()
    context.minimum_version = context.maximum_version = version
    assert got(server, "/big", context).body == BODY


def test_a_slow_reader_gets_a_hundred_thousand_series_whole(server: Server) -> None:
    dice, heard = random.Random(7), b""
    with secured(server, AUTHORITY.client(), window=4_096) as client:
        client.sendall(GET % b"/big")
        while not heard.endswith(BODY[-100:]):
            part = client.recv(dice.randrange(1, 30_000))
            assert part
            heard += part
            if dice.random() < 0.01:
                threading.Event().wait(0.01)
    head, _, body = heard.partition(b"\r\n\r\n")
    assert b"Content-Length: %d" % len(BODY) in head
    assert body == BODY


def test_a_connection_is_kept_for_the_next_request(server: Server) -> None:
    with secured(server, AUTHORITY.client()) as client:
        for _ in range(3):
            client.sendall(GET % b"/page")
            answer = b""
            while not answer.endswith(b"hello"):
                part = client.recv(4_096)
                assert part
                answer += part


def test_a_request_in_many_records_and_many_requests_in_one_are_as_in_plain_http(server: Server) -> None:
    with secured(server, AUTHORITY.client()) as client:
        for byte in GET % b"/page":
            client.send(bytes([byte]))
        assert client.recv(4_096).startswith(b"HTTP/1.1 200 OK")
    with secured(server, AUTHORITY.client()) as client:
        client.sendall((GET % b"/page") * 20)
        answer = b""
        with contextlib.suppress(ConnectionError):
            while part := client.recv(65_536):
                answer += part
    assert answer.count(b"HTTP/1.1 200 OK") == 1
    assert b"connection: close" in answer.lower()


def test_ten_clients_at_once_get_every_byte(server: Server) -> None:
    wrong: list[object] = []

    def scrape() -> None:
        try:
            wrong.extend("a body" for _ in range(2) if got(server, "/big", AUTHORITY.client()).body != BODY)
        except OSError as error:
            wrong.append(error)

    scrapers = [threading.Thread(target=scrape) for _ in range(10)]
    for scraper in scrapers:
        scraper.start()
    for scraper in scrapers:
        scraper.join(60)
    assert wrong == []


def test_plain_http_is_told_to_use_https_and_leaves_no_trace(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    answer = got(server, "/page")
    assert answer.status == 400
    assert b"https://" in answer.body
    assert caplog.records == []


def old(version: str) -> ssl.SSLContext:
    context = AUTHORITY.client()
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion[version]
    return context


@pytest.mark.parametrize("version", ["TLSv1", "TLSv1_1"])
def test_old_tls_is_refused(server: Server, version: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with pytest.raises(ssl.SSLError, match=r"(?i)version|protocol"):
        got(server, "/page", old(version))
    assert caplog.records == []


def test_tls_1_2_is_refused_where_1_3_is_the_least() -> None:
    context = AUTHORITY.client()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with served(ROUTES, Security(encryption=AUTHORITY.server(least=Version.TLS13))) as server:
        assert let_in(server, AUTHORITY.client())
        with pytest.raises(ssl.SSLError, match=r"(?i)version|protocol"):
            got(server, "/page", context)


def test_the_suite_is_one_of_those_that_are_allowed() -> None:
    encryption = AUTHORITY.server(most=Version.TLS12, ciphers=("ECDHE-ECDSA-AES256-GCM-SHA384",))
    with served(ROUTES, Security(encryption=encryption)) as server:
        with secured(server, AUTHORITY.client()) as client:
            assert client.cipher() == ("ECDHE-ECDSA-AES256-GCM-SHA384", "TLSv1.2", 256)
        other = AUTHORITY.client()
        other.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256")
        assert not let_in(server, other)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_client_needs_a_certificate_of_the_ca_where_one_is_required(version: ssl.TLSVersion) -> None:
    with served(ROUTES, mutual()) as server:
        for context, welcome in (
            (AUTHORITY.client(AUTHORITY.certificate("scraper.test")), True),
            (AUTHORITY.client(), False),
            (AUTHORITY.client(STRANGER.certificate("scraper.test")), False),
        ):
            context.maximum_version = version
            assert let_in(server, context) is welcome


def test_a_certificate_is_verified_if_given_and_may_be_left_out() -> None:
    encryption = AUTHORITY.server(client_auth=ClientAuth.IF_GIVEN, client_ca=AUTHORITY.pem)
    with served(ROUTES, Security(encryption=encryption)) as server:
        assert let_in(server, AUTHORITY.client())
        assert let_in(server, AUTHORITY.client(AUTHORITY.certificate("scraper.test")))
        assert not let_in(server, AUTHORITY.client(STRANGER.certificate("scraper.test")))


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize(
    ("name", "welcome"),
    [
        ("scraper.test", True),
        ("10.1.2.3", True),
        ("2001:db8::1", True),
        ("ops@example.test", True),
        ("other.test", False),
        ("scraper.test.evil", False),
        ("10.1.2.4", False),
    ],
)
def test_a_certificate_needs_an_allowed_name(name: str, welcome: bool, version: ssl.TLSVersion) -> None:
    names = frozenset(["scraper.test", "10.1.2.3", "2001:0db8:0:0::1", "ops@example.test"])
    context = AUTHORITY.client(AUTHORITY.certificate(name))
    context.maximum_version = version
    with served(ROUTES, mutual(allowed_sans=names)) as server:
        assert let_in(server, context) is welcome


def test_a_resumed_session_needs_an_allowed_name_too() -> None:
    context = AUTHORITY.client(AUTHORITY.certificate("scraper.test"))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with served(ROUTES, mutual()) as server:
        with secured(server, context) as client:
            client.sendall(GET % b"/page")
            assert client.recv(4_096)
            session = client.session
        server.take(mutual(allowed_sans=frozenset(["other.test"])))
        with (
            contextlib.suppress(OSError),
            socket.create_connection(server.address, timeout=SECONDS) as plain,
            context.wrap_socket(plain, server_hostname="localhost", session=session) as client,
        ):
            client.sendall(GET % b"/page")
            assert client.recv(4_096) == b""


def test_new_connections_get_the_new_certificate_and_old_ones_go_on() -> None:
    first = Security(encryption=AUTHORITY.server())
    with served(ROUTES, first) as server, secured(server, AUTHORITY.client()) as early:
        server.take(Security(encryption=STRANGER.server()))
        assert let_in(server, STRANGER.client())
        assert not let_in(server, AUTHORITY.client())
        early.sendall(GET % b"/page")
        assert early.recv(4_096).startswith(b"HTTP/1.1 200 OK")


def test_a_port_does_not_change_between_http_and_https(server: Server) -> None:
    with pytest.raises(ValueError, match="cannot change between HTTP and HTTPS"):
        server.take(OPEN)


def test_curl_understands_it(server: Server, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_bytes(AUTHORITY.pem)
    command = ["curl", "--silent", "--show-error", "--max-time", "20", "--cacert", str(tmp_path / "ca.pem")]
    url = f"https://localhost:{server.address[1]}/big"
    done = subprocess.run(
        [*command, "--resolve", f"localhost:{server.address[1]}:127.0.0.1", url], capture_output=True, check=False
    )
    assert (done.returncode, done.stderr, done.stdout == BODY) == (0, b"", True)


def test_a_connection_that_ends_in_the_middle_of_anything_leaves_no_trace(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    first = hello()
    for cut in (0, 1, 5, 60, len(first) - 1, len(first)):
        with socket.create_connection(server.address, timeout=SECONDS) as client:
            client.sendall(first[:cut])
    with secured(server, AUTHORITY.client()) as client:
        client.sendall(GET % b"/big")
        client.recv(1)
    assert let_in(server, AUTHORITY.client())
    assert caplog.records == []


def test_a_thousand_odd_beginnings_leave_the_server_alive(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    dice, first = random.Random(20_261_121), hello()
    for _ in range(1_000):
        raw = bytearray(first)
        for _ in range(dice.randrange(1, 9)):
            raw[dice.randrange(len(raw))] = dice.randrange(256)
        with socket.create_connection(server.address, timeout=SECONDS) as client, contextlib.suppress(OSError):
            client.sendall(raw[: dice.randrange(len(raw) + 1)] + dice.randbytes(dice.randrange(40)))
            client.shutdown(socket.SHUT_WR)
            while client.recv(65_536):
                pass
    assert let_in(server, AUTHORITY.client())
    assert caplog.records == []


def test_stopping_lets_an_answer_under_way_end_whole() -> None:
    entered, release = threading.Event(), threading.Event()

    def slow(_: Request) -> Response:
        entered.set()
        release.wait(SECONDS)
        return Response(200, [], BLOCKS[:20])

    limits, heard = BRISK._replace(header_seconds=30), b""
    security = Security(encryption=AUTHORITY.server())
    with served({"/slow": slow}, security, limits) as server, secured(server, AUTHORITY.client()) as client:
        client.sendall(GET % b"/slow")
        assert entered.wait(SECONDS)
        stopping = threading.Thread(target=server.stop, args=(15,))
        stopping.start()
        release.set()
        while part := client.recv(65_536):
            heard += part
        stopping.join(SECONDS)
    assert heard.partition(b"\r\n\r\n")[2] == b"".join(BLOCKS[:20])


def test_clients_that_stop_reading_are_cut_off_and_hold_no_worker(server: Server) -> None:
    with contextlib.ExitStack() as clients:
        stopped = [clients.enter_context(secured(server, AUTHORITY.client(), window=4_096)) for _ in range(8)]
        for client in stopped:
            client.sendall(GET % b"/big")
            assert client.recv(1) == b"H"
        assert let_in(server, AUTHORITY.client())
        for client in stopped:
            # Seen without reading, so that the client stays one that does not read.
            assert hung_up(client, SECONDS)
