"""The work that a text can ask for is bounded, counted in matches judged and characters read."""

import re

from kubevigil.crashes.redaction import innocence, pair
from kubevigil.crashes.redaction.builtin import selected
from kubevigil.crashes.redaction.detector import Span
from kubevigil.crashes.redaction.scanning import CROWD, proposed, whole


def test_a_match_within_what_was_found_is_not_judged() -> None:
    judged = []

    def judge(match: re.Match[str]) -> tuple[Span, ...]:
        judged.append(match.start())
        return (Span(match.start(), match.start() + 3),)

    assert list(proposed(re.compile("a"), "aaaaaaa", judge)) == [Span(0, 3), Span(3, 6), Span(6, 9)]
    assert judged == [0, 3, 6]


def test_after_a_crowd_of_matches_the_line_is_one_place_and_the_next_line_begins_anew() -> None:
    text = "a" * (CROWD + 5) + "\n" + "a" * CROWD
    found = list(whole(re.compile("a"), text))
    assert len(found) == 2 * CROWD + 1
    assert found[CROWD] == Span(CROWD, CROWD + 5)


def test_values_within_refused_values_are_not_read_again_and_again() -> None:
    for unit in ("otp=", "next_token=", "PASS="):
        text = unit * 100_000
        redacted = selected().redact(text + "\nhello").text
        refused = pair._MOST_REFUSED + len(text)
        assert redacted.partition("[REDACTED")[0].count(unit) <= refused // len(text) + 2
        assert redacted.endswith("]\nhello")


def test_what_is_long_is_no_word_and_is_not_read_to_its_end() -> None:
    assert innocence.looks_random("a" * 121)
    assert not innocence.looks_random("a" * 120)
    assert not innocence.stands_for_nothing("*" * 121)
