"""`kubevigil crashes show ID`: all that is known of one crash; the beginning of its id is enough."""

import argparse
import sys
from collections.abc import Sequence
from typing import Final

from rich.text import Text

from kubevigil.cli.command import Command
from kubevigil.cli.crashes_arguments import add_store
from kubevigil.cli.crashes_evidence import evidence
from kubevigil.cli.crashes_moments import ended, utc
from kubevigil.cli.crashes_opening import NOT_FOUND, with_archive
from kubevigil.cli.crashes_screen import Screen, json_line
from kubevigil.cli.crashes_table import SHORT, why_text, workload
from kubevigil.model import clock
from kubevigil.model.record import Record
from kubevigil.store.archive import Archive

_CANDIDATES: Final = 10


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="the crash's id, or the beginning of it, as `crashes list` shows it")
    parser.add_argument("--full", action="store_true", help="all that is kept of its log and of its Events")
    parser.add_argument("--json", action="store_true", help="the record as one JSON object")
    add_store(parser)


def _run(arguments: argparse.Namespace) -> int:
    return with_archive(arguments, lambda archive: _show(archive, arguments))


def _show(archive: Archive, arguments: argparse.Namespace) -> int:
    prefix = arguments.id.strip()
    found = archive.find(prefix, _CANDIDATES + 1) if prefix else []
    if len(found) != 1:
        return _not_one(prefix, found)
    if arguments.json:
        print(json_line(found[0]))
        return 0
    screen = Screen()
    around = archive.history(found[0])
    screen.lines(evidence(found[0], around, screen.width, now=clock.wall(), full=arguments.full))
    return 0


def _not_one(prefix: str, found: Sequence[Record]) -> int:
    screen = Screen(sys.stderr)
    if not found:
        screen.print(f"No crash is kept whose id begins with {prefix!a}; `kubevigil crashes list` shows the ids.")
        return NOT_FOUND
    screen.print(f"Several ids begin with {prefix!a}; which one is meant?")
    for record in found[:_CANDIDATES]:
        screen.lines([_candidate(record, prefix)])
    if len(found) > _CANDIDATES:
        screen.print("  …")
    return NOT_FOUND


def _candidate(record: Record, prefix: str) -> Text:
    id_ = record.id[: max(SHORT, len(prefix) + 2)]
    return Text.assemble(f"  {id_}  {utc(ended(record))}  {workload(record)}  ", why_text(record))


COMMAND = Command("crashes show", "Shows all that is known of one crash.", _add, _run)
