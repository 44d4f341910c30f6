"""No text leaves the capture that the redaction has not seen."""

import re

from hypothesis import given
from hypothesis import strategies as st

from kubevigil.crashes.evidence import redacted
from kubevigil.crashes.source import Gathered
from kubevigil.model.record import CaptureResult, Evidence, RecordedEvent, RecordedLog, Resources

LIMIT = 100


def gathered(text: str, *messages: str, annotation: str = "", lead: int = 0, truncated: bool = False) -> Gathered:
    events = tuple(RecordedEvent("Warning", "Failed", message) for message in messages)
    log = RecordedLog(CaptureResult.OK, text=text, truncated=truncated)
    return Gathered(Evidence(log, events, Resources(cpu_limit="1")), redaction=annotation, lead=lead)


def masked(text: str, _annotation: str) -> str:
    return re.sub(r"password=\S+", "password=***", text)


def test_log_and_events_are_redacted_and_all_else_is_kept() -> None:
    evidence, failure = redacted(gathered("a password=hunter2 b", "with password=hunter3"), masked, limit=LIMIT)
    assert (evidence.log.text, evidence.events[0].message) == ("a password=*** b", "with password=***")
    assert (evidence.log.bytes, evidence.log.truncated, evidence.resources) == (16, False, Resources(cpu_limit="1"))
    assert failure is None


def test_the_annotation_of_the_pod_is_handed_to_the_redaction() -> None:
    evidence, _ = redacted(gathered("x", "y", annotation="off"), lambda text, how: f"{text}:{how}", limit=LIMIT)
    assert (evidence.log.text, evidence.events[0].message) == ("x:off", "y:off")


def test_what_the_redaction_fails_on_is_withheld_and_its_words_are_not_told() -> None:
    def broken(text: str, _annotation: str) -> str:
        raise ValueError(f"cannot redact {text}")

    evidence, failure = redacted(gathered("hunter2", "hunter3"), broken, limit=LIMIT)
    assert (evidence.log, evidence.events[0].message) == (RecordedLog(CaptureResult.ERROR), "")
    assert (evidence.events[0].reason, evidence.resources) == ("Failed", Resources(cpu_limit="1"))
    assert "ValueError" in str(failure)
    assert "hunter" not in str(failure)
    assert failure is not None
    assert failure.__cause__ is failure.__context__ is None


def test_a_failure_on_an_event_costs_that_event_s_message_only() -> None:
    def picky(text: str, _annotation: str) -> str:
        if "bad" in text:
            raise RuntimeError
        return text

    evidence, failure = redacted(gathered("log", "bad", "good"), picky, limit=LIMIT)
    assert evidence.log.text == "log"
    assert [e.message for e in evidence.events] == ["", "good"]
    assert failure is not None


def test_a_secret_that_the_limit_cuts_in_two_is_recognised_by_what_stood_before_it() -> None:
    secret = "hunter" * 10
    text = "x" * 30 + f" password={secret} " + "y" * 70
    evidence, _ = redacted(gathered(text, lead=len(text) - LIMIT, truncated=True), masked, limit=LIMIT)
    assert "hunter" not in evidence.log.text
    assert evidence.log.text.endswith("y" * 50)


def test_the_lead_itself_is_never_kept_for_its_front_may_be_half_a_secret() -> None:
    lead = "unter2 " + "l" * 13
    evidence, _ = redacted(gathered(lead + "own " * 25, lead=20, truncated=True), masked, limit=LIMIT)
    assert evidence.log.text == "own " * 25
    shrinking = lead + "password=" + "s" * 80 + " LAST"
    evidence, _ = redacted(gathered(shrinking, lead=20, truncated=True), masked, limit=LIMIT)
    assert evidence.log.text.endswith(" LAST")
    assert "unter2" not in evidence.log.text


def test_text_that_is_longer_than_the_limit_loses_its_beginning_and_says_so() -> None:
    evidence, _ = redacted(gathered("ä" * LIMIT), masked, limit=LIMIT)
    assert evidence.log == RecordedLog(CaptureResult.OK, text="ä" * 50, bytes=100, truncated=True)


@given(st.text(max_size=300), st.integers(0, 60), st.integers(1, 120))
def test_the_text_is_an_end_of_what_was_redacted_within_the_limit(text: str, lead: int, limit: int) -> None:
    evidence, _ = redacted(gathered(text, lead=lead), lambda t, _: t, limit=limit)
    log = evidence.log
    assert text.endswith(log.text)
    assert log.bytes == len(log.text.encode()) <= limit
    assert log.truncated == (log.text != text)
