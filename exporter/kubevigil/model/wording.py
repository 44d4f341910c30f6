"""Foreign words made fit for one line of ours: an error's text, a row of the store, a log line. Pure."""

from typing import Final

LONGEST: Final = 300
"""Characters."""


def one_line(text: str, longest: int = LONGEST) -> str:
    """The text on one line, without what cannot be printed, at most so many characters long."""
    begun = text[: 4 * longest]
    line = " ".join("".join(c if c.isprintable() else " " for c in begun).split())
    return line if len(line) <= longest else line[: longest - 1] + "…"
