"""`kubevigil healthchecks show`: all there is to know of one check, and what keeps it from running."""

import argparse
import json
from typing import Final

import msgspec

from kubevigil.app.check_details import details_of
from kubevigil.app.check_leadership import leadership
from kubevigil.app.check_needs import knows_workflows, lacks_of_cluster
from kubevigil.cli.command import Command
from kubevigil.cli.crashes_screen import Screen
from kubevigil.cli.healthchecks_arguments import Cluster, add_check, with_check
from kubevigil.cli.healthchecks_portrait import portrait
from kubevigil.healthchecks.resources import HealthCheckObject
from kubevigil.model import clock


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object")
    add_check(parser)


def _run(arguments: argparse.Namespace) -> int:
    return with_check(arguments, lambda cluster, item: _show(cluster, item, as_json=arguments.json))


def _show(cluster: Cluster, item: HealthCheckObject, *, as_json: bool) -> int:
    now = clock.wall()
    led = leadership(cluster.connection, cluster.settings.checks_lease, now)
    lacks = list(lacks_of_cluster(led, workflows=knows_workflows(cluster.connection)))
    details = details_of(item, led, lacks, now)
    if as_json:
        print(json.dumps(msgspec.to_builtins(details), indent=2))
    else:
        Screen().lines(portrait(details, now))
    return 0


COMMAND: Final = Command("healthchecks show", "Shows all of one health check.", _add, _run)
