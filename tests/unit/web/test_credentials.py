import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubevigil.web.credentials import credentials_in


def basic(raw: bytes) -> str:
    return "Basic " + base64.b64encode(raw).decode()


@given(st.binary(max_size=40).filter(lambda name: b":" not in name), st.binary(max_size=40))
def test_what_was_sent_comes_out(name: bytes, password: bytes) -> None:
    assert credentials_in(basic(name + b":" + password)) == (name, password)


@pytest.mark.parametrize(
    "value", ["", "Basic", "Basic ", "Basic !!!!", "Bearer YTpi", "Basic YWI=", "YTpi", "Basic YTp", "Basic YTpi YTpi"]
)
def test_anything_else_is_none(value: str) -> None:
    assert credentials_in(value) is None


@given(st.text(max_size=60))
def test_any_header_is_credentials_or_none(value: str) -> None:
    credentials_in("Basic " + value)
    credentials_in(value)


def test_the_scheme_is_told_apart_from_its_case() -> None:
    assert credentials_in("bAsIc YTpi") == (b"a", b"b")


def test_they_do_not_print() -> None:
    assert "b" not in repr(credentials_in("Basic YTpi")).removeprefix("Credentials")
