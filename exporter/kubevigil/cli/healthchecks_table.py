"""The table of `kubevigil healthchecks list`: a line a check, its message as far as there is room."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from kubevigil.app.check_report import Report, State
from kubevigil.cli.crashes_screen import plain
from kubevigil.cli.healthchecks_words import last_words, next_words, status_words

_TITLES: Final = ("NAMESPACE", "NAME", "STATUS", "LAST", "NEXT", "RUNS", "FAILED", "MESSAGE")
_NUMBERS: Final = frozenset({"LAST", "RUNS", "FAILED"})
_GAP: Final = 2
_LEAST: Final = 12
"""Columns of the message where there is no room: it tells that there is one."""


class Row(NamedTuple):
    """What is told of one check, in the order of the titles. `status` has its colour."""

    namespace: str
    name: str
    status: Text
    last: str
    next: str
    runs: str
    failed: str
    message: str


def table(reports: Iterable[Report], width: int, *, now: float, in_utc: bool) -> Table:
    """The checks, for a terminal of `width` columns; ages are counted up to `now`, or moments told in UTC."""
    rows = [_row(report, now, in_utc=in_utc) for report in reports]
    widths = [max(cell_len(title), *(cell_len(str(row[n])) for row in rows), 0) for n, title in enumerate(_TITLES)]
    gaps = _GAP * (len(_TITLES) - 1)
    widths[-1] = max(_LEAST, min(widths[-1], width - sum(widths[:-1]) - gaps))
    # Names are copied: where there is no room for them the terminal wraps the line, and nothing of them is cut.
    grid = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold", width=sum(widths) + gaps)
    for title, columns in zip(_TITLES, widths, strict=True):
        justify = "right" if title in _NUMBERS else "left"
        grid.add_column(title, width=columns, no_wrap=True, overflow="ellipsis", justify=justify)  # type: ignore[arg-type]
    for row in rows:
        grid.add_row(*(cell if isinstance(cell, Text) else Text(cell) for cell in row))
    return grid


def status_text(report: Report) -> Text:
    """The status in its colour."""
    words = plain(status_words(report))
    if report.state is State.INVALID or report.status == "Failed":
        return Text(words, style="red")
    return Text(words, style="dim" if report.state in {State.PAUSED, State.STOPPED} else "")


def _row(report: Report, now: float, *, in_utc: bool) -> Row:
    faults = "; ".join(f"{finding['path']} {finding['message']}" for finding in report.findings)
    return Row(
        namespace=plain(report.namespace),
        name=plain(report.name),
        status=status_text(report),
        last=last_words(report, now, in_utc=in_utc),
        next=next_words(report, now, in_utc=in_utc),
        runs=str(report.succeeded + report.failed),
        failed=str(report.failed),
        message=plain(faults or (report.message if report.state is not State.STOPPED else "")),
    )
