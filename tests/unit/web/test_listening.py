import contextlib
import socket

import pytest

from kubevigil.web.errors import CannotListen
from kubevigil.web.listening import Address, bind, parse, shown


@pytest.mark.parametrize(
    ("listen", "address"),
    [
        (":8080", Address("", 8080)),
        ("127.0.0.1:8080", Address("127.0.0.1", 8080)),
        ("[::1]:8080", Address("::1", 8080)),
        ("0.0.0.0:0", Address("0.0.0.0", 0)),
        ("localhost:65535", Address("localhost", 65535)),
    ],
)
def test_each_documented_form_is_read_and_shown_again(listen: str, address: Address) -> None:
    assert parse(listen) == address
    assert shown(address) == listen


@pytest.mark.parametrize("listen", ["", "8080", ":", ":65536", "::1:8080", "a:b", "http://a:80", ":8080 ", "[]:1"])
def test_what_is_no_address_is_refused_with_the_forms_that_are(listen: str) -> None:
    with pytest.raises(CannotListen, match=r"give HOST:PORT.*\[::1\]:8080") as caught:
        parse(listen)
    assert repr(listen) in str(caught.value)


def test_a_port_that_is_taken_is_named_with_what_to_do() -> None:
    with contextlib.closing(bind(Address("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen, match=rf"127\.0\.0\.1:{port}: .*choose another port"):
            bind(Address("127.0.0.1", port))


def test_an_address_of_another_machine_is_named_with_what_to_do() -> None:
    with pytest.raises(CannotListen, match=r"192\.0\.2\.1:0: .*use one of its own"):
        bind(Address("192.0.2.1", 0))


def test_a_name_that_does_not_resolve_is_refused() -> None:
    with pytest.raises(CannotListen, match=r"nowhere\.invalid:0"):
        bind(Address("nowhere.invalid", 0))


def test_no_host_means_every_address() -> None:
    with contextlib.closing(bind(Address("", 0))) as bound:
        port = bound.getsockname()[1]
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
        assert bound.getsockname()[0] in ("::", "0.0.0.0")
