"""`kubevigil ship`: the log sidecar."""

import argparse
import sys
from collections.abc import Callable

from kubevigil.app import logs
from kubevigil.app.crash_archive import store_address
from kubevigil.app.settings import Settings
from kubevigil.app.ship_service import drain, serve
from kubevigil.app.sources import SettingsError
from kubevigil.cli.command import USAGE, Command, add_settings, settings_of, tell
from kubevigil.delivery.credentials import BadCredentials
from kubevigil.delivery.errors import BadConnection
from kubevigil.store.errors import StoreError
from kubevigil.web.errors import CannotListen

_LEFT = 1
"""The exit code of `--once` when something is left, or was refused for good."""

_UNREACHABLE = 3
"""The exit code of `--once` when the store cannot be read."""


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--once", action="store_true", help="send what waits and end: 0 if all is sent, 1 if anything is left or dead"
    )
    add_settings(parser)


def _run(arguments: argparse.Namespace) -> int:
    def read() -> Settings:
        return settings_of(arguments).settings

    try:
        settings = read()
        logs.configure(style=settings.log_format, level=settings.log_level)
        store_address(settings)
        return _once(settings, read) if arguments.once else serve(settings, read)
    except SettingsError as error:
        return tell(error)
    except (BadConnection, BadCredentials, CannotListen, StoreError) as error:
        print(error, file=sys.stderr)
        return USAGE


def _once(settings: Settings, read: Callable[[], Settings]) -> int:
    try:
        balance = drain(settings, read)
    except StoreError as error:
        print(error, file=sys.stderr)
        return _UNREACHABLE
    print(f"sent {balance.sent}, waiting {balance.waiting}, dead {balance.dead}")
    return _LEFT if balance.waiting or balance.dead else 0


COMMAND = Command("ship", "Sends recorded crashes to Elasticsearch or OpenSearch, each once.", _add, _run)
