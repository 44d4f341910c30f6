"""The encrypted stream over a pair of sockets, beside Python's own client side of TLS."""

import random
import socket
import ssl
from collections.abc import Iterator

import pytest
import trustme

from kubevigil.web.tls import ClientAuth, Tls
from kubevigil.web.tls_context import BadTls, Encryption
from kubevigil.web.tls_stream import RECORD, TlsStream, Unwelcome

AUTHORITY = trustme.CA()
CERTIFICATE = AUTHORITY.issue_cert("localhost")
TLS = Tls(
    certificate=b"".join(blob.bytes() for blob in CERTIFICATE.cert_chain_pems), key=CERTIFICATE.private_key_pem.bytes()
)


class Pair:
    """A stream and its client; neither ever blocks."""

    def __init__(self, tls: Tls = TLS) -> None:
        here, self.there = socket.socketpair()
        for end in (here, self.there):
            end.setblocking(False)
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
        encryption = Encryption(tls)
        self.stream = TlsStream(here, lambda: encryption)
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = ssl.create_default_context()
        AUTHORITY.configure_trust(context)
        self.client = context.wrap_bio(self.incoming, self.outgoing, server_hostname="localhost")

    def pump(self) -> None:
        """Brings to the client what the stream has sent."""
        try:
            while data := self.there.recv(1 << 16):
                self.incoming.write(data)
        except BlockingIOError:
            pass

    def shake(self) -> None:
        for _ in range(50):
            try:
                self.client.do_handshake()
            except ssl.SSLWantReadError:
                self.say()
                self.stream.recv()
                self.pump()
            else:
                self.say()
                self.stream.recv()
                self.stream.flush()
                return
        raise AssertionError("no handshake")

    def say(self) -> None:
        if self.outgoing.pending:
            self.there.sendall(self.outgoing.read())

    def heard(self) -> bytes:
        self.pump()
        parts = []
        try:
            while part := self.client.read(1 << 16):
                parts.append(part)
        except ssl.SSLWantReadError:
            pass
        return b"".join(parts)

    def close(self) -> None:
        self.stream.close()
        self.there.close()


@pytest.fixture
def pair() -> Iterator[Pair]:
    made = Pair()
    made.shake()
    yield made
    made.close()


def test_all_that_came_at_once_is_given_out_at_once_and_nothing_is_left_behind(pair: Pair) -> None:
    for word in (b"one ", b"two ", b"three"):
        pair.client.write(word)
    pair.say()
    assert pair.stream.recv() == b"one two three"
    assert pair.stream.recv() is None


def test_a_record_that_comes_in_two_parts_is_given_out_when_it_is_whole(pair: Pair) -> None:
    pair.client.write(b"hello")
    raw = pair.outgoing.read()
    pair.there.sendall(raw[:9])
    assert pair.stream.recv() is None
    pair.there.sendall(raw[9:])
    assert pair.stream.recv() == b"hello"


def test_a_client_that_takes_little_at_a_time_gets_every_byte_once(pair: Pair) -> None:
    body = random.Random(1).randbytes(20 * RECORD + 17)
    sent, heard, refused = 0, b"", 0
    while sent < len(body):
        taken = pair.stream.send(memoryview(body)[sent:])
        sent += taken
        refused += not taken
        heard += pair.heard()
        assert len(heard) >= sent
    assert heard == body
    assert refused > 20


def test_bytes_count_as_taken_only_with_the_last_of_their_record(pair: Pair) -> None:
    body = bytes(4 * RECORD)
    while pair.stream.send(body):
        pass
    assert pair.stream.unsent
    while not pair.stream.send(body):
        assert pair.stream.unsent
        pair.heard()
    assert not pair.stream.unsent


def test_a_client_that_reads_as_fast_as_we_write_gives_way_after_its_turn(pair: Pair) -> None:
    def sent_in_a_turn() -> int:
        sent = 0
        pair.stream.begin_turn()
        while taken := pair.stream.send(bytes(1_000)):
            sent += taken
            pair.heard()
        return sent

    assert [sent_in_a_turn() for _ in range(2)] == [1_049_000] * 2


def test_an_end_that_the_client_announces_is_an_end(pair: Pair) -> None:
    with pytest.raises(ssl.SSLWantReadError):
        pair.client.unwrap()
    pair.say()
    assert pair.stream.recv() == b""


def test_closing_says_goodbye(pair: Pair) -> None:
    pair.stream.close()
    pair.pump()
    assert pair.client.read() == b""


@pytest.mark.parametrize("junk", [b"\0" * 50, b"\x16\x03\x01\x00\x05hello", b"SSH-2.0-x\r\n", bytes(range(200))])
def test_what_is_no_handshake_is_unwelcome(junk: bytes) -> None:
    fresh = Pair()
    fresh.there.sendall(junk)
    with pytest.raises(Unwelcome):
        fresh.stream.recv()
    fresh.close()


def test_plain_http_is_told_to_speak_tls() -> None:
    fresh = Pair()
    fresh.there.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
    with pytest.raises(Unwelcome):
        fresh.stream.recv()
    answer = fresh.there.recv(1_000)
    assert answer.startswith(b"HTTP/1.0 400 Bad Request\r\n")
    assert b"https://" in answer
    fresh.close()


def test_a_silent_client_costs_no_state_of_openssl() -> None:
    fresh = Pair()
    assert fresh.stream.recv() is None
    assert fresh.stream._tls is None
    fresh.close()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"key": trustme.CA().private_key_pem.bytes()}, "key"),
        ({"key": b"no key"}, "certificate"),
        ({"certificate": b"-----BEGIN CERTIFICATE-----\nx\n"}, "certificate"),
        ({"client_auth": ClientAuth.REQUIRED, "client_ca": b"no CA"}, "client_ca"),
        ({"client_auth": ClientAuth.REQUIRED, "client_ca": b"\xff"}, "client_ca"),
        ({"ciphers": ("NO-SUCH-SUITE",)}, "ciphers"),
    ],
)
def test_what_openssl_cannot_use_is_named_by_its_field(change: dict[str, object], field: str) -> None:
    values = {"certificate": TLS.certificate, "key": TLS.key} | change
    with pytest.raises(BadTls) as caught:
        Encryption(Tls(**values))  # type: ignore[arg-type]
    assert caught.value.field == field


def test_a_key_does_not_print() -> None:
    assert "PRIVATE" not in repr(TLS)
