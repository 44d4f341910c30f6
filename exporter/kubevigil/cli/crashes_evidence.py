"""What `kubevigil crashes show` prints: all that is known of one crash, in the order in which one thinks.

What, why, since when and how often, its last words, what Kubernetes said, and where to go on.
"""

import shlex
from collections.abc import Iterable, Iterator
from textwrap import wrap
from typing import Final

from rich.text import Text

from kubevigil.cli.crashes_absence import absence
from kubevigil.cli.crashes_delivery import delivery_words
from kubevigil.cli.crashes_moments import ended, lived, span, utc
from kubevigil.cli.crashes_screen import plain, plain_lines, size
from kubevigil.cli.crashes_table import SHORT, why_text, workload
from kubevigil.crashes.explaining import CLASSES, exit_words, explain
from kubevigil.model.clock import seconds_of
from kubevigil.model.record import CaptureResult, Record, RecordedEvent, RecordedLog, Resources
from kubevigil.store.archive import History

_LABEL: Final = 10
"""Columns for the name of a fact."""

_INDENT: Final = _LABEL + 4
_NARROWEST: Final = 20

LAST_LINES: Final = 40
"""Lines of the log without `--full`: as many as fit onto a screen beside the rest."""

_LAST_EVENTS: Final = 12

_ROLLED_OUT: Final = frozenset({"deployment", "statefulset", "daemonset"})
"""Kinds that `kubectl rollout history` knows."""


Fact = tuple[str, str]
"""A name and a value."""


def evidence(record: Record, around: History, width: int, *, now: float, full: bool) -> Iterator[Text]:
    """The lines to print, prose for `width` columns; `full` tells whether all of the log and all Events."""
    yield from _head(record, now)
    yield from _section("What", _what(record))
    yield from _section("Why", _why(record, width))
    yield from _section("Since when, how often", _how_often(record, around, now))
    yield from _last_words(record, width, full=full)
    yield from _events(record.events, now, full=full)
    yield from _section("Where to go on", _where_to(record, around))


def _head(record: Record, now: float) -> Iterator[Text]:
    moment = ended(record)
    yield Text.assemble((workload(record), "bold"), "  ", plain(record.container.name), "  ", why_text(record))
    yield Text(f"{utc(moment)}, {span(now - moment)} ago; id {record.id}", style="dim")


def _section(title: str, facts: Iterable[Fact]) -> Iterator[Text]:
    yield from _title(title)
    yield from _facts(facts)


def _facts(facts: Iterable[Fact]) -> Iterator[Text]:
    """A line each; one without a value is left out."""
    for name, value in facts:
        if value:
            yield Text.assemble("  ", (f"{name:{_LABEL}}", "dim"), "  ", plain(value))


def _title(title: str, note: str = "") -> Iterator[Text]:
    yield Text()
    yield Text.assemble((title.upper(), "bold cyan"), f"  {note}" if note else "")


def _what(record: Record) -> Iterator[Fact]:
    owner, container = record.workload, record.container
    yield "pod", record.pod
    revision = f", revision {owner.revision}" if owner.revision else ""
    yield "workload", f"{owner.kind}/{owner.name}{revision}"
    kind = f" ({container.type})" if container.type else ""
    yield "container", f"{container.name}{kind}, restarts before: {container.restart_count}" if container.name else ""
    yield "image", container.image
    yield "digest", container.digest
    yield "node", record.node
    yield "cluster", record.cluster
    yield "delivery", delivery_words(record)


def _why(record: Record, width: int) -> Iterator[Fact]:
    end = record.termination
    told = explain(record)
    yield "class", f"{end.class_.value}: {CLASSES[end.class_]}"
    yield "exit code", exit_words(end)
    yield "reason", end.reason
    lines = [line for line in plain_lines(end.message.strip()) if line.strip()]
    yield from zip(["message"] + [""] * len(lines), lines, strict=False)
    yield "limits", _limits(record.resources)
    yield from _prose("means", told.meaning, width)
    yield from _prose("next", told.next, width)


def _prose(name: str, words: str, width: int) -> Iterator[Fact]:
    """A fact of several words, broken into lines at blanks; what is to be copied is never broken."""
    lines = wrap(words, max(width - _INDENT, _NARROWEST), break_long_words=False, break_on_hyphens=False)
    yield from zip([name] + [""] * len(lines), lines, strict=False)


