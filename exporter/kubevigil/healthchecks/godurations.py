"""Durations as Go writes them, which `@every` takes: `90s`, `1h30m`, `1.5h`.

Source of the grammar and of the units: Go's package time, ParseDuration.
"""

import re
from fractions import Fraction
from typing import Final

_UNITS: Final = {
    "ns": Fraction(1, 10**9),
    "us": Fraction(1, 10**6),
    "µs": Fraction(1, 10**6),
    "μs": Fraction(1, 10**6),
    "ms": Fraction(1, 1000),
    "s": Fraction(1),
    "m": Fraction(60),
    "h": Fraction(3600),
}
_PIECE: Final = re.compile(r"([0-9]*)(?:\.([0-9]*))?(ns|us|µs|μs|ms|s|m|h)")
_LONGEST: Final = 40
"""Characters; the longest duration that Go prints has some 20."""

_MOST: Final = Fraction(2**63 - 1, 10**9)
"""Go counts nanoseconds in 64 bits: some 292 years."""


def seconds_of(text: str) -> Fraction:
    """The seconds of a Go duration, which may be negative. Raises ValueError with a text for people."""
    rest = text[1:] if text[:1] in {"+", "-"} else text
    if rest == "0":
        return Fraction(0)
    total, position = Fraction(0), 0
    while position < len(rest) <= _LONGEST:
        piece = _PIECE.match(rest, position)
        if piece is None or not (piece[1] or piece[2]):
            break
        total += Fraction(f"{piece[1] or 0}.{piece[2] or 0}") * _UNITS[piece[3]]
        position = piece.end()
    if not rest or position != len(rest) or total > _MOST:
        raise ValueError(f"{text!r} is no duration such as 90s, 30m or 1h30m")
    return -total if text.startswith("-") else total
