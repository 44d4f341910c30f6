import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubevigil.app import kinds
from kubevigil.app.kinds import Raw
from kubevigil.web import listening


@given(st.text(max_size=20) | st.from_regex(r"(\[::1\]|[a-z.]{0,5}|127\.0\.0\.1):[0-9]{1,6}", fullmatch=True))
def test_an_address_that_is_accepted_can_be_listened_on_as_it_is_shown(text: str) -> None:
    with contextlib.suppress(ValueError):
        address = kinds.ADDRESS.read(text)
        assert listening.shown(listening.parse(address)) == address == kinds.ADDRESS.show(address)


@pytest.mark.parametrize("text", [":8080", "127.0.0.1:80", "[::1]:0", "localhost:65535"])
def test_each_form_of_an_address_is_accepted(text: str) -> None:
    assert kinds.ADDRESS.read(text) == text


@pytest.mark.parametrize(
    ("raw", "names"),
    [("a,b", ("a", "b")), (" a , b ", ("a", "b")), (("a", "b"), ("a", "b")), ("", ()), ((), ()), ("a,a", ("a",))],
)
def test_names_come_with_commas_or_as_a_list_each_once(raw: Raw, names: tuple[str, ...]) -> None:
    assert kinds.NAMESPACES.read(raw) == names


@pytest.mark.parametrize("raw", ["A", "a_b", "-a", "a-", "a.b", "a,,b", "a,", "kube-*", "a" * 64, ("a b",), "ä"])
def test_what_cannot_be_a_namespace_is_refused(raw: Raw) -> None:
    with pytest.raises(ValueError):
        kinds.NAMESPACES.read(raw)


def test_a_namespace_may_have_63_characters() -> None:
    assert kinds.NAMESPACES.read("a" * 63) == ("a" * 63,)


def test_globs_may_hold_wildcards() -> None:
    assert kinds.GLOBS.read("kube-*,[!a-c]?") == ("kube-*", "[!a-c]?")


@pytest.mark.parametrize(
    ("raw", "fine"), [("1", True), ("10", True), ("0", False), ("11", False), ("-1", False), ("1.0", False)]
)
def test_a_count_is_a_whole_number_within_its_limits(raw: str, fine: bool) -> None:
    kind = kinds.count(1, 10)
    if fine:
        assert kind.read(raw) == int(raw)
    else:
        with pytest.raises(ValueError):
            kind.read(raw)


def test_a_duration_keeps_within_its_limits_both_included() -> None:
    kind = kinds.duration("1m", "1h")
    assert (kind.read("60s"), kind.read("1h")) == (60, 3600)
    for beyond in ("59.999s", "1h1s"):
        with pytest.raises(ValueError):
            kind.read(beyond)


@pytest.mark.parametrize(
    "kind", [kinds.count(0, 1), kinds.duration("0s", "1d"), kinds.choice("a", "b"), kinds.NAME, kinds.STORE_URL]
)
def test_a_list_where_one_value_is_expected_is_refused(kind: kinds.Kind[object]) -> None:
    with pytest.raises(ValueError):
        kind.read(("a", "b"))


@pytest.mark.parametrize("text", ["", " ", " a", "a\n", "a\x1b[0m", "a" * 254, "\udc80"])
def test_what_cannot_be_a_name_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        kinds.NAME.read(text)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://user:hunter2@host/db", "postgresql://user:***@host/db"),
        ("postgresql://user:hun@ter2@host/db", "postgresql://user:***@host/db"),
        ("postgresql://user:hun/ter2@host/db", "postgresql://user:***@host/db"),
        ("mysql+pymysql://:hunter2@host/db", "mysql+pymysql://:***@host/db"),
        ("postgresql://host/db?user=u&password=hunter2&x=1", "postgresql://host/db?user=u&password=***&x=1"),
    ],
)
def test_a_url_shows_all_but_its_password(url: str, shown: str) -> None:
    secret = kinds.STORE_URL.read(url)
    assert (kinds.STORE_URL.show(secret), secret.reveal(), secret.hides) == (shown, url, True)


@pytest.mark.parametrize(
    "url", ["", "sqlite:////data/kubevigil.db", "sqlite:////a:b@c/kubevigil.db", "postgresql://user@host/db"]
)
def test_a_url_without_a_password_hides_nothing(url: str) -> None:
    assert not kinds.STORE_URL.read(url).hides


def test_a_directory_may_begin_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    assert str(kinds.DIRECTORY.read("~/state")) == "/home/someone/state"
    with pytest.raises(ValueError, match="empty"):
        kinds.DIRECTORY.read("")
    with pytest.raises(ValueError, match="no home"):
        kinds.DIRECTORY.read("~nobody-of-that-name/x")


def test_a_size_keeps_within_its_limits_both_included() -> None:
    kind = kinds.size("1MiB", "1GiB")
    assert (kind.read("1024KiB"), kind.read("1GiB")) == (2**20, 2**30)
    for beyond in ("1023KiB", "2GiB", "1048576"):
        with pytest.raises(ValueError):
            kind.read(beyond)
