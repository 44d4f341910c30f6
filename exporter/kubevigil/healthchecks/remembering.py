"""Reading YAML costs more than all else of a run that begins, and the same texts come again each period."""

import marshal
from collections import OrderedDict
from contextlib import suppress
from threading import Lock
from typing import Final

from kubevigil.healthchecks.templates import Parse

MOST: Final = 8 * 1024 * 1024
"""Bytes of texts, and of what they say, that are kept: those of some thousands of checks."""


class Remembering:
    """Reads texts by `parse`, and keeps what the latest of them said, packed. Thread-safe. Raises as `parse`."""

    def __init__(self, parse: Parse, most: int = MOST) -> None:
        self._parse = parse
        self._most = most
        self._lock = Lock()
        self._packed: OrderedDict[bytes, bytes] = OrderedDict()
        self._size = 0

    def __call__(self, text: bytes) -> object:
        """What the text says; each time anew, so it may be changed."""
        with self._lock:
            packed = self._packed.get(text)
            if packed is not None:
                self._packed.move_to_end(text)
        if packed is not None:
            return marshal.loads(packed)  # noqa: S302  bytes that never left this process
        said = self._parse(text)
        with suppress(ValueError):  # too deep, or a value that is none of JSON's: its reader will refuse it
            self._keep(text, marshal.dumps(said))  # type: ignore[arg-type]  # what cannot be packed raises
        return said

    def _keep(self, text: bytes, packed: bytes) -> None:
        with self._lock:
            if text not in self._packed:
                self._packed[text] = packed
                self._size += len(text) + len(packed)
            while self._size > self._most:
                self._size -= sum(map(len, self._packed.popitem(last=False)))
