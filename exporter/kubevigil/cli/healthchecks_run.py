"""`kubevigil healthchecks run`: asks for a run now, and with `--wait` tells how it ended.

Exit codes: 0 asked for, or succeeded; 1 failed, or no such check; 3 the API server or an exporter did not answer.
"""

import argparse
import sys
from typing import Final

from kubevigil.app import durations
from kubevigil.app.check_leadership import leadership
from kubevigil.app.check_marking import ask
from kubevigil.app.check_needs import knows_workflows, lacks_of_cluster
from kubevigil.app.check_waiting import CheckGone, NotInTime, wait_for_end
from kubevigil.cli.command import Command
from kubevigil.cli.crashes_screen import plain
from kubevigil.cli.healthchecks_arguments import NOT_FOUND, UNREACHABLE, Cluster, add_check, with_check
from kubevigil.healthchecks.asking import Ending, moment_to_ask
from kubevigil.healthchecks.picture import check_of
from kubevigil.healthchecks.reconcile import Check
from kubevigil.healthchecks.resources import HealthCheckObject
from kubevigil.kube.errors import KubeError
from kubevigil.model import clock

_FAILED: Final = 1


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--wait", action="store_true", help="wait for the end, and tell it: 0 succeeded, 1 failed")
    parser.add_argument(
        "--timeout",
        type=_seconds,
        metavar="DURATION",
        help="wait so long at the most, such as 5m (30s for the beginning, then as long as the run may take)",
    )
    add_check(parser)


def _run(arguments: argparse.Namespace) -> int:
    return with_check(arguments, lambda cluster, item: _ask(cluster, item, arguments))


def _ask(cluster: Cluster, item: HealthCheckObject, arguments: argparse.Namespace) -> int:
    check = check_of(item)
    place = f"{check.meta.namespace}/{check.meta.name}"
    if check.judged.findings:
        print(f"{place} cannot work:", *(plain(str(finding)) for finding in check.judged.findings), sep="\n  ")
        return _FAILED
    moment = moment_to_ask(check)
    check = check_of(ask(cluster.connection, item.metadata, moment))
    after = ", after the one under way" if check.status.under_way else ""
    print(f"{place}: a run is asked for{after}", flush=True)
    return _wait(cluster, check, moment, arguments.timeout) if arguments.wait else 0


def _wait(cluster: Cluster, check: Check, moment: int, seconds: float | None) -> int:
    place = f"{check.meta.namespace}/{check.meta.name}"
    try:
        ending = wait_for_end(
            cluster.connection,
            check,
            moment,
            seconds=seconds,
            began=lambda _: print(f"{place}: it began", flush=True),
        )
    except CheckGone:
        print(f"{place}: the check was deleted meanwhile", file=sys.stderr)
        return NOT_FOUND
    except NotInTime as error:
        print(f"{place}: {error}", *_reasons(cluster, error.trouble), sep="\n  ", file=sys.stderr)
        return UNREACHABLE
    print(f"{place}: {plain(_words(ending))}")
    return 0 if ending.succeeded else _FAILED


def _words(ending: Ending) -> str:
    workflow = f", workflow {ending.workflow}" if ending.workflow else ""
    if ending.succeeded:
        return f"succeeded{workflow}"
    return f"{'ended without a result' if ending.succeeded is None else 'failed'}{workflow}: {ending.message}"


def _reasons(cluster: Cluster, trouble: KubeError | None) -> list[str]:
    if trouble:
        return [plain(str(trouble))]
    led = leadership(cluster.connection, cluster.settings.checks_lease, clock.wall())
    return list(lacks_of_cluster(led, workflows=knows_workflows(cluster.connection)))


def _seconds(text: str) -> float:
    try:
        return durations.seconds_in(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


COMMAND: Final = Command("healthchecks run", "Asks for a run of a health check now.", _add, _run)
