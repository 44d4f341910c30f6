"""What Elasticsearch says of a bulk request, read with distrust. Pure."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec
from msgspec import Raw, Struct, field

from kubevigil.delivery.errors import NotUnderstood
from kubevigil.model.wording import one_line

_UNREADABLE: Final = (msgspec.MsgspecError, UnicodeError, RecursionError)


class _Answer(Struct):
    items: tuple[Raw, ...]


class _Cause(Struct):
    type: str = ""
    reason: str = ""


class _Error(Struct):
    type: str = ""
    reason: str | None = ""
    caused_by: _Cause | None = None


class ItemAnswer(Struct, frozen=True):
    """What is said of one document. `fault` is the type of the error, such as mapper_parsing_exception, or ''."""

    id: str
    status: int
    fault: str
    words: str


class _Item(Struct):
    id: str = field(name="_id")
    status: int
    error: _Error | str | None = None


def read(body: bytes) -> Iterator[ItemAnswer]:
    """What is said of each document, in the answer's order; an item that cannot be understood is left out.

    Raises NotUnderstood, before the first, for what is no answer to a bulk request.
    """
    try:
        items = msgspec.json.decode(body, type=_Answer).items
    except _UNREADABLE as error:
        raise NotUnderstood(
            f"the answer is not Elasticsearch's to a bulk request ({one_line(str(error), 100)}): "
            f"{one_line(body[:400].decode('utf-8', 'replace'), 100) or 'empty'}"
        ) from error
    return (read_item for item in items if (read_item := _read_item(item)) is not None)


def error_type(body: bytes) -> str:
    """The type of the error that an answer as a whole tells, or ''."""
    return _whole(body).type


def gateway_words(body: bytes) -> str:
    """What AWS says in front of a server, in its first line: what follows may quote the token that was signed."""
    try:
        told = msgspec.json.decode(body, type=_Gateway)
    except _UNREADABLE:
        return ""
    return one_line((told.message or told.named_message).strip().partition("\n")[0])


def error_words(body: bytes) -> str:
    """What an answer as a whole says is wrong, on one line, or ''."""
    return _words(_whole(body))


class _Whole(Struct):
    error: _Error | str | None = None


class _Gateway(Struct):
    """AWS spells it in two ways."""

    message: str = ""
    named_message: str = field(default="", name="Message")


def _whole(body: bytes) -> _Error:
    try:
        return _error(msgspec.json.decode(body, type=_Whole).error)
    except _UNREADABLE:
        return _Error()


def _read_item(raw: Raw) -> ItemAnswer | None:
    try:
        by_action: dict[str, _Item] = msgspec.json.decode(raw, type=dict[str, _Item])
    except _UNREADABLE:
        return None
    if len(by_action) != 1:
        return None
    item = next(iter(by_action.values()))
    error = _error(item.error)
    return ItemAnswer(item.id, item.status, error.type, _words(error))


def _error(told: Any) -> _Error:
    return told if isinstance(told, _Error) else _Error(reason=told or "")


def _words(error: _Error) -> str:
    parts = [error.type, error.reason or ""]
    if error.caused_by is not None:
        parts += [error.caused_by.reason]
    return one_line(": ".join(filter(None, parts)))
