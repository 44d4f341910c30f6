"""One health check on the screen, line by line: how it is, when it runs, and what a person should do. Pure."""

from collections.abc import Iterable, Iterator
from shlex import quote
from typing import Final

from rich.text import Text

from kubevigil.app import durations
from kubevigil.app.check_details import Details
from kubevigil.app.check_report import Report
from kubevigil.cli.crashes_moments import span, utc
from kubevigil.cli.crashes_screen import plain
from kubevigil.cli.healthchecks_table import status_text
from kubevigil.cli.healthchecks_words import last_words, next_words
from kubevigil.model.clock import seconds_of

_LABEL: Final = 11


def portrait(details: Details, now: float) -> Iterator[Text]:
    """The lines; ages are counted up to `now`."""
    report = details.check
    yield Text.assemble((plain(f"{report.namespace}/{report.name}"), "bold"), "  ", status_text(report))
    for label, words in _facts(details, now):
        if words:
            yield Text.assemble((f"  {label:{_LABEL}}", "dim"), plain(words))
    yield from _list("It cannot work:", _rows(report.findings), "red")
    yield from _list("The cluster lacks:", details.lacks, "yellow")
    yield from _list("Worth knowing:", [*_rows(details.needs), *_rows(report.remarks)], "")
    yield from _list("To look further:", _commands(report), "")


def _facts(details: Details, now: float) -> Iterator[tuple[str, str]]:
    report = details.check
    yield "says", report.message
    yield "schedule", details.schedule
    yield "slots", ", ".join(utc(moment) for slot in details.slots if (moment := seconds_of(slot)) is not None)
    yield "next run", next_words(report, now, in_utc=False)
    yield "latest run", _latest(report, now)
    yield "runs", f"{report.succeeded} succeeded, {report.failed} failed"
    yield "remedy", _remedy(report)
    limit = f", {durations.shown(details.timeout_seconds)} at the most" if details.timeout_seconds else ""
    yield "workflow", details.runs + limit
    yield "succeeded", report.last_successful_workflow
    yield "failed", report.last_failed_workflow
    if details.leader:
        renewed = seconds_of(details.leader.renewed_at) or now
        yield "exporter", f"{details.leader.holder} (lease {details.leader.lease}, {span(now - renewed)} ago)"
    elif details.unknown:
        yield "exporter", f"not known: {details.unknown}"


def _latest(report: Report, now: float) -> str:
    began, ended = seconds_of(report.last_started_at), seconds_of(report.last_finished_at)
    if began is None:
        return ""
    ago = last_words(report, now, in_utc=False)
    if ended is None or ended < began:
        return f"began {ago} ago, {utc(began)}"
    return f"ended {ago} ago; {utc(began)} to {utc(ended)}"


def _remedy(report: Report) -> str:
    """'' where none ever ran."""
    words = [report.remedy_status, f"{report.remedies} since its counts began" if report.remedies else ""]
    return "; ".join(filter(None, (*words, report.remedy_message)))


def _list(title: str, lines: Iterable[str], style: str) -> Iterator[Text]:
    for number, line in enumerate(lines):
        if not number:
            yield Text(title, style=style)
        yield Text(f"  {plain(line)}")


def _rows(findings: Iterable[dict[str, str]]) -> list[str]:
    return [f"{finding['path']} {finding['message']}" for finding in findings]


def _commands(report: Report) -> Iterator[str]:
    namespace = quote(report.namespace)
    yield f"kubectl --namespace {namespace} get events --field-selector involvedObject.name={quote(report.name)}"
