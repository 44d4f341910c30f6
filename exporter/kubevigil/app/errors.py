"""What the composition root refuses, in words for the person who starts it."""

import json
from typing import NamedTuple


class AppError(Exception):
    """The exporter cannot do what it was started for."""


class Fault(NamedTuple):
    """One thing that is wrong with the settings. `value` is None where it must not, or need not, be shown."""

    key: str
    source: str
    value: str | None
    advice: str

    def line(self) -> str:
        """The fault as one line of printable ASCII, whatever the value holds."""
        shown = "" if self.value is None else f" = {json.dumps(self.value)}"
        return _plain(f"{self.key}: {self.source}{shown}: {self.advice}")


def _plain(text: str) -> str:
    return "".join(c if c.isascii() and c.isprintable() else c.encode("unicode_escape").decode() for c in text)
