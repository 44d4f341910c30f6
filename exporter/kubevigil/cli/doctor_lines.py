"""How `kubevigil doctor` looks to people: a line an answer, and under it what to do."""

from collections.abc import Iterator
from typing import Final

from rich.text import Text

from kubevigil.cli.crashes_screen import plain
from kubevigil.doctor.answer import Answer, Status

_STYLES: Final = {Status.OK: "green", Status.WARN: "yellow", Status.FAIL: "bold red", Status.SKIPPED: "dim"}
_STATUS: Final = max(map(len, Status)) + 2
_CHECK: Final = 21
"""Columns: the longest name of a check, and a gap."""


def lines(answer: Answer) -> Iterator[Text]:
    """The answer; details are other people's words, so nothing of them steers the terminal."""
    status = Text(f"{answer.status:{_STATUS}}", style=_STYLES[answer.status])
    yield status + Text(f"{answer.check:{_CHECK}}{plain(answer.detail)}")
    if answer.fix:
        yield Text(f"{'':{_STATUS + _CHECK}}fix: {plain(answer.fix)}")
