"""`kubevigil config show`: every setting, its value, and where that is from. Secrets show as `***`."""

import argparse
import json
from collections.abc import Sequence

from kubevigil.app.settings import shown
from kubevigil.app.sources import Loaded, SettingsError
from kubevigil.cli.command import Command, add_settings, settings_of, tell


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=["show"], help="show: every setting, its value and source")
    parser.add_argument("--json", action="store_true", help="one JSON array, for machines")
    add_settings(parser)


def _run(arguments: argparse.Namespace) -> int:
    try:
        loaded = settings_of(arguments)
    except SettingsError as error:
        return tell(error)
    print(_as_json(loaded) if arguments.json else _as_table(loaded))
    return 0


def _as_json(loaded: Loaded) -> str:
    rows = [{"key": key.name, "value": shown(loaded.settings, key), "source": source} for key, source in loaded.chosen]
    return json.dumps(rows, indent=2)


def _as_table(loaded: Loaded) -> str:
    rows = [("KEY", "VALUE", "SOURCE")]
    for key, source in loaded.chosen:
        value = shown(loaded.settings, key)
        rows.append((key.name, ",".join(value) if isinstance(value, list) else str(value), source))
    return _columns(rows)


def _columns(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


COMMAND = Command("config", "Shows every setting, its value and where it is from.", _add, _run)
