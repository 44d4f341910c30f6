"""What `/metrics` answers: the object series as they were last published, then what is counted at the scrape itself.

A scrape takes one reference and never waits for the watch. The object series of one publication are a `Generation`;
it is compressed once, by the first scrape that wants gzip, and the answer is that deflated text, a tail made
anew, and one trailer: a single gzip member, since several in one body are cut short by curl and httpx. No
checksum has to be combined for that: the tail's CRC goes on from the generation's (RFC 1952, 2.3.1).
"""

import struct
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from isal import isal_zlib

from kubevigil.metrics.blocks import Snapshot
from kubevigil.metrics.text import Family

_GZIP_HEADER: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_LEVEL: Final = 1
"""Of ISA-L's 0 to 3: a fifth of the work of zlib's level 1, for fewer bytes."""

_RAW: Final = -isal_zlib.MAX_WBITS
_PIECE: Final = 1 << 20


class _Deflated(NamedTuple):
    data: bytes
    crc: int
    size: int


class Generation:
    """The object series of one moment. Immutable but for the compressed form, which is made once."""

    def __init__(self, texts: tuple[bytes, ...]) -> None:
        self._texts = texts
        self._lock = threading.Lock()
        self._deflated: _Deflated | None = None

    @property
    def texts(self) -> tuple[bytes, ...]:
        """The pieces of plain text, in order."""
        return self._texts

    def deflated(self) -> _Deflated:
        """The text as a raw deflate stream that ends at a byte boundary and goes on."""
        with self._lock:
            if self._deflated is None:
                self._deflated = self._deflate()
            return self._deflated

    def _deflate(self) -> _Deflated:
        deflater = isal_zlib.compressobj(_LEVEL, isal_zlib.DEFLATED, _RAW)
        crc = size = 0
        pieces = []
        for text in _joined(self._texts):
            crc, size = isal_zlib.crc32(text, crc), size + len(text)
            pieces.append(deflater.compress(text))
        pieces.append(deflater.flush(isal_zlib.Z_FULL_FLUSH))
        return _Deflated(b"".join(pieces), crc, size)


def _joined(texts: Iterable[bytes]) -> Iterator[bytes]:
    """The same text in pieces of a mebibyte or so: each piece that is compressed has to wait for its turn to go on."""
    gathered: list[bytes] = []
    size = 0
    for text in texts:
        gathered.append(text)
        size += len(text)
        if size >= _PIECE:
            yield b"".join(gathered)
            gathered, size = [], 0
    yield b"".join(gathered)


class Exposition:
    """Joins what the watched scopes publish. `tail` renders what is counted elsewhere, at every scrape."""

    def __init__(self, families: Sequence[Family], tail: Callable[[], bytes]) -> None:
        self._headers = [family.header() for family in families]
        self._tail = tail
        self._snapshots: dict[str, Snapshot] = {}
        self._generation = Generation(())

    def publish(self, scope: str, snapshot: Snapshot) -> None:
        """Makes the scope's series visible, all at once. Called by one thread."""
        self._snapshots[scope] = snapshot
        texts: list[bytes] = []
        for index, header in enumerate(self._headers):
            blocks = [text for snapshot in self._snapshots.values() for text in snapshot[index]]
            if blocks:
                texts += [header, *blocks]
        self._generation = Generation(tuple(texts))

    def plain(self) -> Iterator[bytes]:
        """The body in pieces, so that a reader never makes us hold it whole."""
        generation = self._generation
        yield from generation.texts
        yield self._tail()

    def gzip(self) -> list[bytes]:
        """The body as one gzip member, in pieces."""
        body = self._generation.deflated()
        tail = self._tail()
        deflater = isal_zlib.compressobj(_LEVEL, isal_zlib.DEFLATED, _RAW)
        end = deflater.compress(tail) + deflater.flush(isal_zlib.Z_FINISH)
        trailer = struct.pack("<LL", isal_zlib.crc32(tail, body.crc), (body.size + len(tail)) & 0xFFFFFFFF)
        return [_GZIP_HEADER, body.data, end + trailer]
