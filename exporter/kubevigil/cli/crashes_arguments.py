"""The arguments that the `crashes` commands share: which crashes, and where the store is."""

import argparse
import re
from collections.abc import Callable
from datetime import datetime
from typing import Final

from kubevigil.app import durations
from kubevigil.cli.command import add_settings
from kubevigil.model.record import CRASHES, TerminationClass
from kubevigil.store.archive import Filter

_CLASSES: Final = [class_.value for class_ in TerminationClass if class_ in CRASHES]
_COUNT: Final = re.compile(r"[0-9]{1,7}")

Since = Callable[[float], float]
"""From the present to the moment that is meant, both Unix times."""


def add_store(parser: argparse.ArgumentParser) -> None:
    """Adds the settings that say where the store is."""
    add_settings(parser, ("data_dir", "store"))


def add_filters(parser: argparse.ArgumentParser) -> None:
    """Adds `--cluster --namespace --workload --since --class`."""
    parser.add_argument("--cluster", default="", metavar="NAME", help="only of this cluster, where a store has several")
    parser.add_argument("--namespace", default="", metavar="NAME", help="only of this namespace")
    parser.add_argument(
        "--workload", default="", metavar="[KIND/]NAME", help="only of this workload, such as web or Deployment/web"
    )
    parser.add_argument("--since", type=since, metavar="MOMENT", help="only since then: 2h, or 2026-01-31T12:00:00Z")
    parser.add_argument(
        "--class", type=classes, default=(), dest="classes", metavar="CLASSES", help=f"only {', '.join(_CLASSES)}"
    )


def filter_of(arguments: argparse.Namespace, now: float) -> Filter:
    """What the arguments of `add_filters` ask for."""
    kind, _, name = arguments.workload.rpartition("/")
    moment = arguments.since(now) if arguments.since else None
    return Filter(arguments.namespace, kind, name, moment, arguments.classes, arguments.cluster)


def since(text: str) -> Since:
    """Reads how long ago, or an RFC 3339 moment, which must name its offset from UTC."""
    try:
        seconds = durations.seconds_in(text)
    except ValueError:
        moment = _moment(text)
        return lambda _: moment
    return lambda now: now - seconds


def classes(text: str) -> tuple[TerminationClass, ...]:
    """Reads classes of crashes, with commas between."""
    words = [word.strip() for word in text.split(",")]
    wrong = [word for word in words if word not in _CLASSES]
    if wrong:
        raise argparse.ArgumentTypeError(f"{wrong[0]!r} is no class of crashes; allowed: {', '.join(_CLASSES)}")
    return tuple(TerminationClass(word) for word in words)


def count(text: str) -> int:
    """Reads a number from 1 on."""
    if _COUNT.fullmatch(text) is None or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 to 9999999")
    return int(text)


def _moment(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.timestamp()
    except (ValueError, OverflowError):
        pass
    raise argparse.ArgumentTypeError(
        f"{text!r} is neither {durations.FORM}, nor an RFC 3339 moment such as 2026-01-31T12:00:00Z, offset included"
    )
