"""What a run told as metrics: read off the JSON in its workflow's output parameters. Pure, and never raises.

The JSON is active-monitor's: `{"metrics": [{"name", "value", "metrictype", "help"}]}`, its keys in any case. Here
`metrictype` is minded, and `buckets` may be added. A number is to be one: a text that looks like a number is refused,
as is one that is missing, so that no metric is 0 by mistake.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final, Literal, NamedTuple

import msgspec

from kubevigil.healthchecks.custom_documents import Document, documents
from kubevigil.healthchecks.custom_naming import quoted
from kubevigil.healthchecks.findings import Finding
from kubevigil.model.wording import one_line

Kind = Literal["gauge", "counter", "histogram"]
KINDS: Final[Mapping[str, Kind]] = {"gauge": "gauge", "counter": "counter", "histogram": "histogram"}

MOST: Final = 50
"""Metrics of one check."""

MOST_BUCKETS: Final = 20
LONGEST_HELP: Final = 200
"""Characters."""

LARGEST_DOCUMENT: Final = 256 * 1024
"""Characters; Kubernetes takes no object above some 1.5 MB."""

NO_HELP: Final = "Told by runs of a health check."
BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Where none are given. Source: the default of Prometheus' client libraries."""


class Metric(NamedTuple):
    """One metric as a run told it; `name` is the author's, `bounds` a histogram's, in rising order, without +Inf."""

    name: str
    kind: Kind
    value: float
    help: str = NO_HELP
    bounds: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """What a run told, in its order, and what of it could not be taken.

    The words of faults have no value in them: they are the same of each run, so that they are counted in one Event.
    """

    metrics: tuple[Metric, ...] = ()
    faults: tuple[Finding, ...] = ()


class _Unfit(Exception):
    def __init__(self, path: str, message: str) -> None:
        super().__init__(message)
        self.finding = Finding(path, message)


def told_by(outputs: object, nodes: object) -> Told:
    """The metrics in a workflow's `status.outputs` and `status.nodes`, which may be any JSON."""
    read = _Reader()
    for document in documents(outputs, nodes):
        read.document(document)
    return Told(tuple(read.metrics), tuple(dict.fromkeys(read.faults)))


def as_help(told: object) -> str:
    """A help text in one line, without what the text format would have to escape."""
    text = told if isinstance(told, str) else ""
    return one_line(text.replace("\\", "/"), LONGEST_HELP) or NO_HELP


@dataclass(slots=True)
class _Reader:
    metrics: list[Metric] = field(default_factory=list)
    faults: list[Finding] = field(default_factory=list)

    def document(self, document: Document) -> None:
        try:
            entries = _entries(document)
        except _Unfit as error:
            self.faults.append(error.finding)
            return
        for number, entry in enumerate(entries):
            if len(self.metrics) == MOST or len(self.faults) > MOST:
                self.faults.append(Finding("the run", f"tells more than {MOST} metrics: the first are taken"))
                return
            try:
                self.metrics.append(_metric(entry, f"{document.place}: metrics[{number}]"))
            except _Unfit as error:
                self.faults.append(error.finding)


def _entries(document: Document) -> Sequence[object]:
    """The list in a document; nothing of what is none of ours."""
    text, place = document.text, document.place
    if len(text) > LARGEST_DOCUMENT:
        raise _Unfit(place, f"is longer than {LARGEST_DOCUMENT // 1024} Ki characters")
    try:
        whole = msgspec.json.decode(text)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise _Unfit(place, "is no JSON that can be read (NaN, Infinity and 1e999 are no numbers in it)") from None
    entries = _lower(whole).get("metrics") if isinstance(whole, dict) else None
    if isinstance(entries, list):
        return entries
    if document.meant or entries is not None:
        raise _Unfit(place, 'is not of the form {"metrics": [{"name": ..., "value": ...}]}')
    return ()


def _metric(entry: object, place: str) -> Metric:
    if not isinstance(entry, dict):
        raise _Unfit(place, "is no object with name and value")
    fields = _lower(entry)
    name = fields.get("name")
    if not isinstance(name, str) or not name.strip():
        raise _Unfit(place, "has no name, which is a text")
    named = quoted(name)
    kind = _kind(fields.get("metrictype"), named)
    value = _number(fields.get("value"))
    if value is None:
        raise _Unfit(named, "has no number as its value")
    if kind == "counter" and value < 0:
        raise _Unfit(named, "is a counter, and its value, which is added to it, is below 0")
    bounds = _bounds(fields.get("buckets"), named) if kind == "histogram" else ()
    return Metric(name.strip(), kind, value, as_help(fields.get("help")), bounds)


def _kind(told: object, named: str) -> Kind:
    """What active-monitor showed as a gauge, whatever it was called, is one where nothing is said."""
    if told is None or told == "":
        return "gauge"
    kind = KINDS.get(told.strip().lower()) if isinstance(told, str) else None
    if kind is None:
        raise _Unfit(named, f"has a metrictype that is none of {', '.join(KINDS)}")
    return kind


def _bounds(told: object, named: str) -> tuple[float, ...]:
    if told is None:
        return BUCKETS
    numbers = [_number(item) for item in told] if isinstance(told, list) and len(told) <= MOST_BUCKETS else []
    bounds = tuple(number for number in numbers if number is not None)
    if not bounds or len(bounds) < len(numbers) or any(a >= b for a, b in pairwise(bounds)):
        raise _Unfit(named, f"has buckets that are not 1 to {MOST_BUCKETS} numbers, each above the one before")
    return bounds


def _number(value: object) -> float | None:
    """A number; None for all else, and for one that is too large for a float. What JSON gave is never infinite."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def _lower(fields: dict[Any, object]) -> dict[Any, object]:
    """By keys in small letters, as active-monitor finds them; one that is in small letters already goes first."""
    lower = {key.lower(): value for key, value in fields.items()}
    return lower | {key: value for key, value in fields.items() if key in lower}
