"""The arguments that the `healthchecks` commands share: which check, and the cluster it is in."""

import argparse
import sys
from collections.abc import Callable
from contextlib import closing
from typing import Final, NamedTuple

from kubevigil.app.check_finding import find_checks
from kubevigil.app.settings import Settings
from kubevigil.app.sources import SettingsError
from kubevigil.cli.command import USAGE, add_settings, settings_of, tell
from kubevigil.cli.crashes_screen import plain
from kubevigil.healthchecks.resources import HealthCheckObject
from kubevigil.kube.connection import Connection, connect
from kubevigil.kube.errors import BadConfig, KubeError

NOT_FOUND: Final = 1
"""The exit code when there is no such check, or several."""

UNREACHABLE: Final = 3
"""The exit code when the API server, or the exporter, does not answer."""


class Cluster(NamedTuple):
    """Where the checks are, and what the settings say."""

    connection: Connection
    settings: Settings


def add_cluster(parser: argparse.ArgumentParser) -> None:
    """Adds `--namespace` and the settings that say which cluster."""
    parser.add_argument("--namespace", default="", metavar="NAME", help="only of this namespace (all)")
    add_settings(parser, ("kubeconfig", "context", "namespaces", "checks.lease"))


def add_check(parser: argparse.ArgumentParser) -> None:
    """Adds the name of one check, and what `add_cluster` does."""
    parser.add_argument("check", metavar="[NAMESPACE/]NAME", help="the health check")
    add_cluster(parser)


def with_cluster(arguments: argparse.Namespace, work: Callable[[Cluster], int]) -> int:
    """Does `work` with the cluster that the settings name; the exit code, also when it does not answer."""
    try:
        settings = settings_of(arguments).settings
        connection = connect(settings.kubeconfig or None, settings.context or None)
    except SettingsError as error:
        return tell(error)
    except BadConfig as error:
        print(error, file=sys.stderr)
        return USAGE
    with closing(connection):
        try:
            return work(Cluster(connection, settings))
        except BadConfig as error:
            print(error, file=sys.stderr)
            return USAGE
        except KubeError as error:
            print(plain(str(error)), file=sys.stderr)
            return UNREACHABLE


def namespaces_of(arguments: argparse.Namespace, settings: Settings) -> tuple[str, ...]:
    """The namespaces to look in; none for all."""
    return (arguments.namespace,) if arguments.namespace else settings.namespaces


def with_check(arguments: argparse.Namespace, work: Callable[[Cluster, HealthCheckObject], int]) -> int:
    """Does `work` with the one check that is named; the exit code, also where there is none, or several."""

    def found(cluster: Cluster) -> int:
        namespace, _, name = arguments.check.rpartition("/")
        where = (namespace,) if namespace else namespaces_of(arguments, cluster.settings)
        items = find_checks(cluster.connection, where, name)
        if len(items) == 1:
            return work(cluster, items[0])
        if items:
            places = ", ".join(f"{item.metadata.namespace}/{item.metadata.name}" for item in items)
            print(f"there are several of that name: {places}", file=sys.stderr)
        else:
            place = f"in {', '.join(where)}" if where else "in any namespace"
            print(f"there is no health check {plain(name)!r} {place}", file=sys.stderr)
        return NOT_FOUND

    return with_cluster(arguments, found)
