"""`kubevigil import pod-monitor`: from kubernetes-pod-monitor, its settings as ours, its history into the store."""

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kubevigil.app import moving_config, moving_history, rendering, secret_file
from kubevigil.app.declaring import Surroundings
from kubevigil.app.moving_config import Output
from kubevigil.app.moving_history import Asked, WrongZone
from kubevigil.app.rendering import CannotWrite, File
from kubevigil.app.settings import KEYS
from kubevigil.app.sources import CONFIG_VARIABLE, Loaded, SettingsError, load
from kubevigil.cli.command import USAGE, Command, tell
from kubevigil.cli.parsing import UsageError
from kubevigil.model import clock
from kubevigil.moving import translation
from kubevigil.moving.address import FORM, Address, address_in
from kubevigil.moving.errors import BadAddress, MovingError, Unreachable
from kubevigil.moving.predecessor import Predecessor
from kubevigil.moving.remarks import Step
from kubevigil.store.errors import StoreError

_NAME: Final = "kubevigil import pod-monitor"
_FAILED: Final = 1
_UNREACHABLE: Final = 3
_SETTINGS: Final = ("cluster_name", "data_dir", "store", "records.retention", "records.limit")
_PASSWORD: Final = "MYSQL_PWD"  # noqa: S105  the variable that MySQL's own clients read
_OFTEN: Final = 10_000
"""Crashes between two lines of progress."""


def _add(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--config",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="its application.yml, its chart's values, or its environment as NAME=VALUE lines; the later goes first",
    )
    add("--mysql", metavar="URL", help=f"its database, {FORM}: history, channels and ignored containers")
    add("--mysql-password-file", type=Path, metavar="FILE", help=f"the password (else {_PASSWORD}, else from --config)")
    add("--mysql-time-zone", metavar="ZONE", help="of the dates in its history, such as Asia/Kolkata (UTC)")
    add("--out", type=Path, metavar="DIR", help="write settings.yaml and values.yaml there (default: print them)")
    group = parser.add_argument_group("settings of Kubevigil", "also by environment: see docs/settings.md")
    group.add_argument("--settings", metavar="FILE", help=f"the file with them (or {CONFIG_VARIABLE})")
    for key in (KEYS[name] for name in _SETTINGS):
        group.add_argument(
            key.flag,
            dest=key.field,
            action="append",
            default=[],
            metavar=key.kind.word,
            help=key.help.replace("%", "%%"),
        )


def _run(arguments: argparse.Namespace) -> int:
    try:
        return _move(arguments)
    except SettingsError as error:
        return tell(error)
    except (BadAddress, WrongZone) as error:
        return _told(error, USAGE)
    except (Unreachable, StoreError) as error:
        return _told(error, _UNREACHABLE)
    except (MovingError, CannotWrite) as error:
        return _told(error, _FAILED)


def _move(arguments: argparse.Namespace) -> int:
    if not (arguments.config or arguments.mysql):
        raise UsageError(f"{_NAME}: give --config, --mysql or both; see {_NAME} --help")
    loaded = load(
        {name: getattr(arguments, KEYS[name].field) for name in _SETTINGS},
        Surroundings(os.environ, sys.stderr.isatty()),
        arguments.settings,
    )
    given = moving_config.read(arguments.config)
    steps = list(translation.steps(given)) if arguments.config else []
    if arguments.mysql:
        steps += _from_database(arguments, given, loaded)
    _give(moving_config.output(steps), arguments.out)
    return 0


def _from_database(arguments: argparse.Namespace, given: Predecessor, loaded: Loaded) -> Iterator[Step]:
    address, password, zone = address_in(arguments.mysql), _password(arguments, given), _zone(arguments)
    cluster = loaded.settings.cluster_name
    if arguments.config and _is_default(loaded, "cluster_name"):
        cluster = given.values["cluster_name"]
    asked = Asked(cluster, loaded.settings, zone, clock.wall)
    yield from _taken(address, password, given.values["sql.table_name"], asked)


def _taken(address: Address, password: str, state_table: str, asked: Asked) -> Iterator[Step]:
    try:
        # Needs a package that only this command wants, so it is not installed with the others.
        from kubevigil.moving import mysql  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if error.name != "pymysql":
            raise
        raise MovingError(f"{_NAME}: --mysql needs the package pymysql: pip install 'kubevigil[mysql]'") from error
    with mysql.opened(address, password, state_table) as source:
        yield from moving_history.take(source, asked, _progress)


def _password(arguments: argparse.Namespace, given: Predecessor) -> str:
    if arguments.mysql_password_file is None:
        return os.environ.get(_PASSWORD) or given.values["sql.password"]
    try:
        return secret_file.read(arguments.mysql_password_file)
    except secret_file.Unreadable as error:
        raise UsageError(f"{_NAME}: --mysql-password-file {arguments.mysql_password_file}: {error}") from error


def _zone(arguments: argparse.Namespace) -> ZoneInfo | None:
    name = arguments.mysql_time_zone
    try:
        return None if name is None else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(f"{_NAME}: --mysql-time-zone {name!a} is no time zone such as UTC or Asia/Kolkata") from error


def _is_default(loaded: Loaded, name: str) -> bool:
    return any(chosen.key.name == name and chosen.source == "default" for chosen in loaded.chosen)


def _progress(done: int, of: int) -> None:
    if done == of or done % _OFTEN == 0:
        print(f"{_NAME}: {done} of {of} crashes", file=sys.stderr)


def _give(output: Output, folder: Path | None) -> None:
    """Prints all, with the remarks as comments; or writes the files and prints the remarks."""
    lines = [*(remark.line() for remark in output.remarks), *(f"to do   {command}" for command in output.commands)]
    comment = "".join(f"# {line}\n" for line in lines)
    if folder is None:
        print(comment + "---\n".join(["", *(file.text for file in output.files)]), end="")
        return
    rendering.write([File(file.name, comment + file.text) for file in output.files], folder)
    print("\n".join([*lines, *(f"written {folder / file.name}" for file in output.files)]))


def _told(error: Exception, code: int) -> int:
    print(error, file=sys.stderr)
    return code


COMMAND = Command("import pod-monitor", "Takes over settings and history of kubernetes-pod-monitor.", _add, _run)
