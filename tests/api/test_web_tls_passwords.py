"""Passwords over real sockets: who is asked, what a flood of wrong ones may not do, and that none is told."""

import contextlib
import logging
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import bcrypt
import pytest

from kubevigil.web.exchange import Request, Response
from kubevigil.web.security import Security
from kubevigil.web.server import Server
from tests.api.running import Running, until
from tests.api.tls_peer import BRISK, SECONDS, Authority, basic, got, served

AUTHORITY = Authority()
CHEAP = bcrypt.hashpw(b"right", bcrypt.gensalt(4)).decode()
DEAR = bcrypt.hashpw(b"right", bcrypt.gensalt(12)).decode()
"""A quarter of a second a check."""

OPEN = ("/healthz",)
LIMITS = BRISK._replace(header_seconds=30)


def page(request: Request) -> Response:
    return Response(200, [], [b"signed in" if request.signed_in else b"stranger"])


ROUTES = {"/metrics": page, "/healthz": page}


def closed(hashed: str) -> Security:
    return Security(encryption=AUTHORITY.server(), users={"alice": hashed})


@pytest.fixture
def server() -> Iterator[Server]:
    with served(ROUTES, closed(CHEAP), open_paths=OPEN) as running:
        yield running


def test_pages_need_the_password_and_a_refusal_asks_for_it(server: Server) -> None:
    context = AUTHORITY.client()
    refused = got(server, "/metrics", context)
    assert (refused.status, refused.body) == (401, b"401 Unauthorized\n")
    assert refused.headers["Www-Authenticate"].startswith("Basic realm=")
    for name, password in (("alice", "wrong"), ("bob", "right"), ("", "")):
        assert got(server, "/metrics", context, basic(name, password)).status == 401
    let_in = got(server, "/metrics", context, basic("alice", "right"))
    assert (let_in.status, let_in.body) == (200, b"signed in")


@pytest.mark.parametrize("path", ["/nowhere", "/", "/metrics/", "/%68ealthz/.."])
def test_a_stranger_does_not_learn_which_pages_there_are(server: Server, path: str) -> None:
    assert got(server, path, AUTHORITY.client()).status == 401


def test_a_probe_needs_no_password_and_is_known_for_a_stranger(server: Server) -> None:
    context = AUTHORITY.client()
    assert got(server, "/healthz", context).body == b"stranger"
    assert got(server, "/healthz", context, basic("alice", "wrong")).body == b"stranger"
    assert got(server, "/healthz", context, basic("alice", "right")).body == b"signed in"


def test_no_password_or_user_is_in_a_log_line(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for password in ("right", "hunter2"):
        got(server, "/metrics", AUTHORITY.client(), basic("alice", password))
    told = " ".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
    assert not any(word in told for word in ("alice", "right", "hunter2", CHEAP))


class Flood:
    """Clients that try one wrong password after the other, each a new one, without a pause."""

    def __init__(self, server: Server, source: str, clients: int) -> None:
        self.statuses: list[int] = []
        self._server, self._source, self._stop = server, source, threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(n,)) for n in range(clients)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        try:
            until(lambda: {401, 429} <= set(self.statuses))
        except AssertionError:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(SECONDS)

    def _run(self, number: int) -> None:
        tries = 0
        while not self._stop.is_set():
            tries += 1
            with contextlib.suppress(OSError):
                self.statuses.append(asked_from(self._source, self._server, basic("alice", f"{number}-{tries}")))


def asked_from(source: str, server: Server, headers: dict[str, str]) -> int:
    """The status of `/metrics` for a client with that address."""
    lines = [f"{name}: {value}\r\n" for name, value in {**headers, "Connection": "close"}.items()]
    with (
        socket.create_connection(server.address, timeout=SECONDS, source_address=(source, 0)) as plain,
        AUTHORITY.client().wrap_socket(plain, server_hostname="localhost") as client,
    ):
        client.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n" + "".join(lines).encode() + b"\r\n")
        return int(client.recv(4_096).split()[1])


def test_a_flood_of_wrong_passwords_starves_neither_probes_nor_who_is_known() -> None:
    with served(ROUTES, closed(DEAR), LIMITS, OPEN) as server:
        assert asked_from("127.0.0.1", server, basic("alice", "right")) == 200
        with Flood(server, "127.0.0.2", clients=12):
            for _ in range(20):
                assert got(server, "/healthz", AUTHORITY.client()).status == 200
                assert asked_from("127.0.0.1", server, basic("alice", "right")) == 200


def test_a_flood_from_one_address_does_not_keep_another_from_signing_in() -> None:
    with served(ROUTES, closed(DEAR), LIMITS, OPEN) as server, Flood(server, "127.0.0.2", clients=12) as flood:
        assert asked_from("127.0.0.1", server, basic("alice", "right")) == 200
        assert set(flood.statuses) == {401, 429}


def test_the_exporter_serves_by_its_web_configuration_file(tmp_path: Path) -> None:
    certificate = AUTHORITY.certificate("127.0.0.1")
    certificate.private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "tls.pem"))
    file = tmp_path / "web.yml"
    head = "tls_server_config: {cert_file: tls.pem, key_file: tls.pem}\n"
    file.write_text(f"{head}basic_auth_users: {{alice: '{CHEAP}'}}\n")
    running = Running("http://127.0.0.1:1", tmp_path, web_config_file=str(file))
    try:
        server = running._exporter.port._server
        assert running.url.startswith("https://127.0.0.1:")
        assert got(server, "/metrics", AUTHORITY.client()).status == 401
        assert b"kubevigil_build_info" in got(server, "/metrics", AUTHORITY.client(), basic("alice", "right")).body
        assert got(server, "/healthz", AUTHORITY.client()).status == 200

        def details(headers: dict[str, str]) -> bytes:
            return got(server, "/readyz", AUTHORITY.client(), headers).body

        until(lambda: b"127.0.0.1" in details(basic("alice", "right")))
        assert b"127.0.0.1" not in details({})
        assert b'"detail":""' in details({})
    finally:
        running.stop()


def test_the_exporter_takes_over_a_new_file_while_it_serves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kubevigil.app.web_reload.INTERVAL_SECONDS", 0.05)
    file = tmp_path / "web.yml"
    file.write_text(f"basic_auth_users: {{alice: '{CHEAP}'}}\n")
    running = Running("http://127.0.0.1:1", tmp_path, web_config_file=str(file))
    try:
        server = running._exporter.port._server
        assert got(server, "/metrics", None, basic("bob", "right")).status == 401
        file.write_text(f"basic_auth_users: {{bob: '{CHEAP}'}}\n")
        until(lambda: got(server, "/metrics", None, basic("bob", "right")).status == 200)
        assert got(server, "/metrics", None, basic("alice", "right")).status == 401
    finally:
        running.stop()
