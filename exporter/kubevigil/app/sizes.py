"""Sizes in bytes as Kubernetes and people write them, such as `512MiB` and `10GiB`, to bytes and back. Pure."""

import re
from typing import Final

FORM: Final = "a size such as 64MiB or 10GiB"

_UNITS: Final = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
_FORM: Final = re.compile(rf"([0-9]{{1,9}})({'|'.join(_UNITS)})")


def bytes_in(text: str) -> int:
    """The bytes that `text` stands for: a whole number and a binary unit. Raises ValueError for anything else."""
    match = _FORM.fullmatch(text)
    if match is None:
        raise ValueError(f"not {FORM}: {text!r}")
    return int(match[1]) * _UNITS[match[2]]


def shown(count: int) -> str:
    """The text with the largest unit that says it exactly."""
    unit, size = next((u, s) for u, s in reversed(_UNITS.items()) if count % s == 0 and (count >= s or s == 1))
    return f"{count // size}{unit}"
