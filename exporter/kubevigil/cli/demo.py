"""`kubevigil demo`: a simulated cluster in which things crash, the exporter beside it, and what it saw."""

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final

import msgspec
from rich.console import Console
from rich.live import Live

from kubevigil.app import logs
from kubevigil.app.declaring import Surroundings
from kubevigil.app.settings import Settings
from kubevigil.app.showcase import Showcase
from kubevigil.app.sources import SettingsError, load
from kubevigil.cli import demo_view
from kubevigil.cli.command import USAGE, Command, tell
from kubevigil.store.errors import CannotOpen
from kubevigil.web.errors import CannotListen

_REFRESH_SECONDS: Final = 0.5
_FAILED: Final = 1


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--once", action="store_true", help="play the story once to its end, then tell the result")
    parser.add_argument("--json", action="store_true", help="the result as JSON; implies --once")
    parser.add_argument("--seed", type=int, default=7, metavar="N", help="another number, another story (default 7)")
    parser.add_argument("--listen", default="127.0.0.1:0", metavar="ADDRESS", help="where to serve /metrics")
    parser.add_argument("--data-dir", metavar="DIRECTORY", help="keep the store here (default: a folder that goes)")


def _run(arguments: argparse.Namespace) -> int:
    # On a terminal the story goes on until somebody has seen enough; a pipe wants an end.
    once = arguments.once or arguments.json or not sys.stdout.isatty()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kubevigil-demo-")))
        try:
            settings = _settings(arguments, folder)
            logs.configure(style=settings.log_format, level="error")
            showcase = Showcase(settings, folder, seed=arguments.seed, endless=not once)
            stack.callback(showcase.stop)
            showcase.start()
        except SettingsError as error:
            return tell(error)
        except (CannotOpen, CannotListen) as error:
            print(error, file=sys.stderr)
            return USAGE
        # As Ctrl-C does, so that what was started is stopped and the folder goes.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        return _play(showcase, as_json=arguments.json, endless=not once, kept=arguments.data_dir or "")


def _settings(arguments: argparse.Namespace, folder: Path) -> Settings:
    """The demo is the same everywhere: no setting of a real exporter's environment reaches it."""
    flags = {
        "listen": [arguments.listen],
        "data_dir": [arguments.data_dir or str(folder / "data")],
        "cluster_name": ["demo"],
    }
    return load(flags, Surroundings({"HOME": os.environ.get("HOME", "")}, is_terminal=sys.stderr.isatty())).settings


def _play(showcase: Showcase, *, as_json: bool, endless: bool, kept: str) -> int:
    if as_json:
        _until_the_end(showcase, lambda: None)
        print(msgspec.json.format(msgspec.json.encode(showcase.verdict())).decode())
    elif endless:
        console = Console()
        picture = Live(console=console, auto_refresh=False, vertical_overflow="crop")
        with suppress(KeyboardInterrupt), picture as live:
            _until_the_end(showcase, lambda: live.update(demo_view.live(showcase, *console.size), refresh=True))
    else:
        console = Console(width=None if sys.stdout.isatty() else demo_view.WIDTH)
        console.print(demo_view.opening(showcase))
        _until_the_end(showcase, lambda: None)
        console.print(demo_view.result(showcase, console.width, kept=kept), crop=False)
    verdict = showcase.verdict()
    return 0 if endless or verdict.lost == verdict.doubled == 0 else _FAILED


def _until_the_end(showcase: Showcase, each: Callable[[], None]) -> None:
    each()
    while not showcase.wait(_REFRESH_SECONDS):
        each()
    showcase.settle()
    each()


COMMAND = Command("demo", "Shows it at work on a simulated cluster: no cluster and no account needed.", _add, _run)
