"""What holds of redaction for every text."""

import re
import sys

from hypothesis import example, given
from hypothesis import strategies as st

from kubevigil.crashes.redaction.builtin import DETECTORS, selected
from kubevigil.crashes.redaction.clues import Clues
from kubevigil.crashes.redaction.detector import Detector, Page, Span
from kubevigil.crashes.redaction.redactor import Redacted, Redactor
from tests.unit.crashes.redaction.hostile import HOSTILE
from tests.unit.crashes.redaction.planted import planted

REDACTOR = selected()
PIECES = [*HOSTILE.values(), *(one.text for one in planted(seed=9)), "\n", " ", "x"]
texts = st.one_of(st.text(st.characters(), max_size=200), st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
MARKER = re.compile(r"\[REDACTED:[a-z0-9_]{1,32}\]")


def once(name: str, *spans: tuple[int, int]) -> Detector:
    """Finds these places the first time that it is asked."""
    left = [Span(*span) for span in spans]

    def find(_: Page) -> list[Span]:
        found = left.copy()
        left.clear()
        return found

    return Detector(name, find)


@given(texts)
def test_no_text_makes_it_raise_and_lines_stay_lines(text: str) -> None:
    redacted = REDACTOR.redact(text)
    assert redacted.text.count("\n") == text.count("\n")


@given(texts)
@example('password="[REDACTED:jwt]')
@example("://a:[REDACTED:url]@b")
@example("PASSWORT IS npm" + "_" + "0" * 36 + "{000")
def test_redacting_twice_is_redacting_once(text: str) -> None:
    once = REDACTOR.redact(text).text
    assert REDACTOR.redact(once) == Redacted(once, {})


@given(texts.filter(lambda text: "REDACTED" not in text))
def test_what_is_outside_of_the_markers_is_as_it_was_and_in_order(text: str) -> None:
    redacted = REDACTOR.redact(text)
    kept = MARKER.split(redacted.text)
    assert re.fullmatch("(?s:.+?)".join(re.escape(piece) for piece in kept), text)
    assert sum(redacted.hits.values()) == len(kept) - 1


@given(texts)
def test_clues_change_the_time_it_takes_and_nothing_else(text: str) -> None:
    clues = Clues([clue for detector in DETECTORS.values() for clue in detector.clues]).held_by(text)
    for detector in DETECTORS.values():
        assert sorted(detector.find(Page(text, clues))) == sorted(detector.find(Page(text)))


def test_every_clue_that_a_detector_asks_for_is_one_that_it_has_named() -> None:
    class Asked(Page):
        def __init__(self, *, holds: bool) -> None:
            super().__init__("x")
            self.asked: set[str] = set()
            self._holds = holds

        def may_hold(self, clue: str) -> bool:
            self.asked.add(clue)
            return self._holds

    for detector in DETECTORS.values():
        pages = Asked(holds=True), Asked(holds=False)
        assert [list(detector.find(page)) for page in pages] == [[], []]
        assert pages[0].asked | pages[1].asked == set(detector.clues), detector.name


def test_all_clues_are_found_together_and_each_alone() -> None:
    every = sorted({clue for detector in DETECTORS.values() for clue in detector.clues})
    clues = Clues(every)
    assert clues.held_by("".join(every) * 1000) == set(every)
    for clue in every:
        assert clue in clues.held_by("x" + clue.upper() + "\ud800")


def test_small_letters_stand_where_the_others_stood() -> None:
    for number in range(sys.maxunicode + 1):
        assert len(Page(chr(number)).lowered) == 1


def test_places_that_overlap_or_touch_are_one_named_by_the_first_detector() -> None:
    redactor = Redactor([once("first", (4, 6)), once("second", (2, 5), (6, 7), (9, 10))])
    assert redactor.redact("0123456789x") == Redacted(
        "01[REDACTED:first]78[REDACTED:second]x", {"first": 1, "second": 1}
    )


def test_a_place_over_several_lines_is_one_in_each() -> None:
    assert Redactor([once("a", (1, 8))]).redact("ab\ncd\n\nef") == Redacted(
        "a[REDACTED:a]\n[REDACTED:a]\n\n[REDACTED:a]f", {"a": 3}
    )


def test_a_place_that_cuts_into_a_marker_takes_all_of_it_and_one_within_is_left() -> None:
    text = "ab[REDACTED:x]cd[REDACTED:y]ef"
    assert Redactor([once("z", (1, 5))]).redact(text).text == "a[REDACTED:z]cd[REDACTED:y]ef"
    assert Redactor([once("z", (10, 18))]).redact(text).text == "ab[REDACTED:z]ef"
    assert Redactor([once("z", (4, 9), (29, 30))]).redact(text).text == "ab[REDACTED:x]cd[REDACTED:y]e[REDACTED:z]"


def test_without_a_detector_nothing_is_touched() -> None:
    assert Redactor([]).redact("password=hunter2") == Redacted("password=hunter2", {})
