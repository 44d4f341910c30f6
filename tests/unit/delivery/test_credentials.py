"""Credentials: the right header, and nowhere else."""

import base64
import copy

import pytest

from kubevigil.delivery.credentials import BadCredentials, Credentials

SECRET = "hunter2-of-kubevigil"


def test_each_kind_makes_its_header() -> None:
    assert Credentials.none().authorization == ""
    basic = Credentials.basic("ship", "päss:word").authorization
    assert base64.b64decode(basic.removeprefix("Basic ")).decode() == "ship:päss:word"
    assert Credentials.api_key("VnVhQ2ZHY0JDZGJrU==").authorization == "ApiKey VnVhQ2ZHY0JDZGJrU=="
    assert Credentials.api_key("id:key").authorization == "ApiKey " + base64.b64encode(b"id:key").decode()
    assert Credentials.bearer("abc.def").authorization == "Bearer abc.def"


@pytest.mark.parametrize(
    "credentials",
    [Credentials.basic("ship", SECRET), Credentials.api_key(SECRET), Credentials.bearer(SECRET)],
    ids=["basic", "api key", "bearer"],
)
def test_a_secret_is_neither_shown_nor_serialised(credentials: Credentials) -> None:
    encoded = credentials.authorization.partition(" ")[2]
    for shown in (repr(credentials), str(credentials), f"{credentials}", f"{[credentials]}"):
        assert SECRET not in shown
        assert encoded not in shown
        assert credentials.kind in shown
    with pytest.raises(TypeError):
        copy.copy(credentials)


@pytest.mark.parametrize("bad", ["", f"{SECRET}\n", f"a b{SECRET}", f"{SECRET}ä", SECRET + "x" * 9_000])
def test_what_would_break_the_header_is_refused_and_not_shown(bad: str) -> None:
    for make in (Credentials.bearer, Credentials.api_key):
        with pytest.raises(BadCredentials) as caught:
            make(bad)
        assert SECRET not in str(caught.value)


@pytest.mark.parametrize("user", ["", "a:b"])
def test_a_user_that_basic_authentication_cannot_express_is_refused(user: str) -> None:
    with pytest.raises(BadCredentials, match="user's name") as caught:
        Credentials.basic(user, SECRET)
    assert SECRET not in str(caught.value)
