"""`kubevigil crashes tail`: a line for each crash from now on, until Ctrl-C."""

import argparse
import sys
from collections.abc import Callable
from contextlib import closing
from typing import Final

from rich.text import Text

from kubevigil.app.crash_archive import identity_of, open_crashes
from kubevigil.app.following import Follower
from kubevigil.app.settings import Settings
from kubevigil.app.signals import StopRequest, on_stop_signal
from kubevigil.cli.command import Command
from kubevigil.cli.crashes_absence import log_words
from kubevigil.cli.crashes_arguments import add_filters, add_store, filter_of
from kubevigil.cli.crashes_moments import ended, utc
from kubevigil.cli.crashes_opening import with_settings
from kubevigil.cli.crashes_screen import Screen, json_line, plain
from kubevigil.cli.crashes_table import SHORT, why_text, workload
from kubevigil.model import clock
from kubevigil.model.record import Record

_POLL_SECONDS: Final = 0.5
_WORKLOAD: Final = 32


def _add(parser: argparse.ArgumentParser) -> None:
    add_filters(parser)
    parser.add_argument("--json", action="store_true", help="a record a line (NDJSON), with the text of its log")
    add_store(parser)


def _run(arguments: argparse.Namespace) -> int:
    end = StopRequest()
    on_stop_signal(end.ask)
    return with_settings(arguments, lambda settings: _tail(settings, arguments, end))


def _tail(settings: Settings, arguments: argparse.Namespace, end: StopRequest) -> int:
    tell = _json if arguments.json else _line(Screen())
    trouble = ""
    with closing(
        Follower(
            lambda: open_crashes(settings),
            lambda: identity_of(settings),
            filter_of(arguments, clock.wall()),
            texts=arguments.json,
            monotonic=clock.monotonic,
            wall=clock.wall,
        )
    ) as follower:
        follower.start()
        pause = 0.0
        while not end.asked_within(pause):
            told = follower.poll()
            for record in told:
                tell(record)
            pause = 0.0 if told else _POLL_SECONDS
            if follower.trouble and follower.trouble != trouble:
                print(f"{follower.trouble} (trying again)", file=sys.stderr)
            trouble = follower.trouble
    return 0


def _json(record: Record) -> None:
    print(json_line(record), flush=True)


def _line(screen: Screen) -> Callable[[Record], None]:
    def tell(record: Record) -> None:
        head = f"{utc(ended(record))}  {record.id[:SHORT]}  {workload(record):{_WORKLOAD}}  "
        tail = f"  log {log_words(record.log)}"
        screen.lines(
            [Text.assemble(head, (plain(record.container.name), "dim"), "  ", why_text(record), (tail, "dim"))]
        )

    return tell


COMMAND = Command("crashes tail", "Tells of each crash from now on, until Ctrl-C.", _add, _run)