def _limits(resources: Resources | None) -> str:
    if resources is None:
        return ""
    pairs = (
        ("memory", resources.memory_limit, resources.memory_request),
        ("cpu", resources.cpu_limit, resources.cpu_request),
    )
    return ", ".join(f"{name} {limit or 'unlimited'} (request {request or 'none'})" for name, limit, request in pairs)


def _how_often(record: Record, around: History, now: float) -> Iterator[Fact]:
    yield "ran for", lived(record)
    if around.count <= 1:
        yield "crashes", "the only one of this container that is kept"
        return
    moments = [ended(around.first), ended(around.latest)]
    yield "crashes", f"{around.count} of this container in this pod, within {span(moments[1] - moments[0])}"
    yield "first", _pointer(around.first, record, now)
    yield "latest", _pointer(around.latest, record, now)


def _pointer(other: Record, this: Record, now: float) -> str:
    name = "this one" if other.id == this.id else other.id[:SHORT]
    return f"{name}, {utc(ended(other))}, {span(now - ended(other))} ago"


def _last_words(record: Record, width: int, *, full: bool) -> Iterator[Text]:
    missing = absence(record)
    if missing is None:
        yield from _log(record.log or RecordedLog(CaptureResult.EMPTY), full=full)
        return
    yield from _title("Last words")
    yield from _facts([*_prose("none", missing.reason, width), *_prose("", missing.advice, width)])
    if missing.command:
        yield from _facts([("", missing.command)])


def _log(log: RecordedLog, *, full: bool) -> Iterator[Text]:
    lines = plain_lines(log.text)
    shown = lines if full else lines[-LAST_LINES:]
    yield from _title("Last words", size(log.bytes) + (", the end of a longer log" if log.truncated else ""))
    if len(shown) < len(lines):
        yield Text(f"  … {len(lines) - len(shown)} lines more: --full", style="dim")
    yield from map(Text, shown)


def _events(events: tuple[RecordedEvent, ...], now: float, *, full: bool) -> Iterator[Text]:
    if not events:
        return
    yield from _title("Events")
    shown = events if full else events[-_LAST_EVENTS:]
    if len(shown) < len(events):
        yield Text(f"  … {len(events) - len(shown)} earlier ones: --full", style="dim")
    for event in shown:
        yield _event(event, now)


def _event(event: RecordedEvent, now: float) -> Text:
    moment = seconds_of(event.last_at or event.first_at)
    ago = f"{span(now - moment)} ago" if moment is not None else ""
    times = f" ({event.count} times)" if event.count > 1 else ""
    style = "yellow" if event.type == "Warning" else ""
    return Text.assemble(
        "  ", (f"{ago:{_LABEL}}", "dim"), "  ", (plain(event.reason), style), f"{times}  {plain(event.message)}"
    )


def _where_to(record: Record, around: History) -> Iterator[Fact]:
    pod = f"--namespace {shlex.quote(record.namespace)}"
    if around.previous:
        yield "before", f"kubevigil crashes show {around.previous.id[:SHORT]}"
    if around.next:
        yield "after", f"kubevigil crashes show {around.next.id[:SHORT]}"
    if record.pod:  # what was imported may not know it
        yield from _of_pod(record, around)
    kind = record.workload.kind.lower()
    if kind in _ROLLED_OUT:
        target = shlex.quote(f"{kind}/{record.workload.name}")
        yield "rollout", f"kubectl {pod} rollout history {target}"
    if record.workload.name:
        yield "alike", f"kubevigil crashes list {pod} --workload {shlex.quote(record.workload.name)} --each"


def _of_pod(record: Record, around: History) -> Iterator[Fact]:
    pod, name = f"--namespace {shlex.quote(record.namespace)}", shlex.quote(record.pod)
    container = f" --container {shlex.quote(record.container.name)}" if record.container.name else ""
    if around.latest.id == record.id and record.log is not None and record.log.result is not CaptureResult.EMPTY:
        yield "log", f"kubectl {pod} logs {name}{container} --previous --timestamps"
    yield "pod", f"kubectl {pod} describe pod {name}"
