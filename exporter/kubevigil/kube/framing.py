"""Cuts a watch stream into lines, in linear time and bounded memory, however the network cut it into pieces.

Bytes in, complete lines out. At most one unfinished line is kept, of at most `limit` bytes; a longer one is dropped
up to its newline and counted. What is unfinished when the stream ends is simply forgotten with the splitter: the
stream is opened again from the last good version and sends it again.
"""

from typing import Final

LINE_LIMIT: Final = 8 * 1024 * 1024
"""Bytes. An object in etcd is at most 1.5 MiB; as JSON with escapes it can be several times that."""


class LineSplitter:
    """One stream's splitter. `oversized` counts the lines dropped for their length so far."""

    def __init__(self, limit: int = LINE_LIMIT) -> None:
        self.oversized = 0
        self._limit = limit
        self._pieces: list[bytes] = []
        self._held = 0
        self._dropping = False

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that `data` completes, without their newline; blank lines are left out."""
        *ends, rest = data.split(b"\n")
        if ends:
            ends[0] = self._finish(ends[0])
        if len(data) > self._limit:
            ends[1:] = map(self._finish, ends[1:])
        self._hold(rest)
        return [line for end in ends if (line := end.strip())]

    def _finish(self, end: bytes) -> bytes:
        self._hold(end)
        line = b"" if self._dropping else b"".join(self._pieces)
        self._pieces, self._held, self._dropping = [], 0, False
        return line

    def _hold(self, piece: bytes) -> None:
        if self._dropping or not piece:
            return
        self._held += len(piece)
        if self._held > self._limit:
            self.oversized += 1
            self._pieces, self._dropping = [], True
        else:
            self._pieces.append(piece)
