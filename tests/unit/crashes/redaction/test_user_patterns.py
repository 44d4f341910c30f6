"""Patterns of the user's own: what is refused, and that none can hang the process."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kubevigil.crashes.redaction import user_patterns
from kubevigil.crashes.redaction.builtin import selected
from kubevigil.crashes.redaction.choice import switched_off
from kubevigil.crashes.redaction.detector import Page
from kubevigil.crashes.redaction.user_patterns import BadPattern, user_detector


def test_a_user_s_pattern_finds_what_it_says_on_every_line() -> None:
    redactor = selected((), [user_detector("employee", r"E-\d{5}")])
    redacted = redactor.redact("\u00e9 E-12345\nE-1234 x E-54321")
    assert redacted.text == "\u00e9 [REDACTED:employee]\nE-1234 x [REDACTED:employee]"
    assert redacted.hits == {"employee": 2}


def test_with_a_group_called_secret_only_that_goes() -> None:
    redactor = selected((), [user_detector("pin", r"PIN (?P<secret>\d{4})")])
    assert redactor.redact("PIN 1234.").text == "PIN [REDACTED:pin]."


@pytest.mark.parametrize(
    ("name", "pattern", "word"),
    [
        ("Upper", "a", "small letters"),
        ("x" * 33, "a", "small letters"),
        ("password", "a", "built-in"),
        ("mine", "(", "missing )"),
        ("mine", r"(?=a)b", "look-around"),
        ("mine", r"(a)\1", "back references"),
        ("mine", "a*", "matches nothing"),
        ("mine", "", "matches nothing"),
        ("mine", r"(\w{30}){30}", "instructions"),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_reason(name: str, pattern: str, word: str) -> None:
    with pytest.raises(BadPattern, match=re.escape(word)) as caught:
        user_detector(name, pattern)
    assert repr(name) in str(caught.value)


def test_a_pattern_that_reads_a_line_again_and_again_is_stopped_and_the_rest_withheld() -> None:
    again = user_detector("mine", "[a-z]*Z|a")
    text = "a" * 100_000 + "\nsecond line"
    redacted = selected((), [again]).redact(text).text
    assert set(redacted) <= set("[REDACTED:mine]\n")
    searches = len(list(again.find(Page(text))))
    assert searches <= 2 * user_patterns._READ_MOST // 100_000


def test_a_pattern_of_many_instructions_may_read_less_but_each_line_once() -> None:
    small, large = (user_detector("mine", f"(?P<secret>[ab]*a[ab]{{{n}}}x)|a") for n in (5, 240))
    text = "a" * 100_000
    assert len(list(large.find(Page(text)))) < len(list(small.find(Page(text)))) / 3
    lines = "\n".join(["ba"] * 100_000)
    assert len(list(large.find(Page(lines)))) == 100_000


@given(st.text(st.characters(), max_size=50))
@example("a\ud800b \ud800")
def test_no_text_makes_a_user_s_pattern_raise(text: str) -> None:
    redactor = selected((), [user_detector("mine", r"\S+")])
    once = redactor.redact(text).text
    assert redactor.redact(once).text.count("\n") == text.count("\n")


def test_the_annotation_switches_off_what_it_names() -> None:
    names = ("email", "card", "token")
    assert switched_off("", names) == set()
    assert switched_off("email, Card", names) == {"email", "card"}
    assert switched_off("off", names) == set(names)
    assert switched_off("e-mail,yes", names) == set()
