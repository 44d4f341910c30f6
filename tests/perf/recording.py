"""A cluster's pods and events, encoded once and replayed often: JSON and protobuf, side by side in one folder.

Each line of `pods.ndjson` is a pod, first those that there are, then those of the events in their order; `pods.pb`
holds the same in protobuf, each behind its length in four bytes. `index.json` says what each of them is.
"""

import mmap
import subprocess
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, count
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from tests.perf.history import Event
from tests.perf.pods import State, place_of, pod

_FIRST_VERSION: Final = 1000
_LENGTH: Final = 4


class Line(Struct, array_like=True, frozen=True):
    """What one pod of the recording is: the event's type ("" in the list), its uid, namespace/name."""

    type: str
    uid: str
    place: str


class Index(Struct):
    """All of them. `listed` is how many are the cluster's at the start."""

    listed: int
    lines: list[Line]


def record(folder: Path, present: Iterable[State], events: Iterable[Event], translator: Path) -> None:
    """Encodes a cluster and its events into the folder. `translator` is the command pod-protobuf."""
    lines: list[Line] = []
    versions = count(_FIRST_VERSION)
    listed = 0
    with (folder / "pods.ndjson").open("wb") as out:
        for event in chain((Event("", state) for state in present), events):
            listed += not event.type
            lines.append(Line(event.type, event.state.uid, place_of(event.state)))
            out.write(msgspec.json.encode(pod(event.state, next(versions))) + b"\n")
    (folder / "index.json").write_bytes(msgspec.json.encode(Index(listed, lines)))
    with (folder / "pods.ndjson").open("rb") as json, (folder / "pods.pb").open("wb") as protobuf:
        subprocess.run([translator], stdin=json, stdout=protobuf, check=True)


class Recording:
    """What `record` has written."""

    def __init__(self, folder: Path) -> None:
        self.index = msgspec.json.decode((folder / "index.json").read_bytes(), type=Index)
        self._json, self._json_places = _cut(folder / "pods.ndjson", _lines)
        self._protobuf, self._protobuf_places = _cut(folder / "pods.pb", _messages)

    def json(self, number: int) -> bytes:
        """One pod, whole, with its kind."""
        return self._json[self._json_places[number]]

    def protobuf(self, number: int) -> bytes:
        """One pod, without an envelope."""
        return self._protobuf[self._protobuf_places[number]]

    def version(self, number: int) -> int:
        """Its resourceVersion."""
        return _FIRST_VERSION + number


def _cut(path: Path, places: Callable[[mmap.mmap], Iterator[slice]]) -> tuple[mmap.mmap, list[slice]]:
    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    return mapped, list(places(mapped))


def _lines(data: mmap.mmap) -> Iterator[slice]:
    start = 0
    while (end := data.find(b"\n", start)) >= 0:
        yield slice(start, end)
        start = end + 1


def _messages(data: mmap.mmap) -> Iterator[slice]:
    start = 0
    while start < len(data):
        begin = start + _LENGTH
        start = begin + int.from_bytes(data[start:begin], "big")
        yield slice(begin, start)
