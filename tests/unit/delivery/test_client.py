"""HTTP as it is spoken with the server: what is sent, what is not, and what each failure is called."""

import logging
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from threading import Barrier, Thread
from typing import Any

import pytest
import trustme

from kubevigil.delivery.client import Client
from kubevigil.delivery.credentials import Credentials
from kubevigil.delivery.errors import (
    BadConnection,
    BrokenOff,
    DeliveryError,
    NotUnderstood,
    Reason,
    RefusedCredentials,
    Rejected,
    ServerError,
    Throttled,
    TooLarge,
    Unreachable,
)
from tests.unit.delivery.server import Asked, Reply, Server, serving

SECRET = "hunter2-of-kubevigil"


@contextmanager
def client_of(*urls: str, **options: Any) -> Iterator[Client]:
    client = Client(urls, random=Random(1), **options)
    try:
        yield client
    finally:
        client.close()


@pytest.fixture
def gone() -> str:
    """An address at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def test_a_bulk_request_is_one_post_with_the_body_as_it_is() -> None:
    body = b'{"create":{}}\n{}\n'
    with serving(Reply(body=b'{"items":[]}')) as server, client_of(server.url, user_agent="kubevigil/0.1") as client:
        assert client.bulk(body) == b'{"items":[]}'
    [asked] = server.asked
    assert (asked.method, asked.path, asked.body) == ("POST", "/_bulk", body)
    assert asked.headers["Content-Type"] == "application/x-ndjson"
    assert asked.headers["User-Agent"] == "kubevigil/0.1"
    assert asked.headers["Accept-Encoding"] == "identity"
    assert "Authorization" not in asked.headers
    assert "Cookie" not in asked.headers


def test_a_path_before_the_api_is_kept() -> None:
    with serving() as server, client_of(server.url + "/es") as client:
        client.bulk(b"")
    assert server.asked[0].path == "/es/_bulk"


def test_credentials_are_asked_for_each_request_so_that_they_may_change() -> None:
    now = [Credentials.bearer("one"), Credentials.bearer("two")]
    with serving() as server, client_of(server.url, credentials=lambda: now.pop(0)) as client:
        client.bulk(b"")
        client.bulk(b"")
    assert [asked.headers["Authorization"] for asked in server.asked] == ["Bearer one", "Bearer two"]


def test_nothing_of_the_surroundings_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, gone: str) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, gone)
    with serving() as server, client_of(server.url) as client:
        client.bulk(b"")
    assert "Authorization" not in server.asked[0].headers


def test_a_cookie_is_not_kept() -> None:
    with serving(Reply(headers={"Set-Cookie": "a=b; Path=/"})) as server, client_of(server.url) as client:
        client.bulk(b"")
        client.bulk(b"")
    assert "Cookie" not in server.asked[1].headers


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed_least_of_all_with_credentials(status: int) -> None:
    with ExitStack() as stack:
        elsewhere = stack.enter_context(serving())
        server = stack.enter_context(serving(Reply(status, headers={"Location": elsewhere.url})))
        client = stack.enter_context(client_of(server.url, credentials=lambda: Credentials.bearer(SECRET)))
        with pytest.raises(Rejected, match=f"points elsewhere .{status}."):
            client.bulk(b"x\n")
        assert elsewhere.asked == []


def _failure(reply: Reply) -> DeliveryError:
    with serving(reply) as server, client_of(server.url) as client, pytest.raises(DeliveryError) as caught:
        client.bulk(b"x\n")
    return caught.value


SECURITY = (
    b'{"error":{"type":"security_exception","reason":"no permissions for [indices:data/write/bulk]"},"status":403}'
)
STATUSES: list[tuple[Reply, type[DeliveryError], Reason, float]] = [
    (Reply(401, b"Unauthorized", {}), RefusedCredentials, Reason.CREDENTIALS, 0.0),
    (Reply(403, SECURITY, {}), RefusedCredentials, Reason.CREDENTIALS, 0.0),
    (Reply(403, b"<html>blocked by a firewall</html>", {}), Rejected, Reason.REQUEST, 0.0),
    (Reply(400, b"{}", {}), Rejected, Reason.REQUEST, 0.0),
    (Reply(404, b"", {}), Rejected, Reason.REQUEST, 0.0),
    (Reply(413, b"", {}), TooLarge, Reason.TOO_LARGE, 0.0),
    (Reply(429, b"", {}), Throttled, Reason.THROTTLED, 0.0),
    (Reply(429, b"", {"Retry-After": "7"}), Throttled, Reason.THROTTLED, 7.0),
    (Reply(500, b"", {}), ServerError, Reason.SERVER, 0.0),
    (Reply(503, b"", {"Retry-After": "120"}), ServerError, Reason.SERVER, 120.0),
    (Reply(503, b"", {"Retry-After": "soon"}), ServerError, Reason.SERVER, 0.0),
]


@pytest.mark.parametrize(("reply", "type_", "reason", "wait"), STATUSES, ids=range(len(STATUSES)))
def test_each_status_is_the_failure_that_it_means(
    reply: Reply, type_: type[DeliveryError], reason: Reason, wait: float
) -> None:
    failure = _failure(reply)
    assert type(failure) is type_
    assert failure.reason is reason
    assert failure.retry_after == wait
    assert f"({reply.status})" in str(failure)
    assert "127.0.0.1" in str(failure)


def test_the_servers_own_words_are_told_on_one_line() -> None:
    words = b'{"error":{"type":"illegal_argument_exception","reason":"unknown\\nparameter \\u001b[31m"},"status":400}'
    assert str(_failure(Reply(400, words))).endswith("(400): illegal_argument_exception: unknown parameter [31m")


def test_a_server_that_is_not_there_is_unreachable(gone: str) -> None:
    with client_of(gone) as client, pytest.raises(Unreachable, match=r"cannot be reached: .*Connection refused"):
        client.bulk(b"")


def test_a_name_that_does_not_resolve_is_unreachable() -> None:
    with client_of("http://nowhere.invalid:9200") as client, pytest.raises(Unreachable, match=r"nowhere\.invalid:9200"):
        client.bulk(b"")


def test_a_connection_that_ends_without_an_answer_is_broken_off() -> None:
    failure = _failure(Reply(hangs_up=True))
    assert type(failure) is BrokenOff
    assert failure.blames_body


def test_an_answer_that_is_cut_off_is_no_answer() -> None:
    assert type(_failure(Reply(body=b'{"items":[]}', cut=10))) is BrokenOff


def test_a_server_that_accepts_and_stays_silent_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with client_of(url, read_timeout=0.05) as client, pytest.raises(BrokenOff, match="silent for too long"):
            client.bulk(b"x\n")


def test_an_answer_without_end_is_not_taken_into_memory() -> None:
    with (
        serving(Reply(body=b"x" * 300_000)) as server,
        client_of(server.url, most_answered=200_000) as client,
        pytest.raises(NotUnderstood, match="more than 200,000 bytes"),
    ):
        client.bulk(b"")


def test_what_is_no_http_is_broken_off() -> None:
    with socket.create_server(("127.0.0.1", 0)) as odd:

        def speak() -> None:
            peer, _ = odd.accept()
            with peer:
                peer.recv(65_536)
                peer.sendall(b"SSH-2.0-OpenSSH\r\n")

        thread = Thread(target=speak)
        thread.start()
        with client_of(f"http://127.0.0.1:{odd.getsockname()[1]}") as client, pytest.raises(BrokenOff):
            client.bulk(b"x\n")
        thread.join()


def test_a_host_that_is_away_gives_way_to_the_next_at_once(gone: str) -> None:
    with serving() as server, client_of(gone, server.url) as client:
        for _ in range(4):
            assert client.bulk(b"x\n") == b"{}"
    assert len(server.asked) == 4


def test_one_that_cannot_serve_is_put_aside_and_the_failure_told() -> None:
    with serving(Reply(503)) as away, serving() as well, client_of(away.url, well.url) as client:
        with pytest.raises(ServerError):
            client.bulk(b"x\n")
        for _ in range(4):
            client.bulk(b"x\n")
    assert (len(away.asked), len(well.asked)) == (1, 4)


def test_if_all_are_away_the_last_of_them_is_named(gone: str) -> None:
    with client_of(gone, "http://127.0.0.1:1") as client, pytest.raises(Unreachable, match=r"127\.0\.0\.1:1 "):
        client.bulk(b"")


def test_what_is_not_there_is_an_answer_to_a_get_and_a_failure_to_a_put() -> None:
    with serving(Reply(404, b'{"error":"none"}')) as server, client_of(server.url) as client:
        answer = client.get("/_index_template/x")
        assert (answer.status, answer.body) == (404, b'{"error":"none"}')
        with pytest.raises(Rejected):
            client.put("/_index_template/x", {"a": 1})
    assert [(a.method, a.path, a.body) for a in server.asked] == [
        ("GET", "/_index_template/x", b""),
        ("PUT", "/_index_template/x", b'{"a": 1}'),
    ]
    assert server.asked[1].headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(("status", "type_"), [(401, RefusedCredentials), (403, Rejected), (500, ServerError)])
def test_a_get_that_is_refused_fails(status: int, type_: type[DeliveryError]) -> None:
    with serving(Reply(status)) as server, client_of(server.url) as client, pytest.raises(type_):
        client.get("/")


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@contextmanager
def _tls_server(authority: trustme.CA, name: str) -> Iterator[Server]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    with serving(tls=context) as server:
        yield server


def test_a_server_that_the_ca_file_vouches_for_is_believed(authority: trustme.CA, tmp_path: Path) -> None:
    ca_file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    with _tls_server(authority, "127.0.0.1") as server, client_of(server.url, ca_file=str(ca_file)) as client:
        assert client.bulk(b"x\n") == b"{}"


@pytest.mark.parametrize("name", ["127.0.0.1", "elsewhere.example"])
def test_one_that_nobody_vouches_for_gets_nothing(authority: trustme.CA, tmp_path: Path, name: str) -> None:
    """Neither without the CA file, nor with it under another name."""
    ca_file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    trusted = str(ca_file) if name == "elsewhere.example" else ""
    secret = Credentials.bearer(SECRET)
    with (
        _tls_server(authority, name) as server,
        client_of(server.url, ca_file=trusted, credentials=lambda: secret) as client,
        pytest.raises(Unreachable, match="certificate"),
    ):
        client.bulk(b"x\n")
    assert server.asked == []


def test_a_ca_file_that_cannot_be_used_is_told_at_once(tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("nothing")
    for path in (tmp_path / "none.pem", empty):
        with pytest.raises(BadConnection, match=rf"{path}.*readable PEM"):
            Client(["http://127.0.0.1:9200"], ca_file=str(path))


REPLIES = [
    Reply(401),
    Reply(403, SECURITY),
    Reply(500),
    Reply(302, headers={"Location": "http://x"}),
    Reply(hangs_up=True),
]


@pytest.mark.parametrize("reply", REPLIES, ids=range(len(REPLIES)))
def test_no_failure_and_no_log_line_shows_a_secret(reply: Reply, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    credentials = Credentials.basic("ship", SECRET)
    encoded = credentials.authorization.removeprefix("Basic ")
    with serving(reply) as server, client_of(server.url, credentials=lambda: credentials) as client:
        with pytest.raises(DeliveryError) as caught:
            client.bulk(b"x\n")
        shown = "".join([caplog.text, repr(client), repr(vars(client)), *_chain(caught.value)])
    assert server.asked[0].headers["Authorization"] == f"Basic {encoded}"
    assert SECRET not in shown
    assert encoded not in shown


def _chain(error: BaseException | None) -> Iterator[str]:
    while error is not None:
        yield f"{error} {error!r}"
        error = error.__cause__ or error.__context__


def test_threads_ask_at_the_same_time_and_connections_are_used_again() -> None:
    """Though each pair of requests has threads of its own."""
    both = Barrier(2, timeout=30)

    def together(_: Asked) -> Reply:
        both.wait()
        return Reply()

    answers: list[bytes] = []
    with serving(together) as server, client_of(server.url) as client:
        for _ in range(5):
            threads = [Thread(target=lambda: answers.append(client.bulk(b"x\n"))) for _ in range(2)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    assert answers == [b"{}"] * 10
    assert len(server.peers) == 2
