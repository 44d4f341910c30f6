"""What every sub-command is made of: its name, its arguments, its work; and how it comes by its settings.

A module of `cli` offers one `COMMAND`; `main` finds it by the table there.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from kubevigil.app.declaring import Surroundings
from kubevigil.app.settings import KEYS
from kubevigil.app.sources import CONFIG_VARIABLE, Loaded, SettingsError, load

USAGE: Final = 2
"""The exit code for wrong arguments or settings."""

_PREFIX: Final = "setting:"
"""Sets flags of settings apart from a command's own arguments."""


class Command(NamedTuple):
    """One sub-command. `run` returns the exit code."""

    name: str
    help: str
    add: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


def add_settings(parser: argparse.ArgumentParser, keys: Iterable[str] = tuple(KEYS)) -> None:
    """Adds `--config` and the flags of the settings `keys` (all of them), as those are declared."""
    group = parser.add_argument_group("settings", "also by environment and file: see docs/settings.md")
    group.add_argument("--config", metavar="FILE", help=f"a YAML file with settings (or {CONFIG_VARIABLE})")
    for name in keys:
        key = KEYS[name]
        told = key.help.replace("%", "%%")
        group.add_argument(key.flag, dest=_PREFIX + name, action="append", default=[], metavar=key.kind.word, help=told)


def settings_of(arguments: argparse.Namespace) -> Loaded:
    """The settings from the flags that `add_settings` made, the environment and the file. Raises SettingsError."""
    given = {name.removeprefix(_PREFIX): v for name, v in vars(arguments).items() if name.startswith(_PREFIX)}
    return load(given, Surroundings(os.environ, sys.stderr.isatty()), arguments.config)


def tell(error: SettingsError) -> int:
    """Prints all faults on stderr, one a line; the exit code."""
    print(error, file=sys.stderr)
    return USAGE
