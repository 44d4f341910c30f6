"""Rows of objects, kept in blocks of text that a scrape can take as they are.

An object's rows are rendered once, when it changes. A block holds the rows of up to 256 objects; only blocks that
changed are joined again, so the work before a scrape is that of what happened since the last one, not of the cluster.
Owned by the thread that watches; what `snapshot` returns is immutable and may be read by any other.
"""

from typing import Final

BLOCK_SIZE: Final = 256

Rows = tuple[bytes, ...]
"""One object's rows, a piece of text for each family (b'' where it has none). What follows the last text may be left
out: most objects have rows of the first family alone, and a place takes 8 bytes of every object."""

Snapshot = tuple[tuple[bytes, ...], ...]
"""For each family the texts of all blocks, in order."""


class Blocks:
    """The rows of one watched scope for a fixed list of families."""

    def __init__(self, families: int) -> None:
        self._families = families
        self._place: dict[str, int] = {}
        self._free: list[int] = []
        self._rows: list[Rows | None] = []
        self._texts: list[tuple[bytes, ...]] = []
        self._dirty: set[int] = set()

    def put(self, key: str, rows: Rows) -> None:
        """Sets the rows of the object `key`, in place of those it had."""
        place = self._place.get(key)
        if place is None:
            place = self._new_place()
            self._place[key] = place
        elif self._rows[place] == rows:
            return
        self._rows[place] = rows
        self._dirty.add(place // BLOCK_SIZE)

    def remove(self, key: str) -> None:
        """Drops the rows of the object `key`; one that has none is no fault."""
        place = self._place.pop(key, None)
        if place is None:
            return
        self._rows[place] = None
        self._free.append(place)
        self._dirty.add(place // BLOCK_SIZE)

    @property
    def changed(self) -> bool:
        """Whether a snapshot taken now would differ from the last one."""
        return bool(self._dirty)

    def snapshot(self) -> Snapshot:
        """The texts as they are now."""
        for block in self._dirty:
            self._texts[block] = self._joined(block)
        self._dirty.clear()
        return tuple(tuple(text[f] for text in self._texts if text[f]) for f in range(self._families))

    def _new_place(self) -> int:
        if self._free:
            return self._free.pop()
        self._rows.append(None)
        if len(self._rows) > len(self._texts) * BLOCK_SIZE:
            self._texts.append((b"",) * self._families)
        return len(self._rows) - 1

    def _joined(self, block: int) -> tuple[bytes, ...]:
        present = [rows for rows in self._rows[block * BLOCK_SIZE : (block + 1) * BLOCK_SIZE] if rows is not None]
        return tuple(b"".join([rows[f] for rows in present if f < len(rows)]) for f in range(self._families))
