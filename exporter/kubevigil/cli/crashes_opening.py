"""Opens the store that the settings name, for reading, and tells in words when there is none to read."""

import argparse
import sys
from collections.abc import Callable
from contextlib import closing
from typing import Final

from kubevigil.app.crash_archive import open_crashes
from kubevigil.app.settings import Settings
from kubevigil.app.sources import SettingsError
from kubevigil.cli.command import settings_of, tell
from kubevigil.store.archive import Archive
from kubevigil.store.errors import StoreError

NOT_FOUND: Final = 1
"""The exit code when there is no such crash."""

UNREACHABLE: Final = 3
"""The exit code when the store cannot be read."""

_HINT: Final = (
    "The exporter keeps the store where it runs; in a cluster ask there:\n"
    "  kubectl exec deploy/kubevigil -- kubevigil crashes list"
)


def with_archive(arguments: argparse.Namespace, work: Callable[[Archive], int]) -> int:
    """Does `work` with the store's archive; the exit code."""

    def opened(settings: Settings) -> int:
        with closing(open_crashes(settings)) as archive:
            return work(archive)

    return with_settings(arguments, opened)


def with_settings(arguments: argparse.Namespace, work: Callable[[Settings], int]) -> int:
    """Does `work` with the settings that were given; the exit code, also when the store fails it."""
    try:
        return work(settings_of(arguments).settings)
    except SettingsError as error:
        return tell(error)
    except StoreError as error:
        print(f"{error}\n{_HINT}", file=sys.stderr)
        return UNREACHABLE
