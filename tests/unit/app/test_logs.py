import io
import json
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubevigil.app import logs
from kubevigil.app.log_lines import JsonLines, TextLines, chain_of

OURS = logging.getLogger("kubevigil.some.part")


class Unprintable:
    def __str__(self) -> str:
        raise RuntimeError("no words")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Gone(io.StringIO):
    def write(self, _: str) -> int:
        raise BrokenPipeError


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)


def told(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def to_stream(style: str = "json", level: str = "info", clock: Clock | None = None) -> io.StringIO:
    stream = io.StringIO()
    logs.configure(style=style, level=level, stream=stream, clock=clock or Clock())
    return stream


def record(event: object, fields: object = None) -> logging.LogRecord:
    made = {"name": "kubevigil.x", "levelno": 20, "levelname": "INFO", "msg": event, "created": 0.5, "fields": fields}
    return logging.makeLogRecord(made)


def failure() -> RuntimeError:
    error = RuntimeError("cannot write")
    error.__cause__ = OSError("disk full")
    return error


def test_a_record_is_one_json_object_with_its_time_level_event_and_fields() -> None:
    line = JsonLines().format(
        record("synced", {"resource": "pods", "count": 3, "share": 0.5, "all": True, "none": None})
    )
    assert line == (
        '{"ts": "1970-01-01T00:00:00.500Z", "level": "info", "event": "synced", "resource": "pods", "count": 3, '
        '"share": 0.5, "all": true, "none": null}'
    )


def test_text_is_for_people() -> None:
    line = TextLines().format(record("watch failed", {"error": 'said "no"', "n": 3, "names": ["a", "b"], "empty": ""}))
    assert line == '00:00:00.500 INFO    watch failed error="said \\"no\\"" n=3 names=["a", "b"] empty=""'


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.binary(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(st.text(st.characters()), st.dictionaries(st.text(st.characters(), max_size=5), ANYTHING, max_size=3))
def test_whatever_is_logged_is_one_line(event: str, fields: dict[str, Any]) -> None:
    made = record(event.replace("%", "%%"), fields)
    as_json, as_text = JsonLines().format(made), TextLines().format(made)
    assert json.loads(as_json)["level"] == "info"
    assert as_json.isprintable()
    assert as_json.isascii()
    assert as_text.isprintable()
    as_text.encode()


@pytest.mark.parametrize("nasty", ["a\nb", "a\r\nb", "\x1b[31mred", "\udcff", "\u2028", "\x00", "\x85"])
def test_what_breaks_a_line_or_steers_a_terminal_is_escaped_and_not_lost(nasty: str) -> None:
    assert json.loads(JsonLines().format(record("e", {"said": nasty})))["said"] == nasty
    assert nasty not in TextLines().format(record(nasty, {nasty: nasty}))


def test_a_value_that_cannot_be_printed_does_not_cost_the_line() -> None:
    line = json.loads(JsonLines().format(record("e", {"odd": Unprintable(), "nan": float("nan"), "deep": [[[[[1]]]]]})))
    assert line["odd"] == "<Unprintable that cannot be printed>"
    assert (line["nan"], line["deep"]) == ("nan", [[[["[1]"]]]])


def test_a_long_text_is_cut_and_says_by_how_much() -> None:
    line = json.loads(JsonLines().format(record("e", {"long": "x" * 10_000})))
    assert line["long"] == "x" * 8_192 + "... (1808 more)"


def test_a_field_cannot_pass_for_the_level_or_the_time() -> None:
    line = json.loads(JsonLines().format(record("e", {"level": "critical", "ts": "then", "event": "other"})))
    assert (line["level"], line["event"], line["level_"], line["event_"]) == ("info", "e", "critical", "other")


def test_wrong_arguments_of_a_library_do_not_cost_the_line() -> None:
    stream = to_stream()
    logging.getLogger("library").warning("%d pods", "many")
    assert told(stream)[0]["event"] == "%d pods (arguments do not fit)"


def test_lines_of_libraries_have_the_same_shape_and_say_whose_they_are() -> None:
    stream = to_stream()
    logging.getLogger("urllib3.connectionpool").warning("Retrying after %s", "reset")
    OURS.info("ours")
    theirs, ours = told(stream)
    assert (theirs["event"], theirs["logger"]) == ("Retrying after reset", "urllib3.connectionpool")
    assert "logger" not in ours


def test_warnings_of_python_are_log_lines_too() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        stream = to_stream()
        warnings.warn("old way", stacklevel=1)
    (line,) = told(stream)
    assert line["logger"] == "py.warnings"
    assert "old way" in line["event"]


def test_an_exception_is_its_chain_in_one_line_and_no_traceback() -> None:
    stream = to_stream()
    OURS.error("write failed", exc_info=failure())
    (line,) = told(stream)
    assert line["error"] == "RuntimeError: cannot write <- OSError: disk full"
    assert "traceback" not in line


@pytest.mark.parametrize("style", ["json", "text"])
def test_at_debug_the_traceback_is_there_still_in_one_line(style: str) -> None:
    stream = to_stream(style, "debug")
    try:
        Path("/nowhere/at/all").read_text(encoding="utf-8")
    except OSError:
        OURS.exception("write failed", extra={"fields": {"file": "x"}})
    (line,) = stream.getvalue().splitlines()
    assert "Traceback (most recent call last)" in line
    assert "test_logs.py" in line
    assert "FileNotFoundError" in line


def test_a_chain_keeps_to_five_errors_and_honours_from_none() -> None:
    error: Exception = ValueError("0")
    for n in range(1, 9):
        outer = ValueError(str(n))
        outer.__cause__ = error
        error = outer
    assert chain_of(error).count("<-") == 4
    quiet = ValueError("said")
    quiet.__context__, quiet.__suppress_context__ = OSError("unsaid"), True
    assert chain_of(quiet) == "ValueError: said"


def test_below_the_level_nothing_is_told() -> None:
    stream = to_stream(level="warning")
    OURS.info("quiet")
    OURS.warning("loud")
    assert [line["event"] for line in told(stream)] == ["loud"]


def test_a_failure_that_repeats_itself_is_told_at_once_and_then_counted() -> None:
    clock = Clock()
    stream = to_stream(clock=clock)
    for _ in range(100):
        OURS.warning("watch failed", extra={"fields": {"error": "refused"}})
    OURS.warning("watch failed", extra={"fields": {"error": "another"}})
    clock.now = 30.0
    OURS.warning("watch failed", extra={"fields": {"error": "refused"}})
    assert [(line["error"], line.get("repeated")) for line in told(stream)] == [
        ("refused", None),
        ("another", None),
        ("refused", 99),
    ]


def test_news_is_never_held_back() -> None:
    stream = to_stream()
    for _ in range(3):
        OURS.info("synced")
    assert len(told(stream)) == 3


def test_a_capability_is_one_line_with_name_state_and_reason() -> None:
    stream = to_stream()
    logs.capability("store", on=True, reason="SQLite")
    logs.capability("slack", on=False, reason="no token")
    shown = [{key: line[key] for key in ("event", "name", "state", "reason")} for line in told(stream)]
    assert shown == [
        {"event": "capability", "name": "store", "state": "on", "reason": "SQLite"},
        {"event": "capability", "name": "slack", "state": "off", "reason": "no token"},
    ]


def test_a_stream_that_is_gone_ends_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(style="json", level="info", stream=Gone(), clock=Clock())
    OURS.error("unheard")
    assert capsys.readouterr() == ("", "")


def test_configuring_again_replaces_what_was_set_up() -> None:
    first = to_stream()
    second = to_stream()
    OURS.info("once")
    assert (first.getvalue(), len(told(second))) == ("", 1)
