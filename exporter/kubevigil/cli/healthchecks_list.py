"""`kubevigil healthchecks list`: the checks, how they are and when they run, as a table or one JSON array."""

import argparse
import json
import sys
from typing import Final

import msgspec

from kubevigil.app.check_finding import find_checks
from kubevigil.app.check_leadership import leadership
from kubevigil.app.check_needs import knows_workflows, lacks_of_cluster
from kubevigil.app.check_report import report_of
from kubevigil.cli.command import Command
from kubevigil.cli.crashes_screen import Screen
from kubevigil.cli.healthchecks_arguments import Cluster, add_cluster, namespaces_of, with_cluster
from kubevigil.cli.healthchecks_table import table
from kubevigil.model import clock


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--utc", action="store_true", help="tell moments, instead of how long ago, or to wait")
    parser.add_argument("--json", action="store_true", help="one JSON array")
    add_cluster(parser)


def _run(arguments: argparse.Namespace) -> int:
    return with_cluster(arguments, lambda cluster: _list(cluster, arguments))


def _list(cluster: Cluster, arguments: argparse.Namespace) -> int:
    items = find_checks(cluster.connection, namespaces_of(arguments, cluster.settings))
    now = clock.wall()
    reports = [report_of(item, now) for item in items]
    if arguments.json:
        print(json.dumps(msgspec.to_builtins(reports), indent=2))
        return 0
    screen = Screen()
    if reports:
        screen.print(table(reports, screen.width, now=now, in_utc=arguments.utc), crop=False)
    else:
        screen.print("There is no health check.")
    led = leadership(cluster.connection, cluster.settings.checks_lease, now)
    for lack in lacks_of_cluster(led, workflows=knows_workflows(cluster.connection)):
        print(lack, file=sys.stderr)
    return 0


COMMAND: Final = Command("healthchecks list", "Lists the health checks: how they are, and when they run.", _add, _run)
