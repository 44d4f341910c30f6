"""The audit of what a search finds can fail: each kind of fault, put in by hand, is told. Needs no cluster."""

import uuid
from dataclasses import replace
from random import Random
from typing import Final

import msgspec
import pytest

from kubevigil.delivery.ecs import document
from kubevigil.model.record import CaptureResult, Record, RecordedLog
from tests.search.crashes import ended_at, three_days

from .ship_audit import PREFIX, Death, Document, audit
from .ship_node import printed

_RANDOM: Final = Random(11)
_NAMES: Final = [str(uuid.UUID(int=_RANDOM.getrandbits(128), version=4)) for _ in range(3)]
_TEXTS: Final = [f"FIRST {name}\nconnecting as root:geheim\nLAST {name}\n" for name in _NAMES]
_RECORDS: Final = [
    msgspec.structs.replace(record, log=RecordedLog(CaptureResult.OK, text))
    for record, text in zip(three_days()[::180], _TEXTS, strict=True)
]


def death(record: Record, text: str) -> Death:
    """As the node tells it."""
    container = record.container
    code = record.termination.exit_code
    place = f"{record.pod}/{container.name}"
    return Death(container.id.rpartition("://")[2], place, code, ended_at(record), text)


def found(record: Record) -> Document:
    """As a search finds what the product makes of it."""
    day = (record.termination.finished_at or "")[:10].replace("-", ".")
    return Document(PREFIX + day, record.id, document(record))


def saying(record: Record, log: RecordedLog) -> Document:
    return found(msgspec.structs.replace(record, log=log))


DEATHS: Final = [death(record, text) for record, text in zip(_RECORDS, _TEXTS, strict=True)]
FIRST, *OTHERS = [found(record) for record in _RECORDS]


def test_what_is_as_it_should_be_has_no_fault() -> None:
    verdict = audit(DEATHS, [FIRST, *OTHERS])
    assert verdict.faults == []
    assert verdict.figures == {
        "deaths": 3,
        "documents": 3,
        "lost": 0,
        "doubled": 0,
        "wrong_log": 0,
        "false": 0,
        "without_log": 0,
    }


def test_a_document_that_was_removed_is_lost() -> None:
    assert [len(audit(DEATHS, OTHERS).lost), len(audit(DEATHS, OTHERS).faults)] == [1, 1]


@pytest.mark.parametrize("index", [FIRST.index, f"{PREFIX}2026.11.30"])
def test_a_document_that_is_there_twice_is_doubled(index: str) -> None:
    twin = replace(FIRST, index=index, id="another")
    verdict = audit(DEATHS, [FIRST, twin, *OTHERS])
    assert [len(verdict.doubled), verdict.lost] == [1, []]


@pytest.mark.parametrize(
    "text",
    [
        _TEXTS[1],
        f"{_TEXTS[0]}{_NAMES[1]}\n",
        f"FIRST {_NAMES[0]}\n",
        "unable to retrieve container logs\n",
        "",
        f"FIRST {_NAMES[0]}\nsomething else [REDACTED:url]\nLAST {_NAMES[1]}\n",
        f"FIRST {_NAMES[0]}\nnever said\n[REDACTED:url]\nLAST {_NAMES[0]}\n",
    ],
    ids=["another's", "two", "without its end", "nobody's", "none", "redacted, another's", "redacted, more than said"],
)
def test_a_log_that_is_not_the_instance_s_own_is_wrong(text: str) -> None:
    false = saying(_RECORDS[0], RecordedLog(CaptureResult.OK, text))
    verdict = audit(DEATHS, [false, *OTHERS])
    assert [len(verdict.wrong_log), len(verdict.faults)] == [1, 1]


@pytest.mark.parametrize(
    "log",
    [
        RecordedLog(CaptureResult.EMPTY),
        RecordedLog(CaptureResult.GONE, text=_TEXTS[0]),
        None,
    ],
    ids=["called empty", "gone, and there", "no result"],
)
def test_a_result_that_is_not_true_is_a_wrong_log(log: RecordedLog | None) -> None:
    false = found(msgspec.structs.replace(_RECORDS[0], log=log))
    assert len(audit(DEATHS, [false, *OTHERS]).wrong_log) == 1


def test_a_reason_why_there_is_no_log_and_a_redacted_line_are_no_faults() -> None:
    gone = saying(_RECORDS[0], RecordedLog(CaptureResult.GONE))
    redacted = saying(_RECORDS[1], RecordedLog(CaptureResult.OK, _TEXTS[1].replace("root:geheim", "[REDACTED:url]")))
    verdict = audit(DEATHS, [gone, redacted, OTHERS[1]])
    assert verdict.faults == []
    assert list(verdict.without_log.values()) == ["gone"]


def test_the_end_of_a_long_log_is_its_own() -> None:
    long = DEATHS[0]._replace(printed=f"{_NAMES[0]} and much more\n" * 1000 + _TEXTS[0])
    assert audit([long, *DEATHS[1:]], [FIRST, *OTHERS]).faults == []


def test_a_document_that_belongs_elsewhere_or_errs_is_false() -> None:
    elsewhere = replace(FIRST, index=f"{PREFIX}2026.11.30")
    renamed = replace(FIRST, id="another")
    other_code = replace(FIRST, source={**FIRST.source, "process": {"exit_code": 99}})
    for one in (elsewhere, renamed, other_code):
        verdict = audit(DEATHS, [one, *OTHERS])
        assert [len(verdict.false), len(verdict.faults)] == [1, 1]


def test_a_document_of_no_crash_is_false() -> None:
    stranger = found(three_days()[50])
    assert len(audit(DEATHS, [FIRST, *OTHERS, stranger]).false) == 1


def test_the_text_of_a_log_file_is_what_was_printed() -> None:
    lines = [b"T stdout F one", b"T stdout P half", b"T stdout F  and half", b"T stderr F ", b"T stdout F x\r", b""]
    assert printed(b"\n".join(lines)) == "one\nhalf and half\n\nx\n"
