"""`kubevigil crashes replay`: has crashes sent again that were refused for good; the beginning of an id is enough."""

import argparse
import sys
from typing import Final

from kubevigil.app.crash_archive import open_shared
from kubevigil.app.settings import Settings
from kubevigil.cli.command import USAGE, Command
from kubevigil.cli.crashes_arguments import add_store
from kubevigil.cli.crashes_delivery import delivery_words
from kubevigil.cli.crashes_opening import NOT_FOUND, with_settings
from kubevigil.cli.crashes_screen import Screen, plain
from kubevigil.cli.crashes_table import SHORT
from kubevigil.model import clock
from kubevigil.store.replaying import Replayed, replay, replay_all

_EITHER: Final = (
    "kubevigil crashes replay: give the ids of crashes, or --all; kubevigil crashes dead-letters lists them"
)


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("ids", nargs="*", metavar="ID", help="a crash's id, or the beginning of it")
    parser.add_argument("--all", action="store_true", help="all that `crashes dead-letters` lists")
    add_store(parser)


def _run(arguments: argparse.Namespace) -> int:
    if bool(arguments.ids) == arguments.all:
        print(_EITHER, file=sys.stderr)
        return USAGE
    return with_settings(arguments, lambda settings: _replay(settings, arguments))


def _replay(settings: Settings, arguments: argparse.Namespace) -> int:
    store = open_shared(settings)
    if arguments.all:
        many = replay_all(store, clock.wall())
        print(f"{many} {'crash' if many == 1 else 'crashes'} to be sent again" if many else "No crash was refused.")
        return 0
    codes = [_tell(id_, replay(store, id_.strip(), clock.wall())) for id_ in arguments.ids]
    return max(codes)


def _tell(id_: str, done: Replayed) -> int:
    """Says what came of one id; the exit code."""
    if done.sinks:
        Screen().print(f"{id_} is to be sent again to {', '.join(map(plain, done.sinks))}", soft_wrap=True)
        return 0
    screen = Screen(sys.stderr)
    match done.candidates:
        case []:
            screen.print(
                f"No crash is kept whose id begins with {id_!a}; `kubevigil crashes dead-letters` shows the ids."
            )
        case [record]:
            words = delivery_words(record) or "it is sent nowhere"
            screen.print(f"{record.id[:SHORT]} was not refused: {plain(words)}", soft_wrap=True)
        case several:
            digits = max(SHORT, len(id_) + 2)
            ids = ", ".join(record.id[:digits] for record in several)
            screen.print(f"Several ids begin with {id_!a}; which one is meant? {ids}", soft_wrap=True)
    return NOT_FOUND


COMMAND = Command("crashes replay", "Has crashes sent again that were refused.", _add, _run)
