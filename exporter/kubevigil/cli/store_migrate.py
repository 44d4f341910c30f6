"""`kubevigil store migrate`: makes or migrates the store's tables now, or prints the SQL for it with `--print-sql`.

The exporter does the same when it starts. This is for those who read the SQL first, or whose exporter's account may not
change tables.
"""

import argparse
import sys
from pathlib import Path
from typing import Final

from kubevigil.app.settings import Settings
from kubevigil.app.sources import SettingsError
from kubevigil.cli.command import Command, add_settings, settings_of, tell
from kubevigil.model import clock
from kubevigil.store.address import FILE_NAME, Address, address_of
from kubevigil.store.database import open_sqlite
from kubevigil.store.errors import StoreError
from kubevigil.store.review import statements, version_of
from kubevigil.store.schema import VERSION
from kubevigil.store.server import migrate_server

_UNREACHABLE: Final = 3
_UP_TO_DATE: Final = f"The store's schema is version {VERSION} already; there is nothing to do."


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--print-sql", action="store_true", help="change nothing, print the SQL that would be run")
    add_settings(parser, ("data_dir", "store"))


def _run(arguments: argparse.Namespace) -> int:
    try:
        address = _address(settings_of(arguments).settings)
        return _print(address) if arguments.print_sql else _migrate(address)
    except SettingsError as error:
        return tell(error)
    except StoreError as error:
        print(error, file=sys.stderr)
        return _UNREACHABLE


def _address(settings: Settings) -> Address:
    url = settings.store.reveal()
    return address_of(url) if url else settings.data_dir / FILE_NAME


def _print(address: Address) -> int:
    """What stands on stdout can be handed to the database's own client."""
    found = statements(address)
    print("\n\n".join(found) if found else f"-- {_UP_TO_DATE}")
    return 0


def _migrate(address: Address) -> int:
    before = version_of(address)
    if before == VERSION:
        print(_UP_TO_DATE)
        return 0
    if isinstance(address, Path):
        open_sqlite(address.parent, now=clock.wall).dispose()
    else:
        migrate_server(address)
    print(f"The store's schema is version {VERSION} now; {_words(before)}.")
    return 0


def _words(before: int | None) -> str:
    return "there was none before" if before is None else f"it was {before}"


COMMAND = Command("store migrate", "Makes or migrates the store's tables, or prints the SQL for it.", _add, _run)
