"""Durations as people write them, such as `90s`, `10m`, `7d` and `1h30m`, to seconds and back. Pure."""

import re
from typing import Final

FORM: Final = "a duration such as 90s, 10m, 1h30m or 7d"

_UNITS: Final = (("d", 86_400), ("h", 3_600), ("m", 60))
_FORM: Final = re.compile(
    r"(?=[0-9])(?:(?P<d>[0-9]{1,6})d)?(?:(?P<h>[0-9]{1,6})h)?(?:(?P<m>[0-9]{1,6})m)?"
    r"(?:(?P<s>[0-9]{1,9}(?:\.[0-9]{1,3})?)s)?"
)


def seconds_in(text: str) -> float:
    """The seconds that `text` stands for: days, hours, minutes, seconds, in that order, each at most once.

    Seconds may have up to three decimals. Raises ValueError for anything else, a bare number included.
    """
    match = _FORM.fullmatch(text)
    if match is None:
        raise ValueError(f"not {FORM}: {text!r}")
    whole = sum(int(match[unit] or 0) * size for unit, size in _UNITS)
    return whole + float(match["s"] or 0)


def shown(seconds: float) -> str:
    """The shortest text that `seconds_in` reads as the same number of milliseconds."""
    rest, thousandths = divmod(round(seconds * 1000), 1000)
    parts = []
    for unit, size in _UNITS:
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}{unit}")
    if rest or thousandths or not parts:
        decimals = f".{thousandths:03}".rstrip("0") if thousandths else ""
        parts.append(f"{rest}{decimals}s")
    return "".join(parts)
