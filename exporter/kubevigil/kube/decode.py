"""Bytes of the API into structs, so that one odd object never costs its neighbours.

A LIST page is decoded whole, in one pass (9-20 µs a pod). Only if that fails it is taken apart: each object on its
own, and the one that is not what the API promises becomes a `Skipped` with whatever can still be read of its name.
The same for a watch line. Nothing here is kept between calls.
"""

import json
from collections.abc import Iterator
from threading import Lock
from typing import Any, Final, Generic, TypeVar

import msgspec
from msgspec import Raw, Struct, field

from kubevigil.kube.answers import Bookmark, Change, Failure, KubeObject, Page, Skipped
from kubevigil.kube.errors import Undecodable
from kubevigil.kube.salvage import FAULTS, loose, lost

T = TypeVar("T", bound=KubeObject)
Shape = TypeVar("Shape")


class _ListMeta(Struct, rename="camel"):
    resource_version: str = ""
    continue_: str = field(default="", name="continue")
    remaining_item_count: int | None = None


class _List(Struct, Generic[T]):
    items: list[T] | None = None
    metadata: _ListMeta = field(default_factory=_ListMeta)


class _RawList(Struct):
    items: list[Raw] | None = None
    metadata: _ListMeta = field(default_factory=_ListMeta)


class _Details(Struct, rename="camel"):
    retry_after_seconds: float = 0.0


class Status(Struct):
    """The API's own description of a failure (meta/v1 Status)."""

    code: int = 0
    message: str = ""
    reason: str = ""
    details: _Details | None = None

    @property
    def retry_after(self) -> float:
        """Seconds, 0 where there are none."""
        return max(0.0, self.details.retry_after_seconds) if self.details else 0.0


class Decoder(Generic[T]):
    """Decodes pages and events whose objects are structs of type `item_type`."""

    def __init__(self, item_type: type[T]) -> None:
        # The type parameter is a value here, which the type language cannot say.
        page: Any = _List
        line: Any = Change
        self._page: msgspec.json.Decoder[_List[T]] = msgspec.json.Decoder(page[item_type])
        self._line: msgspec.json.Decoder[Change[T]] = msgspec.json.Decoder(line[item_type])
        self._item = msgspec.json.Decoder(item_type)

    def page(self, body: bytes) -> Page[T]:
        """One LIST page. Raises Undecodable if it is no list of objects at all."""
        try:
            whole = self._page.decode(body)
        except FAULTS:
            return self._page_by_item(body)
        return _page_of(whole.metadata, whole.items or [], [])

    def event(self, line: bytes) -> Change[T] | Bookmark | Failure | Skipped:
        """One line of a watch. Raises Undecodable if it is no event, or an object of which not even the version is."""
        try:
            return self._line.decode(line)
        except FAULTS:
            return _other_event(line)

    def _page_by_item(self, body: bytes) -> Page[T]:
        metadata, raw_items = _taken_apart(body)
        items: list[T] = []
        skipped: list[Skipped] = []
        for raw in raw_items:
            try:
                items.append(self._item.decode(raw))
            except FAULTS:
                skipped.append(lost(loose(raw)))
        return _page_of(metadata, items, skipped)


# Made here, by one thread: of threads that meet a new type together, msgspec 0.22 lets one read it half built.
_STATUS: Final = msgspec.json.Decoder(Status)
_RAW_LIST: Final = msgspec.json.Decoder(_RawList)

# For the same reason these are made one at a time.
_MAKING: Final = Lock()
_DECODERS: Final[dict[Any, msgspec.json.Decoder[Any]]] = {}


def decode_as(shape: type[Shape], body: bytes, path: str) -> Shape:
    """The answer to a request for `path` as a `shape` (any type that msgspec decodes). Raises Undecodable."""
    with _MAKING:
        decoder = _DECODERS.get(shape) or _DECODERS.setdefault(shape, msgspec.json.Decoder(shape))
    try:
        answer: Shape = decoder.decode(body)
    except FAULTS as error:
        raise Undecodable(f"the answer to {path} is not what the API promises: {error}") from error
    return answer


def decode_status(body: bytes) -> Status:
    """The Status in the body of a failed request; an empty one if there is none."""
    try:
        return _STATUS.decode(body)
    except FAULTS:
        return Status()


def _page_of(metadata: _ListMeta, items: list[T], skipped: list[Skipped]) -> Page[T]:
    if not metadata.resource_version:
        # Taking a stranger's `{}` for an empty cluster would delete everything.
        raise Undecodable("the answer to a LIST has no resourceVersion; does a proxy answer in the server's place?")
    return Page(metadata.resource_version, metadata.continue_, metadata.remaining_item_count, items, skipped)


def _taken_apart(body: bytes) -> tuple[_ListMeta, Iterator[bytes]]:
    """The list's metadata and its objects, each as JSON of its own."""
    try:
        whole = _RAW_LIST.decode(body)
    except FAULTS:
        return _taken_apart_leniently(body)
    return whole.metadata, (bytes(raw) for raw in whole.items or ())


def _taken_apart_leniently(body: bytes) -> tuple[_ListMeta, Iterator[bytes]]:
    """As above for what msgspec does not even scan, lone surrogates for one; the standard library is laxer."""
    whole = loose(body)
    try:
        metadata = msgspec.convert(whole.get("metadata") or {}, _ListMeta)
    except FAULTS as error:
        raise Undecodable("the answer to a LIST has no readable metadata") from error
    items = whole.get("items")
    if not isinstance(items, list):
        raise Undecodable("the answer to a LIST has no list of objects")
    return metadata, (json.dumps(item).encode() for item in items)


def _other_event(line: bytes) -> Bookmark | Failure | Skipped:
    """The event of a line that is no change of a well-formed object."""
    event = loose(line)
    kind, thing = event.get("type"), event.get("object")
    if not isinstance(thing, dict):
        raise Undecodable("a line of the watch is no event")
    if kind == "ERROR":
        return _failure(thing)
    known = lost(thing, deleted=kind == "DELETED")
    if not known.resource_version:
        raise Undecodable("a line of the watch has no readable resourceVersion")
    return Bookmark(known.resource_version) if kind == "BOOKMARK" else known


def _failure(thing: dict[str, Any]) -> Failure:
    status = decode_status(json.dumps(thing).encode())
    return Failure(status.code, status.message, status.retry_after)
