"""A table of two contenders' figures, with their ratio and what it should be. Pure."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

_HEAD: Final = ("", "ours", "theirs", "ours/theirs", "wanted", "")


def seconds(value: float) -> str:
    """Three digits, in the unit that suits."""
    for scale, unit in ((1.0, "s"), (1e-3, "ms")):
        if value >= scale:
            return f"{value / scale:.3g} {unit}"
    return f"{value / 1e-6:.3g} µs"


def megabytes(value: float) -> str:
    """MB of 10^6 bytes."""
    return f"{value:,.0f} MB"


def size(value: float) -> str:
    """Bytes as MB with three digits."""
    return f"{value / 1e6:.3g} MB"


def number(value: float) -> str:
    """A count, or a share with three digits."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of both; `wanted` is the most that the ratio should be, if that was decided."""

    name: str
    ours: float
    theirs: float
    told: Callable[[float], str]
    wanted: float | None = None

    @property
    def ratio(self) -> float:
        """Below 1 ours is less; infinite where theirs is nothing."""
        return self.ours / self.theirs if self.theirs else math.inf

    def cells(self) -> tuple[str, ...]:
        """As text, in the order of the head."""
        wanted = "" if self.wanted is None else f"{self.wanted:g}"
        verdict = "" if self.wanted is None else "yes" if self.ratio <= self.wanted else "no"
        return self.name, self.told(self.ours), self.told(self.theirs), f"{self.ratio:.3f}", wanted, verdict


def table(rows: Iterable[Row]) -> list[str]:
    """Lines."""
    return aligned([_HEAD, *(row.cells() for row in rows)])


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of columns: the first to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))]).rstrip()
        for row in rows
    ]
