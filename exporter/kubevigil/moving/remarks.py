"""What became of each thing that the predecessor had: taken, changed, or left, and why. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from msgspec import Struct

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class Verdict(StrEnum):
    """Closed."""

    TAKEN = "taken"
    """It means here what it meant there."""
    CHANGED = "changed"
    """It is there in another form, or means a little more or less."""
    LEFT = "left"
    """Nothing here stands for it."""


class Remark(Struct, frozen=True):
    """One thing of theirs, the name of ours ('' for what is left), and what to know about it. Never a secret."""

    verdict: Verdict
    theirs: str
    ours: str = ""
    why: str = ""

    def line(self) -> str:
        """One line of printable text, whatever the names hold."""
        way = f"{self.theirs} -> {self.ours}" if self.ours else self.theirs
        told = f"{self.verdict.value:8}{way}{f': {self.why}' if self.why else ''}"
        return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in told)


class Step(Struct, frozen=True):
    """Remarks, and what they speak of: settings by key, chart values by path, both with dots."""

    remarks: tuple[Remark, ...]
    settings: Mapping[str, Any] = _NOTHING
    values: Mapping[str, Any] = _NOTHING


def taken(theirs: str, ours: str, why: str = "", **of: Mapping[str, Any]) -> Step:
    """A step with one remark; `of` are `settings` and `values`."""
    return Step((Remark(Verdict.TAKEN, theirs, ours, why),), **of)


def changed(theirs: str, ours: str, why: str, **of: Mapping[str, Any]) -> Step:
    """A step with one remark; `of` are `settings` and `values`."""
    return Step((Remark(Verdict.CHANGED, theirs, ours, why),), **of)


def left(theirs: str, why: str) -> Step:
    """A step with one remark, and nothing else."""
    return Step((Remark(Verdict.LEFT, theirs, "", why),))
