"""Rows of crash logs are what they tell of, and one that is spoilt spoils nothing else."""

import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Row, create_engine, select

from kubevigil.model.record import CaptureResult, Evidence, RecordedEvent, RecordedLog, Resources
from kubevigil.store import schema
from kubevigil.store.packing import pack, record_of, unpack, without_text

from .making import said

_texts = st.text(alphabet=string.printable + "\u00e9\u4e16\U0001f600", max_size=300)


def stored(evidence: Evidence, **spoilt: object) -> Row[Any]:
    """The evidence as a database gives it back."""
    engine = create_engine("sqlite://")
    schema.crash_logs.create(engine)
    with engine.begin() as connection:
        values = {"id": "an id", "cluster": "c", "settled_at": 1.0, **pack(evidence), **spoilt}
        connection.execute(schema.crash_logs.insert().values(values))
        row = connection.execute(select(schema.crash_logs)).one()
    engine.dispose()
    return row


@given(_texts, st.sampled_from(CaptureResult), st.booleans(), _texts)
def test_evidence_is_unpacked_as_it_was_packed(text: str, result: CaptureResult, flag: bool, message: str) -> None:
    log = RecordedLog(result, text, len(text.encode()), truncated=flag, dropped=not flag and not text)
    evidence = Evidence(log, (RecordedEvent("Normal", "R", message),) if flag else (), Resources(message))
    row = stored(evidence)
    assert unpack(row, row.body) == evidence
    assert row.size == len(row.body or b"")


def test_without_its_body_the_rest_of_a_log_is_told() -> None:
    assert unpack(stored(said("abc")), None).log == RecordedLog(CaptureResult.OK, bytes=3)


@pytest.mark.parametrize(
    ("spoilt", "told"),
    [
        ({"body": b"no zlib"}, Evidence(RecordedLog(CaptureResult.OK, bytes=3, dropped=True))),
        ({"events": "{"}, said("abc")),
        ({"resources": "[]"}, said("abc")),
        ({"result": "novel"}, Evidence(RecordedLog(CaptureResult.ERROR, "abc", 3))),
    ],
)
def test_what_cannot_be_read_is_left_out_and_told(
    spoilt: dict[str, object], told: Evidence, caplog: pytest.LogCaptureFixture
) -> None:
    row = stored(said("abc"), **spoilt)
    assert unpack(row, row.body) == told
    assert [r.message for r in caplog.records] == ["part of a crash's record not readable"]


def test_a_record_that_cannot_be_read_is_none() -> None:
    assert record_of('{"id": 1}', "x") is None


def test_a_text_that_has_to_go_leaves_its_size_and_result() -> None:
    assert without_text(said("abc")).log == RecordedLog(CaptureResult.OK, bytes=3, dropped=True)


def test_what_never_had_a_text_is_not_marked_as_dropped() -> None:
    assert without_text(said("", CaptureResult.GONE)) == said("", CaptureResult.GONE)
