"""Takes HTTP's chunked framing off a body, many chunks at a time, however the network cut it into pieces. Pure.

The standard library hands out one chunk a call, and reads each chunk's size with calls of its own. A watch sends a
chunk an event: that was a third of what an event cost.
Source: RFC 9112, section 7.1.
"""

import re
from typing import Final

_FIRST: Final = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?\r?\n")
_NEXT: Final = re.compile(rb"\r?\n([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?\r?\n")
"""The end of one chunk and the size of the next, with extensions, which mean nothing here."""

_TRAILER: Final = re.compile(rb"(?:[^\r\n]+\r?\n)*\r?\n")
_LINE_ENDS: Final = {_FIRST: 1, _NEXT: 2}
_MOST_HELD: Final = 64 * 1024
"""Bytes of a size with its extensions, or of a trailer. The standard library allows as much for a line."""


class BadChunk(ValueError):
    """What came is no chunk: where the next one begins cannot be known any more."""


class Chunks:
    """One body's. `last_seen` once its last chunk has come, `ended` when the trailer after that has come too."""

    def __init__(self) -> None:
        self.last_seen = self.ended = False
        self._left = 0
        self._due = _FIRST
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        """The data of the chunks in what came next; b'' where that is no data yet. Raises BadChunk."""
        if self._held:
            data, self._held = self._held + data, b""
        pieces: list[bytes] = []
        at, end = 0, len(data)
        while at < end and not self.ended:
            if self._left:
                pieces.append(data[at : at + self._left])
                at += self._left
                self._left = max(at - end, 0)
            elif found := self._due.match(data, at):
                at = found.end()
                self._pass(found)
            else:
                self._hold(data[at:])
                break
        return b"".join(pieces)

    def _pass(self, found: re.Match[bytes]) -> None:
        if self._due is _TRAILER:
            self.ended = True
            return
        self._left = int(found[1], 16)
        self.last_seen = not self._left
        self._due = _TRAILER if self.last_seen else _NEXT

    def _hold(self, start: bytes) -> None:
        """Keeps what is too little to tell; refuses what no further byte can make whole."""
        if len(start) > _MOST_HELD or start.count(b"\n") >= _LINE_ENDS.get(self._due, _MOST_HELD):
            raise BadChunk("the answer is not in chunks as its head says")
        self._held = start
