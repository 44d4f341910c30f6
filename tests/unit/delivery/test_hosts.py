"""Addresses, and which of them is asked next."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubevigil.delivery.hosts import LONGEST_ASIDE, BadHost, Hosts, checked_url

A, B, C = "http://a:9200", "http://b:9200", "http://c:9200"


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("given_", "url"),
    [
        ("http://es", "http://es:9200"),
        ("https://es.example:443/", "https://es.example:443"),
        ("https://es.example/path/es/", "https://es.example:9200/path/es"),
        ("http://[::1]:9201", "http://[::1]:9201"),
        ("http://[::1]", "http://[::1]:9200"),
        ("http://10.0.0.1:19200", "http://10.0.0.1:19200"),
    ],
)
def test_an_address_is_completed(given_: str, url: str) -> None:
    assert checked_url(given_) == url
    assert checked_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "es:9200",
        "//es:9200",
        "ftp://es",
        "http://",
        "http://:9200",
        "http://es:x",
        "http://es:99999",
        "http://ship:hunter2@es",
        "http://es?hunter2",
        "http://es#hunter2",
        "http://e s",
        "http://es/a b",
        " http://es",
        "http://es\n",
        "http://[::1",
        "http://es/../hunter2",
    ],
)
def test_what_is_no_address_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(BadHost, match="http://HOST:PORT") as caught:
        checked_url(url)
    assert "hunter2" not in str(caught.value)


def test_those_that_are_well_are_asked_in_turn() -> None:
    hosts = Hosts([A, B, C], random=Random(1), monotonic=Clock())
    assert [hosts.in_order()[0] for _ in range(6)] == [A, B, C, A, B, C]
    assert all(sorted(hosts.in_order()) == [A, B, C] for _ in range(3))


def test_one_that_failed_is_asked_last_until_its_time_is_over() -> None:
    clock = Clock()
    hosts = Hosts([A, B, C], random=Random(1), monotonic=clock)
    hosts.failed(A)
    assert all(hosts.in_order()[-1] == A for _ in range(5))
    clock.now += 1.3
    assert A in {hosts.in_order()[0] for _ in range(3)}


def test_it_is_put_aside_longer_each_time_and_at_once_forgiven() -> None:
    clock = Clock()
    hosts = Hosts([A, B], random=Random(1), monotonic=clock)
    for _ in range(20):
        hosts.failed(A)
    clock.now += LONGEST_ASIDE / 2
    assert hosts.in_order() == [B, A] == hosts.in_order()
    hosts.worked(A)
    assert {hosts.in_order()[0], hosts.in_order()[0]} == {A, B}


@given(st.lists(st.sampled_from([A, B, C]), max_size=30), st.integers())
def test_even_if_all_failed_each_is_asked(failures: list[str], seed: int) -> None:
    hosts = Hosts([A, B, C], random=Random(seed), monotonic=Clock())
    for url in failures:
        hosts.failed(url)
    assert sorted(hosts.in_order()) == [A, B, C]


def test_no_address_at_all_is_refused() -> None:
    with pytest.raises(BadHost, match="there is none"):
        Hosts([], random=Random(1), monotonic=Clock())
