"""Addresses in health checks: which are never asked, and what of an answer is taken."""

import ipaddress
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from kubevigil.healthchecks.fetching import LIMIT, Fetcher, is_public

HOST = "checks.example.org"
NEVER = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "198.18.0.1",
    "192.0.2.1",
    "::1",
    "::",
    "fe80::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "2001:db8::1",
]
"""Loopback, private, link-local, metadata, shared, documentation, multicast; plain and wrapped."""


@pytest.mark.parametrize("address", NEVER)
def test_an_address_that_is_not_public_is_never_asked(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_a_public_one_is(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@given(st.ip_addresses(v=4))
def test_wrapping_makes_no_address_more_public(address: ipaddress.IPv4Address) -> None:
    mapped = ipaddress.ip_address(f"::ffff:{address}")
    translated = ipaddress.IPv6Address(int(ipaddress.IPv6Address("64:ff9b::")) + int(address))
    assert is_public(mapped) == is_public(translated) == is_public(address)


class _Server:
    """A TLS server on loopback whose certificate is of HOST; `answers` are (status, body) by path."""

    def __init__(self, ca: trustme.CA) -> None:
        self.answers: dict[str, tuple[int, bytes]] = {"/workflow": (200, b"kind: Workflow")}
        self.asked: list[tuple[str, str]] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked.append((self.path, self.headers["Host"]))
                status, body = server.answers.get(self.path, (404, b""))
                self.send_response(status)
                self.send_header("Location", "https://elsewhere.test/")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None: ...

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ca.issue_cert(HOST).configure_cert(context)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def url(self, path: str = "/workflow", host: str = HOST) -> str:
        return f"https://{host}:{self.port}{path}"

    @contextmanager
    def running(self) -> Iterator["_Server"]:
        self._thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def server(authority: trustme.CA) -> Iterator[_Server]:
    with _Server(authority).running() as server:
        yield server


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> str:
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return str(tmp_path / "ca.pem")


def fetcher(ca_file: str | None = None, *leads_to: str, allows: bool = True) -> Fetcher:
    """One whose names all lead to loopback, which it allows for the test."""
    addresses = [ipaddress.ip_address(address) for address in leads_to or ("127.0.0.1",)]
    allowed = (lambda _: True) if allows else is_public
    return Fetcher([HOST, "*.below.test"], allowed=allowed, resolve=lambda _host, _port: addresses, ca_file=ca_file)


def test_a_text_is_fetched_over_a_verified_connection(server: _Server, ca_file: str) -> None:
    assert fetcher(ca_file)(server.url(), True) == b"kind: Workflow"
    assert server.asked == [("/workflow", f"{HOST}:{server.port}")]


def test_a_certificate_that_nobody_vouches_for_is_not_believed_unless_that_is_asked_for(server: _Server) -> None:
    with pytest.raises(ValueError, match="certificate verify failed"):
        fetcher()(server.url(), True)
    assert fetcher()(server.url(), False) == b"kind: Workflow"


def test_a_certificate_of_another_host_is_not_believed(server: _Server, ca_file: str) -> None:
    with pytest.raises(ValueError, match="certificate"):
        fetcher(ca_file)(server.url(host="other.below.test"), True)


@pytest.mark.parametrize("status", [301, 302, 307, 308, 403, 404, 500, 204])
def test_any_answer_but_200_is_none_and_no_redirect_is_followed(server: _Server, ca_file: str, status: int) -> None:
    server.answers["/moved"] = (status, b"")
    with pytest.raises(ValueError, match=f"status {status}"):
        fetcher(ca_file)(server.url("/moved"), True)
    assert len(server.asked) == 1


def test_an_answer_without_end_is_given_up(server: _Server, ca_file: str) -> None:
    server.answers["/long"] = (200, b"x" * (LIMIT + 1))
    with pytest.raises(ValueError, match="longer than"):
        fetcher(ca_file)(server.url("/long"), True)


def test_a_name_of_which_one_address_is_private_is_not_asked(server: _Server, ca_file: str) -> None:
    for addresses in (("127.0.0.1",), ("8.8.8.8", "10.0.0.1"), ("8.8.8.8", "::1")):
        with pytest.raises(ValueError, match="not public"):
            fetcher(ca_file, *addresses, allows=False)(server.url(), True)
    assert server.asked == []


@pytest.mark.parametrize(
    "address",
    [
        "http://checks.example.org/",
        "ftp://checks.example.org/",
        "file:///etc/passwd",
        "//checks.example.org/",
        "https:///x",
        "https://user:word@checks.example.org/",
        "https://checks.example.org.evil.test/",
        "https://evil.test/#checks.example.org",
        "https://evil.test\\@checks.example.org/",
        "https://below.test/",
        "https://xbelow.test/",
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://checks.example.org:99999/",
        "https://checks.example.org:x/",
        "https://metadata.google.internal/",
    ],
)
def test_an_address_that_is_not_listed_https_is_refused_before_anything_is_asked(address: str) -> None:
    asked: list[str] = []

    def resolve(host: str, _port: int) -> list[Any]:
        asked.append(host)
        return [ipaddress.ip_address("8.8.8.8")]

    with pytest.raises(ValueError, match=r"."):
        Fetcher([HOST, "*.below.test"], resolve=resolve)(address, True)
    assert asked == []


def test_a_line_break_in_an_address_makes_no_header(server: _Server, ca_file: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        fetcher(ca_file)(server.url("/workflow HTTP/1.1\r\nX-Evil: 1"), True)
    assert server.asked == []


@given(st.text(max_size=60))
def test_whatever_is_written_is_fetched_or_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        fetcher()(address, True)
