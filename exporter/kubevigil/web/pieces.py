"""A body in pieces, read like a file: the socket takes it bit by bit, and nothing is copied or joined on the way.

So a reader that is slow, or stops, costs references to text that is in memory anyway, and no worker thread.
"""

import os
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate


class Pieces:
    """A read-only, seekable view over `pieces`, none of which is empty."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self._pieces = pieces
        self._starts = [0, *accumulate(map(len, pieces))]
        self._position = 0

    def read(self, size: int) -> memoryview:
        """At most `size` bytes from the position on, never across the end of a piece; empty at the end."""
        if self._position >= self._starts[-1]:
            return memoryview(b"")
        index = bisect_right(self._starts, self._position) - 1
        begin = self._position - self._starts[index]
        view = memoryview(self._pieces[index])[begin : begin + size]
        self._position += len(view)
        return view

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Moves as `io.IOBase.seek` does; gives the new position."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._starts[-1]}[whence]
        self._position = base + offset
        return self._position

    def tell(self) -> int:
        """The position, in bytes from the start."""
        return self._position

    def seekable(self) -> bool:
        """Always."""
        return True

    def close(self) -> None:
        """Lets go of the text."""
        self._pieces, self._starts = (), [0]
