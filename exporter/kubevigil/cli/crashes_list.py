"""`kubevigil crashes list`: what crashed, as a table, or as one JSON array of records."""

import argparse
import sys
from collections.abc import Sequence
from typing import Final

from kubevigil.cli.command import Command
from kubevigil.cli.crashes_arguments import add_filters, add_store, count, filter_of
from kubevigil.cli.crashes_folding import folded, single
from kubevigil.cli.crashes_opening import with_archive
from kubevigil.cli.crashes_screen import Screen, json_line
from kubevigil.cli.crashes_table import table
from kubevigil.model import clock
from kubevigil.model.record import Record
from kubevigil.store.archive import Archive

_MOST: Final = 1000


def _add(parser: argparse.ArgumentParser) -> None:
    add_filters(parser)
    parser.add_argument("--limit", type=count, default=_MOST, metavar="N", help=f"at most the latest N ({_MOST})")
    parser.add_argument("--each", action="store_true", help="a line for each crash, also where they are alike")
    parser.add_argument("--utc", action="store_true", help="tell when, instead of how long ago")
    parser.add_argument("--json", action="store_true", help="one JSON array of records, the newest last")
    parser.add_argument("--no-logs", action="store_true", help="with --json: leave log.text empty")
    add_store(parser)


def _run(arguments: argparse.Namespace) -> int:
    return with_archive(arguments, lambda archive: _list(archive, arguments))


def _list(archive: Archive, arguments: argparse.Namespace) -> int:
    now = clock.wall()
    # One more than is shown tells whether there are more.
    found = archive.records(filter_of(arguments, now), arguments.limit + 1)
    shown = found[: arguments.limit]
    if arguments.json:
        _print_json(archive, shown, with_texts=not arguments.no_logs)
        return 0
    screen = Screen()
    folds = single(shown) if arguments.each else folded(shown)
    if folds:
        screen.print(table(folds, screen.width, now=now, in_utc=arguments.utc))
    else:
        screen.print("No crash is kept that fits." if _filters(arguments) else "No crash is kept.")
    if len(found) > len(shown):
        print(f"Only the latest {len(shown)} are shown; --limit takes another number.", file=sys.stderr)
    elif screen.is_terminal and folds:
        screen.print("kubevigil crashes show ID tells all of one.", style="dim")
    return 0


def _filters(arguments: argparse.Namespace) -> bool:
    return bool(arguments.namespace or arguments.workload or arguments.since or arguments.classes)


def _print_json(archive: Archive, newest_first: Sequence[Record], *, with_texts: bool) -> None:
    """Prints a record a line, each with its text read when its turn comes: all of them might not fit into memory."""
    before = "[\n"
    for record in reversed(newest_first):
        whole = next(iter(archive.find(record.id, 1)), record) if with_texts else record
        print(before + json_line(whole), end="")
        before = ",\n"
    print("\n]" if newest_first else "[]")


COMMAND = Command("crashes list", "Lists what crashed, the newest last.", _add, _run)
