"""`kubevigil healthchecks resume`: a check that was paused runs again by its schedule."""

import argparse
from typing import Final

from kubevigil.app.check_marking import resume
from kubevigil.app.check_report import report_of
from kubevigil.cli.command import Command
from kubevigil.cli.healthchecks_arguments import Cluster, add_check, with_check
from kubevigil.cli.healthchecks_words import next_words
from kubevigil.healthchecks.resources import HealthCheckObject
from kubevigil.model import clock


def _run(arguments: argparse.Namespace) -> int:
    return with_check(arguments, _resume)


def _resume(cluster: Cluster, item: HealthCheckObject) -> int:
    now = clock.wall()
    report = report_of(resume(cluster.connection, item.metadata), now)
    place = f"{report.namespace}/{report.name}"
    coming = next_words(report, now, in_utc=False)
    print(f"{place} goes on" + (f", its next run is {coming}" if coming else ", and has no run to come"))
    return 0


COMMAND: Final = Command("healthchecks resume", "Lets a paused health check run again.", add_check, _run)
