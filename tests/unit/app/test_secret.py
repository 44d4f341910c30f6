import copy
import json

import pytest

from kubevigil.app.secret import Secret

WORD = "hunter2"


def test_no_way_of_printing_tells_the_secret() -> None:
    secret = Secret(WORD)
    assert WORD not in f"{secret} {secret!r} {secret!s:>20} {[secret]} {(secret,)} {{'a': {secret}}}"
    assert str(secret) == "***"


def test_reveal_tells_it() -> None:
    assert Secret(WORD).reveal() == WORD


def test_a_secret_is_not_serialised() -> None:
    with pytest.raises(TypeError, match="not serialised"):
        copy.copy(Secret(WORD))
    with pytest.raises(TypeError):
        json.dumps(Secret(WORD))


def test_secrets_are_equal_by_what_they_hold_and_empty_ones_are_false() -> None:
    assert Secret(WORD) == Secret(WORD, shown="x")
    assert len({Secret(WORD), Secret(WORD), Secret("")}) == 2
    assert Secret(WORD) != WORD
    assert not Secret("")


def test_a_text_with_nothing_to_hide_says_so() -> None:
    assert Secret(WORD).hides
    assert not Secret("sqlite:///a", shown="sqlite:///a").hides
