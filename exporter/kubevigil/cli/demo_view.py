"""What the demo shows: a table of ends, newest first while it runs, and how they compare with what happened."""

from typing import Final

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from kubevigil.app import words
from kubevigil.app.audit import Verdict
from kubevigil.app.showcase import Showcase
from kubevigil.crashes.redaction.redactor import marker
from kubevigil.model.record import CaptureResult, Record, TerminationClass

WIDTH: Final = 140
"""Columns where there is no terminal to ask."""

_GAP: Final = 3
_EDGES: Final = 6
"""The table's own, and room for a gap more where the last column is shown."""

_TIME: Final = 8
_WIDE: Final = 100
_NARROWEST: Final = 10
_POD_COLUMNS: Final = 40
_MARK: Final = marker("").removesuffix("]")
_WORDS: Final = 12
"""Lines of a log at the end of the story."""

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


def result(showcase: Showcase, width: int, *, kept: str) -> RenderableType:
    """What is told at the end: all ends, oldest first, and what one of them said. `kept`: the store's folder, or ''."""
    verdict = showcase.verdict()
    return Group(_table(verdict.terminations, width), _verdict_line(verdict), *_last_words(verdict.terminations, kept))


def _last_words(records: list[Record], kept: str) -> list[Text]:
    """Of the latest crash that printed a secret, if any, else of the latest that printed anything."""
    told = [r for r in records if r.log and r.log.result is CaptureResult.OK]
    if not told:
        return []
    record = next((r for r in reversed(told) if r.log and _MARK in r.log.text), told[-1])
    text = record.log.text if record.log else ""
    folder = kept or "DIRECTORY"
    keeping = "" if kept else f"kubevigil demo --once --data-dir {folder}, then "
    rest = f"The rest of what is known: {keeping}kubevigil crashes show {record.id[:8]} --data-dir {folder}"
    return [
        Text(),
        Text(f"The last words of {record.namespace}/{record.pod}, {words.why(record)}; secrets are taken out:"),
        *(Text(f"  {_plain(line)}", style="cyan") for line in text.splitlines()[-_WORDS:]),
        Text(rest, no_wrap=True, overflow="ignore"),  # a command, to be copied whole
    ]


def _table(records: list[Record], width: int) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    columns = _columns(width)
    for title, size in columns.items():
        table.add_column(title, no_wrap=True, overflow="ellipsis", width=size)
    for record in records:
        cells = _cells(record)[: len(columns)]
        table.add_row(*(Text(_plain(cell), style=_style(record)) for cell in cells))
    return table


def _columns(width: int) -> dict[str, int]:
    """The columns and their widths; a narrow terminal does not show the last one."""
    fixed = {"container": 10, "class": 11, "exit": 11}
    left = width - sum(fixed.values()) - _TIME - _GAP * (len(fixed) + 1) - _EDGES
    pod = min(left // 2, _POD_COLUMNS) if width >= _WIDE else max(left, _NARROWEST)
    why = {"why": left - pod} if width >= _WIDE else {}
    return {"time": _TIME, "pod": pod, **fixed, **why}


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
