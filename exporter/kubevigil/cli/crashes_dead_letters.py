"""`kubevigil crashes dead-letters`: the crashes that were refused for good where they were sent, and why."""

import argparse
import sys
from collections.abc import Sequence
from typing import Final

from rich.table import Table
from rich.text import Text

from kubevigil.cli.command import Command
from kubevigil.cli.crashes_arguments import add_store, count
from kubevigil.cli.crashes_delivery import refusals
from kubevigil.cli.crashes_moments import ended, span
from kubevigil.cli.crashes_opening import with_archive
from kubevigil.cli.crashes_screen import Screen, json_line, plain
from kubevigil.cli.crashes_table import SHORT, workload
from kubevigil.model import clock
from kubevigil.model.record import Record
from kubevigil.store.archive import Archive

_MOST: Final = 1000


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--limit", type=count, default=_MOST, metavar="N", help=f"at most the latest N ({_MOST})")
    parser.add_argument(
        "--json", action="store_true", help="one JSON array of records, the newest last; their log.text is left empty"
    )
    add_store(parser)


def _run(arguments: argparse.Namespace) -> int:
    return with_archive(arguments, lambda archive: _list(archive, arguments))


def _list(archive: Archive, arguments: argparse.Namespace) -> int:
    # One more than is shown tells whether there are more.
    found = archive.dead_letters(arguments.limit + 1)
    shown = found[: arguments.limit][::-1]
    if arguments.json:
        print("[\n" + ",\n".join(map(json_line, shown)) + "\n]" if shown else "[]")
        return 0
    screen = Screen()
    if not shown:
        screen.print("No crash was refused.")
        return 0
    screen.print(_table(shown, clock.wall()))
    if len(found) > len(shown):
        print(f"Only the latest {len(shown)} are shown; --limit takes another number.", file=sys.stderr)
    elif screen.is_terminal:
        screen.print("kubevigil crashes replay ID... (or --all) has them sent again.", style="dim")
    return 0


def _table(records: Sequence[Record], now: float) -> Table:
    """A line for each crash and each that refused it; errors may take several."""
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    grid.add_column("AGO", justify="right", no_wrap=True)
    for title in ("WORKLOAD", "REFUSED BY", "ID"):
        grid.add_column(title, no_wrap=True)
    grid.add_column("WHY", overflow="fold")
    for record in records:
        for refused in refusals(record):
            why = Text(plain(refused.error), style="red")
            cells = (span(now - ended(record)), workload(record), plain(refused.sink), record.id[:SHORT])
            grid.add_row(*map(Text, cells), why)
    return grid


COMMAND = Command("crashes dead-letters", "Lists the crashes that were refused where they were sent.", _add, _run)
