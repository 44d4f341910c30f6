"""What the demo shows: a table of ends, newest first while it runs, and how they compare with what happened."""

from typing import Final

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from kubevigil.app import words
from kubevigil.app.audit import Verdict
from kubevigil.app.showcase import Showcase
from kubevigil.model.record import Record, TerminationClass

WIDTH: Final = 140
"""Columns where there is no terminal to ask."""

_GAP: Final = 3
_POD_COLUMNS: Final = 40
_ROWS_AROUND: Final = 10
"""Lines of the terminal that are not the table's."""

_STYLES: Final = {
    TerminationClass.ERROR: "red",
    TerminationClass.OOM: "bold red",
    TerminationClass.START_ERROR: "magenta",
    TerminationClass.EXITED: "yellow",
}


def opening(showcase: Showcase) -> RenderableType:
    """The first lines: what runs where."""
    return Group(
        Text("A simulated cluster in which believable workloads end for believable reasons,"),
        Text("and the exporter beside it, connected by a kubeconfig and HTTP as to a real one."),
        Text(f"  API server  {showcase.api_server}/api/v1/pods"),
        Text(f"  exporter    {showcase.address}/metrics   {showcase.address}/readyz"),
    )


def live(showcase: Showcase, width: int, height: int) -> RenderableType:
    """The picture that is renewed while the story goes on, for a terminal of so many columns and lines."""
    rows = max(height - _ROWS_AROUND, 1)
    return Group(
        opening(showcase),
        _table(showcase.latest(rows), width),
        _verdict_line(showcase.verdict()),
        Text("Ctrl-C ends it.", style="dim"),
    )


def result(showcase: Showcase, width: int) -> RenderableType:
    """What is told at the end: all ends, oldest first."""
    verdict = showcase.verdict()
    return Group(_table(verdict.terminations, width), _verdict_line(verdict))


def _table(records: list[Record], width: int) -> Table:
    fixed = {"time": 8, "container": 10, "class": 11, "exit": 11}
    left = max(width - sum(fixed.values()) - _GAP * (len(fixed) + 2), 40)
    widths = fixed | {"pod": min(left // 2, _POD_COLUMNS), "why": left - min(left // 2, _POD_COLUMNS)}
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for title in ("time", "pod", "container", "class", "exit", "why"):
        table.add_column(title, no_wrap=True, overflow="ellipsis", width=widths[title])
    for record in records:
        table.add_row(*(Text(_plain(cell), style=_style(record)) for cell in _cells(record)))
    return table


def _cells(record: Record) -> tuple[str, ...]:
    end = record.termination
    return (
        (end.finished_at or end.observed_at)[11:19],
        f"{record.namespace}/{record.pod}",
        record.container.name or "(all)",
        end.class_.value,
        words.code(record),
        words.why(record),
    )


def _style(record: Record) -> str:
    return _STYLES.get(record.termination.class_, "dim")


def _verdict_line(verdict: Verdict) -> Text:
    crashes = sum(record.is_crash for record in verdict.terminations)
    text = (
        f"{verdict.expected} ends of containers happened, {verdict.seen} were seen ({crashes} of them crashes), "
        f"{verdict.lost} lost, {verdict.doubled} doubled"
    )
    return Text(text, style="bold green" if verdict.lost == verdict.doubled == 0 else "bold yellow")


def _plain(text: str) -> str:
    """Text that somebody else chose, without what would steer the terminal."""
    return "".join(c if c.isprintable() else " " for c in text)
