"""Bodies for Elasticsearch's bulk API. Pure.

A body is lines of JSON: for each document an action and the document itself. All of it comes out of a JSON encoder that
writes ASCII alone, so nothing that a container printed can end a line and begin an action of its own.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

MOST_BYTES: Final = 5 * 2**20
"""Of one body, where it has more than one document; Elastic advises a few megabytes."""

MOST_ITEMS: Final = 2_000

_ENCODER: Final = json.JSONEncoder(ensure_ascii=True, allow_nan=False, separators=(",", ":"))
_SURROGATE: Final = r"\ud"
"""Every half of a surrogate pair is written so, alone or not; most texts have none, and need not be looked through."""


class Item(NamedTuple):
    """One document, ready to be sent: its two lines, each with its end. `attempts` are those made before."""

    id: str
    lines: bytes
    attempts: int = 0


def item_of(id_: str, index: str, document: Mapping[str, Any], *, attempts: int = 0, doc_type: str = "") -> Item:
    """The item that creates the document under that id, unless there is one; `doc_type` for what still needs one.

    What is no Unicode text becomes U+FFFD. Raises ValueError or TypeError for what is not JSON's.
    """
    action = {"_index": index, "_id": id_} | ({"_type": doc_type} if doc_type else {})
    return Item(id_, _line({"create": action}) + _line(document), attempts)


def body_of(items: Iterable[Item]) -> bytes:
    """The body that sends these."""
    return b"".join(item.lines for item in items)


def batches_of(
    items: Iterable[Item], *, most_bytes: int = MOST_BYTES, most_items: int = MOST_ITEMS
) -> Iterator[tuple[Item, ...]]:
    """The items in their order, as few batches as fit the limits; one that alone is too large is sent alone."""
    batch: list[Item] = []
    size = 0
    for item in items:
        if batch and (size + len(item.lines) > most_bytes or len(batch) >= most_items):
            yield tuple(batch)
            batch, size = [], 0
        batch.append(item)
        size += len(item.lines)
    if batch:
        yield tuple(batch)


def _line(value: Mapping[str, Any]) -> bytes:
    text = _ENCODER.encode(value)
    if _SURROGATE in text:
        text = _ENCODER.encode(_unicode(value))
    return text.encode("ascii") + b"\n"


def _unicode(value: Any) -> Any:
    """The value with U+FFFD for each half of a surrogate pair that stands alone, which servers refuse or garble."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, Mapping):
        return {name: _unicode(part) for name, part in value.items()}
    return [_unicode(part) for part in value] if isinstance(value, list | tuple) else value
