"""All that `kubevigil healthchecks show` tells of one check: its report, its spec in words, what it needs. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from kubevigil.app import durations
from kubevigil.app.check_leadership import Leader, Leadership
from kubevigil.app.check_needs import needs_of
from kubevigil.app.check_report import Report, as_rows, coming, report_of
from kubevigil.healthchecks.picture import check_of
from kubevigil.healthchecks.resources import HealthCheckObject
from kubevigil.healthchecks.schedule import Every
from kubevigil.healthchecks.spec import File, Inline, Source, Spec, Url
from kubevigil.healthchecks.status import stamp


class Leading(Struct, frozen=True):
    """The exporter that looks after the check."""

    holder: str
    lease: str
    renewed_at: str


class Details(Struct, frozen=True):
    """`slots` are the next of the schedule; `lacks` is what the cluster lacks, `needs` what the exporter must allow.

    `runs` is the workflow in words, '' where the spec cannot work; `unknown` says why `leader` is not known.
    """

    check: Report
    schedule: str
    runs: str
    timeout_seconds: int | None
    slots: list[str]
    needs: list[dict[str, str]]
    lacks: list[str]
    leader: Leading | None
    unknown: str


def details_of(item: HealthCheckObject, led: Leadership, lacks: Sequence[str], now: float) -> Details:
    """The check, told at `now` (Unix seconds)."""
    check = check_of(item)
    spec = check.judged.spec
    return Details(
        check=report_of(item, now),
        schedule=_schedule(item.spec, spec) if spec else "",
        runs=_workflow(spec) if spec else "",
        timeout_seconds=spec.timeout if spec else None,
        slots=[stamp(slot) for slot in coming(check, now)],
        needs=as_rows(needs_of(spec, check.meta.namespace)) if spec else [],
        lacks=list(lacks),
        leader=_leading(led.leader) if led.leader else None,
        unknown=led.unknown,
    )


def _leading(leader: Leader) -> Leading:
    return Leading(leader.holder, leader.place, stamp(int(leader.renewed_at)))


def _schedule(raw: Mapping[str, Any], spec: Spec) -> str:
    """As its author wrote it; a spec that works is a map with a schedule of its kind."""
    expression = str((raw.get("schedule") or {}).get("cron") or "").strip()
    if not expression or raw.get("repeatAfterSec"):
        seconds = spec.schedule.seconds if isinstance(spec.schedule, Every) else 0
        return f"every {durations.shown(seconds)}" if seconds else "none: repeatAfterSec or schedule.cron gives it one"
    return f"cron {expression!r}"


def _workflow(spec: Spec) -> str:
    part = spec.workflow
    account = f", as service account {part.service_account}" if part.service_account else ""
    return f"{part.generate_name}... in namespace {part.namespace}{account}, from {_source(part.source)}"


def _source(source: Source) -> str:
    match source:
        case Inline():
            return "the check itself"
        case Url(address):
            return address
        case File(path):
            return f"the file {path}"
