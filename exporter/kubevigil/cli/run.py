"""`kubevigil run`: the exporter."""

import argparse
import sys

from kubevigil.app import logs
from kubevigil.app.service import serve
from kubevigil.app.sources import SettingsError
from kubevigil.cli.command import USAGE, Command, add_settings, settings_of, tell
from kubevigil.kube.errors import BadConfig
from kubevigil.store.errors import StoreError
from kubevigil.web.errors import CannotListen


def _add(parser: argparse.ArgumentParser) -> None:
    add_settings(parser)


def _run(arguments: argparse.Namespace) -> int:
    try:
        settings = settings_of(arguments).settings
    except SettingsError as error:
        return tell(error)
    logs.configure(style=settings.log_format, level=settings.log_level)
    try:
        return serve(settings)
    except (SettingsError, BadConfig, StoreError, CannotListen) as error:
        print(error, file=sys.stderr)
        return USAGE


COMMAND = Command("run", "Watches pods and serves what happened to them as metrics.", _add, _run)
