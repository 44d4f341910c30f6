from collections import Counter
from collections.abc import Iterable

import pytest

from kubevigil.app.cleaning import WITHHELD, Cleaner
from kubevigil.crashes.redaction.detector import Detector, Page, Span
from kubevigil.crashes.redaction.user_patterns import user_detector

SECRET = "hunter2-Secret"
LINE = f"password={SECRET} of alice@example.com"


def cleaner(off: Iterable[str] = (), extra: Iterable[Detector] = ()) -> tuple[Cleaner, Counter[str]]:
    counted: Counter[str] = Counter()
    return Cleaner(list(off), list(extra), lambda name, times: counted.update({name: times})), counted


def test_what_is_found_is_counted_by_what_found_it() -> None:
    it, counted = cleaner()
    assert it.redact(LINE, "") == "password=[REDACTED:password] of [REDACTED:email]"
    assert counted == {"password": 1, "email": 1}


def test_a_detector_that_the_settings_switch_off_finds_nothing() -> None:
    it, counted = cleaner(off=["email"])
    assert it.redact(LINE, "") == "password=[REDACTED:password] of alice@example.com"
    assert "email" not in it.names
    assert counted == {"password": 1}


@pytest.mark.parametrize(("annotation", "left"), [("email", True), ("Email , card", True), ("emial", False)])
def test_a_pods_owner_switches_off_by_name_what_there_is(annotation: str, left: bool) -> None:
    it, _ = cleaner()
    cleaned = it.redact(LINE, annotation)
    assert ("alice@example.com" in cleaned) is left
    assert SECRET not in cleaned


def test_a_pods_owner_may_switch_all_of_it_off() -> None:
    it, counted = cleaner()
    assert it.redact(LINE, "off") == LINE
    assert counted == {}


def test_more_owners_words_than_are_kept_ready_are_heeded_too() -> None:
    it, _ = cleaner(extra=[user_detector(f"own_{n}", f"word{n:03}") for n in range(100)])
    for n in range(100):
        assert it.redact(f"word{n:03} word{n + 1:03}", f"own_{n}").startswith(f"word{n:03} ")


def test_a_message_is_made_fit_for_a_line_before_it_is_searched() -> None:
    it, _ = cleaner()
    assert it.message(f"\x1b[31mpass\x00word={SECRET}", "") == "password=[REDACTED:password]"
    assert it.message("", "") == ""


def test_a_message_that_cannot_be_redacted_is_withheld(caplog: pytest.LogCaptureFixture) -> None:
    def broken(page: Page) -> Iterable[Span]:
        raise RuntimeError(page.text)

    it, _ = cleaner(extra=[Detector("broken", broken)])
    assert it.message(LINE, "") == WITHHELD
    assert "RuntimeError" in str(caplog.records[0].__dict__["fields"])
    assert SECRET not in caplog.text + str([record.__dict__ for record in caplog.records])
