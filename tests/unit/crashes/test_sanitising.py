"""Foreign text is harmless to show."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubevigil.crashes.sanitising import sanitise, sanitised

NASTY = st.text(alphabet=st.sampled_from("\x1b[]()*0;1mKHab\x07\\\x9b\x9d\x9c\r\n\t\x00\x85\u202e\ud800é"), max_size=60)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("\x1b[1;31mERROR\x1b[0m down", "ERROR down"),
        ("\x9b31mred", "red"),
        ("\x1b]0;owned\x07title", "title"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]0;never ended\nLAST WORDS", "]0;never ended\nLAST WORDS"),
        ("\x1b(Bascii", "ascii"),
        ("\x1bLAST", "LAST"),
        ("a\x00b\x07c\x7fd\x85e", "abcde"),
        ("10 %\r20 %\r\ndone\r\r\n", "10 %\n20 %\ndone\n"),
        ("pay \u202e001\u202c", "pay 001"),
        ("keeps\ttabs\nlines é 日本 👩‍👩‍👧", "keeps\ttabs\nlines é 日本 👩‍👩‍👧"),
        ("half \ud83d a pair", "half \ufffd a pair"),
    ],
)
def test_what_steers_a_terminal_goes_and_what_is_said_stays(text: str, clean: str) -> None:
    assert sanitise(text) == clean


def test_bytes_that_are_no_unicode_are_replaced() -> None:
    assert sanitised(b"caf\xc3\xa9 \xff\xfe \xc3") == "café \ufffd\ufffd \ufffd"


@given(st.one_of(st.text(), NASTY))
def test_no_control_survives_and_the_rest_can_be_stored(text: str) -> None:
    clean = sanitise(text)
    controls = {c for c in clean if unicodedata.category(c) in {"Cc", "Cs"}}
    assert controls <= {"\n", "\t"}
    assert not set(clean) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    clean.encode()


@given(st.one_of(st.text(), NASTY))
def test_sanitising_twice_is_sanitising_once(text: str) -> None:
    once = sanitise(text)
    assert sanitise(once) == once


@given(st.text(alphabet=st.characters(exclude_categories=["C"]), max_size=50))
def test_text_without_controls_is_left_as_it_is(text: str) -> None:
    assert sanitise(text) == text


@given(st.binary(max_size=300))
def test_any_bytes_become_text(data: bytes) -> None:
    sanitised(data).encode()
