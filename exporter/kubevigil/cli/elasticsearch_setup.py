"""`kubevigil elasticsearch setup`: index template and retention, as often as one likes."""

import argparse
import json
import sys

from kubevigil.app.elasticsearch_setup import set_up_elasticsearch
from kubevigil.app.sources import SettingsError
from kubevigil.cli.command import USAGE, Command, add_settings, settings_of, tell
from kubevigil.delivery.credentials import BadCredentials
from kubevigil.delivery.errors import BadConnection, DeliveryError
from kubevigil.delivery.setup.applying import Report

_UNREACHABLE = 3
"""The exit code when the server cannot be reached, or refuses."""


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="only tell what would be done")
    parser.add_argument("--json", action="store_true", help="one JSON object: the requests, how many change anything")
    add_settings(parser)


def _run(arguments: argparse.Namespace) -> int:
    try:
        report = set_up_elasticsearch(settings_of(arguments).settings, dry_run=arguments.dry_run)
    except SettingsError as error:
        return tell(error)
    except (BadConnection, BadCredentials) as error:
        print(error, file=sys.stderr)
        return USAGE
    except DeliveryError as error:
        print(error, file=sys.stderr)
        return _UNREACHABLE
    print(json.dumps(report.as_json(), indent=2) if arguments.json else _in_words(report))
    return 0


def _in_words(report: Report) -> str:
    server = report.server
    lines = [f"{server.kind} {server.number}, cluster {server.cluster}"]
    lines += [f"  {step.what}: {step.change}{f' ({step.why})' if step.why else ''}" for step in report.steps]
    outlook = "would change" if report.dry_run else "changed"
    return "\n".join([*lines, f"{outlook}: {report.changed}"])


COMMAND = Command("elasticsearch setup", "Sets the index template and the retention of crash documents.", _add, _run)
