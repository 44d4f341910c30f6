"""The screen that the `crashes` commands write to. What comes from a cluster is text to it, whatever that text holds.

Names, messages and logs are other people's: none of it is markup, steers the terminal, or turns the reading direction.
"""

import io
import json
import sys
from collections.abc import Iterable
from typing import Final, TextIO

import msgspec
from rich.console import Console
from rich.text import Text

from kubevigil.model.record import Record, TerminationClass

_UNASKED_WIDTH: Final = 140
"""Columns where there is no terminal to ask."""

STYLES: Final = {
    TerminationClass.ERROR: "red",
    TerminationClass.OOM: "bold red",
    TerminationClass.START_ERROR: "magenta",
    TerminationClass.EXITED: "yellow",
}
"""The colours of crashes, as the demo has them."""


class Screen(Console):
    """Plain text and our own styles; colours and the real width on a terminal alone."""

    def __init__(
        self, file: TextIO | None = None, *, width: int | None = None, force_terminal: bool | None = None
    ) -> None:
        out = sys.stdout if file is None else file
        if isinstance(out, io.TextIOWrapper):
            out.reconfigure(errors="replace")  # a terminal that knows ASCII only shows '?', and the command goes on
        super().__init__(
            file=out, markup=False, emoji=False, highlight=False, width=width, force_terminal=force_terminal
        )
        if width is None and not self.is_terminal and "COLUMNS" not in self._environ:
            self.width = _UNASKED_WIDTH

    def on_broken_pipe(self) -> None:
        """The reader has seen enough; `main` knows what that means."""
        raise BrokenPipeError

    def lines(self, lines: Iterable[Text]) -> None:
        """Prints lines that the terminal may wrap and that are copied whole."""
        for line in lines:
            self.print(line, soft_wrap=True)


def plain(text: str) -> str:
    """Text of somebody else's as one line in which nothing steers the terminal."""
    return "".join(c if c.isprintable() else " " for c in text)


def plain_lines(text: str) -> list[str]:
    """The same, line by line; tabs go to the next column of eight."""
    return [plain(line.expandtabs()) for line in text.removesuffix("\n").split("\n")] if text else []


def size(count: int) -> str:
    """Bytes as people read them: '812 B', '2.0 KiB', '256 KiB'."""
    kibibytes = count / 1024
    if kibibytes < 1:
        return f"{count} B"
    return f"{kibibytes:.1f} KiB" if kibibytes < 10 else f"{kibibytes:.0f} KiB"  # noqa: PLR2004  three digits are enough


def json_line(record: Record) -> str:
    """The record as JSON in ASCII alone, so that no terminal is steered by it and each can show it."""
    return json.dumps(msgspec.to_builtins(record))
