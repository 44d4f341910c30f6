"""`kubevigil render`: the rules, boards and routes of the mixin, for those who do not build with jsonnet."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from kubevigil.app import rendering
from kubevigil.app.rendering import CannotWrite, Output
from kubevigil.app.sources import SettingsError
from kubevigil.bundle import documents
from kubevigil.bundle.errors import MixinError
from kubevigil.cli.command import USAGE, Command, tell
from kubevigil.cli.parsing import UsageError

_FAILED: Final = 1
_ALL: Final = "all"
_FORMATS: Final = sorted({name for kind in documents.kinds() for name in documents.formats(kind)})


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=[*documents.kinds(), _ALL], help="what to render")
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="a YAML or JSON file with values of the mixin's _config"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="write files there (default: print all)")
    parser.add_argument("--format", choices=_FORMATS, default="", help=_format_help())
    parser.add_argument(
        "--check", action="store_true", help="write nothing; tell which files in --out differ, and exit with 1"
    )


def _format_help() -> str:
    told = (f"{kind}: {', '.join(documents.formats(kind))}" for kind in documents.kinds())
    return f"{'; '.join(told)} (the first is the default)"


def _run(arguments: argparse.Namespace) -> int:
    _require_sense(arguments)
    kinds = documents.kinds() if arguments.what == _ALL else (arguments.what,)
    try:
        output = rendering.render(kinds, arguments.format, rendering.config_in(arguments.config))
    except SettingsError as error:
        return tell(error)
    except MixinError as error:
        return _refused(error, arguments.config)
    for remark in output.remarks:
        print(f"kubevigil render: {remark}", file=sys.stderr)
    try:
        return _given(output, arguments)
    except CannotWrite as error:
        print(f"kubevigil render: {error}", file=sys.stderr)
        return _FAILED


def _refused(error: MixinError, config: Path | None) -> int:
    """Without values of the user's the fault is the mixin's own."""
    source = f"config: file {config}" if config else "kubevigil render"
    print(f"{source}: {error}", file=sys.stderr)
    return USAGE if config else _FAILED


def _require_sense(arguments: argparse.Namespace) -> None:
    """Raises UsageError with all that does not go together."""
    wrong = "; ".join(_contradictions(arguments))
    if wrong:
        raise UsageError(f"kubevigil render: {wrong}")


def _contradictions(arguments: argparse.Namespace) -> Iterator[str]:
    if arguments.check and arguments.out is None:
        yield "--check compares files: name their folder with --out"
    if arguments.format and arguments.what == _ALL:
        yield "--format is of one kind: name that instead of 'all'"
    elif arguments.format and arguments.format not in documents.formats(arguments.what):
        formats = ", ".join(documents.formats(arguments.what))
        yield f"--format {arguments.format} is not one of {arguments.what}; there are: {formats}"


def _given(output: Output, arguments: argparse.Namespace) -> int:
    """Prints, writes or compares; the exit code."""
    if arguments.check:
        return _checked(output, arguments.out)
    if arguments.out is None:
        print(rendering.printed(output.files), end="")
    else:
        rendering.write(output.files, arguments.out)
    return 0 if output.files else _FAILED


def _checked(output: Output, folder: Path) -> int:
    drift = rendering.drift(output.files, folder)
    for path, difference in drift.items():
        print(f"{path}: {difference}; render it again", file=sys.stderr)
    return _FAILED if drift or not output.files else 0


COMMAND = Command(
    "render", "Renders rules, dashboards and Alertmanager routes from the mixin and your values.", _add, _run
)
