"""The table of `kubevigil crashes list`: a line a kind of crash, two where the terminal is narrow, the newest last."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from kubevigil.cli.crashes_absence import log_words
from kubevigil.cli.crashes_folding import Fold
from kubevigil.cli.crashes_moments import span, utc
from kubevigil.cli.crashes_screen import STYLES, plain
from kubevigil.crashes.explaining import why
from kubevigil.model.record import Record

SHORT: Final = 10
"""Digits of an id that are shown: among 100,000 crashes the chance that any two are alike is 0.5 %."""

_WIDE: Final = 110
"""Columns from which on all of a crash fits into one line."""

_GAP: Final = 2
_LONGEST_CONTAINER: Final = 20
_WORKLOAD_SHARE: Final = 0.45
"""Of the columns that workload and why have together; why has the more to say."""

_LEAST: Final = 12


class Row(NamedTuple):
    """What is told of one kind of crash. `why` has its colour."""

    moment: str
    workload: str
    container: str
    why: Text
    times: str
    log: str
    id: str


def table(folds: Iterable[Fold], width: int, *, now: float, in_utc: bool) -> Table:
    """What crashed, for a terminal of `width` columns; ages are counted up to `now`, or moments told in UTC."""
    rows = [_row(fold, now, in_utc=in_utc) for fold in folds]
    head = "WHEN" if in_utc else "AGO"
    return _lines(rows, head, width) if width >= _WIDE else _pairs(rows, head, width)


def workload(record: Record) -> str:
    """'namespace/workload', as people say it."""
    return plain(f"{record.namespace}/{record.workload.name or record.pod}")


def why_text(record: Record) -> Text:
    """A few words of why, in the colour of the crash's class."""
    return Text(plain(why(record)), style=STYLES.get(record.termination.class_, ""))


def _row(fold: Fold, now: float, *, in_utc: bool) -> Row:
    record = fold.latest
    return Row(
        moment=utc(fold.last) if in_utc else span(now - fold.last),
        workload=workload(record),
        container=plain(record.container.name),
        why=why_text(record),
        times=f"{fold.number} in {span(fold.last - fold.first)}" if fold.number > 1 else "1",
        log=log_words(record.log),
        id=record.id[:SHORT],
    )


def _lines(rows: Sequence[Row], head: str, width: int) -> Table:
    titles = (head, "WORKLOAD", "CONTAINER", "WHY", "TIMES", "LOG", "ID")
    widths = {title: _widest(title, (str(row[n]) for row in rows)) for n, title in enumerate(titles)}
    widths["CONTAINER"] = min(widths["CONTAINER"], _LONGEST_CONTAINER)
    others = sum(widths.values()) - widths["WORKLOAD"] - widths["WHY"]
    room = width - others - _GAP * (len(titles) - 1)
    widths["WORKLOAD"] = max(min(widths["WORKLOAD"], int(room * _WORKLOAD_SHARE)), _LEAST)
    widths["WHY"] = max(min(widths["WHY"], room - widths["WORKLOAD"]), _LEAST)
    grid = _grid(widths)
    for row in rows:
        grid.add_row(*(cell if isinstance(cell, Text) else Text(cell) for cell in row))
    return grid


def _pairs(rows: Sequence[Row], head: str, width: int) -> Table:
    notes = [f"{'once' if row.times == '1' else row.times}, log {row.log}" for row in rows]
    left = _widest(head, (row.moment for row in rows))
    right = _widest("ID, TIMES, LOG", notes)
    middle = max(width - left - right - 2 * _GAP, _LEAST)
    grid = _grid({head: left, "WORKLOAD, CONTAINER, WHY": middle, "ID, TIMES, LOG": right})
    for row, note in zip(rows, notes, strict=True):
        grid.add_row(Text(row.moment), Text.assemble(row.workload, "  ", (row.container, "dim")), Text(row.id))
        grid.add_row(Text(), row.why, Text(note))
    return grid


def _widest(title: str, cells: Iterable[str]) -> int:
    return max(cell_len(title), *map(cell_len, cells), 0)


def _grid(widths: dict[str, int]) -> Table:
    """A table without lines; what is too wide for its column ends in an ellipsis."""
    grid = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold")
    for number, (title, width) in enumerate(widths.items()):
        justify = "right" if number == 0 else "left"
        grid.add_column(title, width=width, no_wrap=True, overflow="ellipsis", justify=justify)  # type: ignore[arg-type]
    return grid
