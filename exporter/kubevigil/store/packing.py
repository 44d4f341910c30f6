"""Rows of the tables of crashes and their logs, from what they tell of and back."""

import json
import logging
import zlib
from typing import Any, Final, TypeVar

import msgspec
from sqlalchemy import Row

from kubevigil.model.record import CaptureResult, Evidence, Record, RecordedEvent, RecordedLog, Resources

T = TypeVar("T")

_log = logging.getLogger(__name__)

_LEVEL: Final = 6
"""zlib's default. On logs level 9 takes some percent less room for several times the work."""


def without_text(evidence: Evidence) -> Evidence:
    """The same, its log's text given up; what has no text has nothing to give."""
    log = evidence.log
    if not log.text:
        return evidence
    return msgspec.structs.replace(evidence, log=msgspec.structs.replace(log, text="", dropped=True))


def pack(evidence: Evidence) -> dict[str, Any]:
    """What was gathered, by column. Never raises: what is no Unicode is replaced."""
    log = evidence.log
    body = zlib.compress(log.text.encode("utf-8", "replace"), _LEVEL) if log.text else None
    return {
        "result": log.result.value,
        "size": len(body) if body else 0,
        "bytes": log.bytes,
        "truncated": log.truncated,
        "dropped": log.dropped,
        "events": _json(evidence.events),
        "resources": None if evidence.resources is None else _json(evidence.resources),
        "body": body,
    }


def unpack(row: Row[Any], body: bytes | None) -> Evidence:
    """What was packed, the log without its text where `body` is None. What cannot be read is left out, and told."""
    log = RecordedLog(result=_result(row), bytes=row.bytes, truncated=bool(row.truncated), dropped=bool(row.dropped))
    return Evidence(
        log=log if body is None else _with_text(log, body, row.id),
        events=_read(row.events, tuple[RecordedEvent, ...], row.id) or (),
        resources=row.resources and _read(row.resources, Resources, row.id),
    )


def record_of(text: str, id_: str) -> Record | None:
    """The record that the text is the JSON of; None for one that cannot be read, which is told."""
    return _read(text, Record, id_)


def _json(value: object) -> str:
    plain = msgspec.to_builtins(value)
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace").decode()


def _result(row: Row[Any]) -> CaptureResult:
    try:
        return CaptureResult(row.result)
    except ValueError:
        _unreadable(row.id, f"result {row.result!r}")
        return CaptureResult.ERROR


def _with_text(log: RecordedLog, body: bytes, id_: str) -> RecordedLog:
    try:
        return msgspec.structs.replace(log, text=zlib.decompress(body).decode("utf-8", "replace"))
    except (zlib.error, TypeError) as error:
        _unreadable(id_, str(error))
        return msgspec.structs.replace(log, dropped=True)


def _read(text: str, type_: type[T], id_: str) -> T | None:
    try:
        return msgspec.json.decode(text, type=type_)
    except (msgspec.MsgspecError, UnicodeError, TypeError) as error:
        _unreadable(id_, str(error))
        return None


def _unreadable(id_: str, why: str) -> None:
    _log.warning("part of a crash's record not readable", extra={"fields": {"id": id_, "error": why}})
