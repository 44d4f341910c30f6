"""`kubevigil healthchecks pause`: a check begins no runs until it is resumed. Its spec stays as it is."""

import argparse
from typing import Final

from kubevigil.app.check_marking import pause
from kubevigil.cli.command import Command
from kubevigil.cli.healthchecks_arguments import Cluster, add_check, with_check
from kubevigil.healthchecks.picture import check_of
from kubevigil.healthchecks.resources import HealthCheckObject


def _run(arguments: argparse.Namespace) -> int:
    return with_check(arguments, _pause)


def _pause(cluster: Cluster, item: HealthCheckObject) -> int:
    check = check_of(pause(cluster.connection, item.metadata))
    place = f"{check.meta.namespace}/{check.meta.name}"
    also = "; the run under way goes on to its end" if check.status.under_way else ""
    print(f"{place} is paused{also}; kubevigil healthchecks resume {place} lets it go on")
    return 0


COMMAND: Final = Command("healthchecks pause", "Keeps a health check from running, by annotation.", add_check, _run)
