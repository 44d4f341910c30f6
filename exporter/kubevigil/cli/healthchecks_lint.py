"""`kubevigil healthchecks lint`: what becomes of HealthCheck files, before any of them meets a cluster."""

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Final

from kubevigil.app.linting import NoSuchFile, lint_files
from kubevigil.cli.command import USAGE, Command
from kubevigil.healthchecks.lint import Lint

_FOUND: Final = 1


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="files, or folders of .yaml, .yml, .json")
    parser.add_argument("--json", action="store_true", help="one JSON array")


def _run(arguments: argparse.Namespace) -> int:
    try:
        verdicts = lint_files(arguments.paths)
    except NoSuchFile as error:
        print(f"kubevigil healthchecks lint: {error}", file=sys.stderr)
        return USAGE
    if arguments.json:
        print(json.dumps(verdicts, indent=2))
    else:
        for verdict in verdicts:
            _show(verdict)
        _sum_up(verdicts)
    return _FOUND if any(verdict["verdict"] == "refused" for verdict in verdicts) else 0


def _show(verdict: Lint) -> None:
    name = f" {_plain(verdict['name'])}" if verdict["name"] else ""
    print(f"{verdict['verdict']:<9}{_plain(verdict['file'])}{name}")
    for finding in verdict["findings"]:
        print(f"         {' '.join(filter(None, (_plain(finding['path']), _plain(finding['message']))))}")


def _sum_up(verdicts: list[Lint]) -> None:
    counts = Counter(verdict["verdict"] for verdict in verdicts)
    told = ", ".join(f"{counts[kind]} {kind}" for kind in ("accepted", "changed", "refused") if counts[kind])
    print(f"{len(verdicts)} health checks: {told}" if verdicts else "no health checks found")


def _plain(text: str) -> str:
    """A file's own words, which must not move the cursor."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


COMMAND: Final = Command("healthchecks lint", "Tells what becomes of HealthCheck files, without a cluster.", _add, _run)
