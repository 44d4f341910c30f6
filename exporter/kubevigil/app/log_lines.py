"""Shapes log records: one line each, whatever is in them, as JSON for machines or as text for people. Pure.

The record's message is the event; `extra={"fields": {...}}` adds fields. What breaks a line or steers a terminal is
escaped, long texts are cut, and a value that cannot be printed never costs the line.
"""

import json
import logging
import math
from collections.abc import Mapping
from typing import Any, Final

from kubevigil.model.clock import rfc3339

_MOST_CHARACTERS: Final = 8_192
_MOST_ITEMS: Final = 100
_DEEPEST: Final = 4
_CHAIN: Final = 5
"""So many errors of a chain are told."""

_OWN: Final = "kubevigil"
_RESERVED: Final = frozenset({"ts", "level", "event"})


class JsonLines(logging.Formatter):
    """`{"ts", "level", "event", ...}`: RFC 3339 UTC, in lower case, the message; then the fields."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line of ASCII."""
        line = {"ts": rfc3339(record.created), "level": record.levelname.lower(), "event": event_of(record)}
        return json.dumps(line | _unreserved(fields_of(record)))


class TextLines(logging.Formatter):
    """`TIME LEVEL event key=value ...`, the time in UTC."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line of printable text."""
        head = f"{rfc3339(record.created)[11:23]} {record.levelname:7} {_escaped(event_of(record))}"
        return " ".join([head, *(f"{_escaped(key)}={_quoted(value)}" for key, value in fields_of(record).items())])


def event_of(record: logging.LogRecord) -> str:
    """What happened."""
    try:
        return _cut(record.getMessage())
    except Exception:  # noqa: BLE001  a library's wrong arguments must not cost the line
        return _cut(f"{record.msg} (arguments do not fit)")


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    """The record's fields as plain JSON values; `logger` for a library's, `error` for an exception."""
    given = getattr(record, "fields", None)
    fields = {_cut(str(key)): _plain(value) for key, value in given.items()} if isinstance(given, Mapping) else {}
    if record.name != _OWN and not record.name.startswith(_OWN + "."):
        fields["logger"] = record.name
    repeated = getattr(record, "repeated", 0)
    if repeated:
        fields["repeated"] = repeated
    error = record.exc_info[1] if record.exc_info else None
    if error is not None:
        fields.setdefault("error", _cut(chain_of(error)))
    return fields


def chain_of(error: BaseException) -> str:
    """Type and message of an error and of what caused it, outermost first."""
    told: list[str] = []
    current: BaseException | None = error
    while current is not None and len(told) < _CHAIN:
        words = _text(current)
        told.append(f"{type(current).__name__}: {words}" if words else type(current).__name__)
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return " <- ".join(told)


def _unreserved(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{key}_" if key in _RESERVED else key: value for key, value in fields.items()}


def _plain(value: object, depth: int = 0) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if type(value) is int or (type(value) is float and math.isfinite(value)):
        return value
    if isinstance(value, Mapping) and depth < _DEEPEST:
        return {_cut(_text(key)): _plain(item, depth + 1) for key, item in list(value.items())[:_MOST_ITEMS]}
    if isinstance(value, list | tuple) and depth < _DEEPEST:
        return [_plain(item, depth + 1) for item in value[:_MOST_ITEMS]]
    return _cut(_text(value))


def _text(value: object) -> str:
    try:
        return str(value)
    except Exception:  # noqa: BLE001  whatever a foreign __str__ raises, the line is told
        return f"<{type(value).__name__} that cannot be printed>"


def _cut(text: str) -> str:
    over = len(text) - _MOST_CHARACTERS
    return f"{text[:_MOST_CHARACTERS]}... ({over} more)" if over > 0 else text


def _quoted(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    plain = text and not any(c.isspace() or c in "\"'=\\" for c in text)
    return _escaped(text) if plain or not isinstance(value, str) else _escaped(json.dumps(text, ensure_ascii=False))


def _escaped(text: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
