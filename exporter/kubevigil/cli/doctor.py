"""`kubevigil doctor`: whether all that Kubevigil needs is there, and what to do where it is not."""

import argparse
import json
import re
import secrets
import sys
from collections.abc import Generator
from contextlib import ExitStack, closing
from threading import Event
from typing import Final

import msgspec

from kubevigil.app import doctor_crash, doctor_examining, durations
from kubevigil.app.doctor_cluster import Cluster
from kubevigil.app.doctor_crash import NoImage, Waiting
from kubevigil.app.doctor_examining import Asked
from kubevigil.app.doctor_peers import AtAddress, BadAddress, Peer
from kubevigil.app.settings import Settings
from kubevigil.app.sources import SettingsError
from kubevigil.cli.command import USAGE, Command, add_settings, settings_of, tell
from kubevigil.cli.crashes_screen import Screen, plain
from kubevigil.cli.doctor_lines import lines
from kubevigil.cli.parsing import UsageError
from kubevigil.delivery.credentials import BadCredentials
from kubevigil.doctor.answer import Answer, any_failed
from kubevigil.kube.connection import Connection, connect
from kubevigil.kube.errors import BadConfig, KubeError, NoAccount
from kubevigil.model import clock

_NAME: Final = "kubevigil doctor"
_FAILED: Final = 1
_UNREACHABLE: Final = 3
_NAMESPACE: Final = "default"
_ALERT: Final = "KubevigilCrashLooping"
_LABEL: Final = re.compile(r"(?P<name>[a-zA-Z_][a-zA-Z0-9_]*)=(?P<value>.*)", re.DOTALL)
_SETTINGS: Final = (
    "kubeconfig",
    "context",
    "namespaces",
    "capture",
    "healthchecks",
    "checks.lease",
    "elasticsearch.hosts",
    "elasticsearch.username",
    "elasticsearch.ca_file",
    "elasticsearch.index",
    "elasticsearch.retention",
    "elasticsearch.replicas",
    "document.format",
)


def _add(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--json", action="store_true", help="one JSON array")
    add("--prometheus", metavar="URL", help="where Prometheus answers (behind the API server, by its object)")
    add("--alertmanager", metavar="URL", help="where Alertmanager answers (likewise)")
    add("--app", default="kubevigil", metavar="NAME", help="our objects' label app.kubernetes.io/name (kubevigil)")
    group = parser.add_argument_group("the alert whose way is told")
    group.add_argument(
        "--namespace", metavar="NAME", help=f"its namespace ({_NAMESPACE}); rights are asked there alone"
    )
    group.add_argument("--severity", default="warning", metavar="WORD", help="its severity (warning)")
    group.add_argument("--alertname", default=_ALERT, metavar="NAME", help=f"its name ({_ALERT})")
    group.add_argument("--label", action="append", default=[], metavar="NAME=VALUE", help="another label of it")
    group = parser.add_argument_group("a crash on purpose")
    group.add_argument(
        "--crash", action="store_true", help=f"have a pod crash in --namespace ({_NAMESPACE}), and follow its news"
    )
    group.add_argument("--image", default="", metavar="NAME", help="its image, with a shell (the exporter's own)")
    group.add_argument("--timeout", default="5m", metavar="DURATION", help="how long to wait for the news (5m)")
    add_settings(parser, _SETTINGS)


def _run(arguments: argparse.Namespace) -> int:
    labels, seconds = _labels(arguments), _seconds(arguments.timeout)
    try:
        settings = settings_of(arguments).settings
    except SettingsError as error:
        return tell(error)
    try:
        connection = connect(settings.kubeconfig or None, settings.context or None)
    except NoAccount as error:
        if arguments.crash or not settings.elasticsearch_hosts:
            return _told(error, USAGE)
        return _tell(doctor_examining.without_cluster(settings, str(error)), in_json=arguments.json)
    except BadConfig as error:
        return _told(error, USAGE)
    return _asked(arguments, settings, connection, labels, seconds)


def _asked(
    arguments: argparse.Namespace, settings: Settings, connection: Connection, labels: dict[str, str], seconds: float
) -> int:
    with ExitStack() as stack:
        stack.enter_context(closing(connection))
        try:
            asked = Asked(
                labels,
                arguments.namespace or "",
                _peer(stack, "--prometheus", arguments.prometheus),
                _peer(stack, "--alertmanager", arguments.alertmanager),
            )
            cluster = Cluster(connection, arguments.app)
            return _tell(_answers(cluster, settings, asked, arguments, seconds), in_json=arguments.json)
        except (BadConfig, BadAddress, BadCredentials, NoImage) as error:
            return _told(error, USAGE)
        except KubeError as error:
            return _told(error, _UNREACHABLE)


def _answers(
    cluster: Cluster, settings: Settings, asked: Asked, arguments: argparse.Namespace, seconds: float
) -> Generator[Answer, None, None]:
    if not arguments.crash:
        return doctor_examining.examine(cluster, settings, asked, clock.wall)
    name = f"kubevigil-doctor-{secrets.token_hex(3)}"
    plan = doctor_crash.plan(cluster, name, asked.namespace or _NAMESPACE, arguments.image)
    return doctor_crash.follow(cluster, settings, asked, plan, Waiting(seconds, clock.monotonic, Event().wait))


def _tell(answers: Generator[Answer, None, None], *, in_json: bool) -> int:
    """Prints the answers, for people as they come; the exit code."""
    told: list[Answer] = []
    screen = Screen()
    # What is under way ends with the command, whatever ends that: a pod that was made must go.
    with closing(answers):
        for answer in answers:
            told.append(answer)
            if not in_json:
                screen.lines(lines(answer))
    if in_json:
        print(json.dumps(msgspec.to_builtins(told), indent=2))
    return _FAILED if any_failed(told) else 0


def _labels(arguments: argparse.Namespace) -> dict[str, str]:
    labels = {
        "alertname": arguments.alertname,
        "namespace": arguments.namespace or _NAMESPACE,
        "severity": arguments.severity,
    }
    for text in arguments.label:
        found = _LABEL.fullmatch(text)
        if found is None:
            raise UsageError(f"{_NAME}: --label wants NAME=VALUE, and not {text!a}")
        labels[found["name"]] = found["value"]
    return labels


def _seconds(text: str) -> float:
    try:
        return durations.seconds_in(text)
    except ValueError as error:
        raise UsageError(f"{_NAME}: --timeout: {error}") from error


def _peer(stack: ExitStack, flag: str, url: str | None) -> Peer | None:
    return None if url is None else stack.enter_context(AtAddress(flag, url))


def _told(error: Exception, code: int) -> int:
    print(plain(str(error)), file=sys.stderr)
    return code


COMMAND: Final = Command("doctor", "Tells what is missing around Kubevigil, and what to do about it.", _add, _run)
