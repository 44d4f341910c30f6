"""The spec of a HealthCheck, read and judged: what cannot work is a finding, what the predecessor took still works.

Fields, names and defaults are those of active-monitor's API group. Taken and without effect here: `backoffFactor`,
`backoffMin`, `backoffMax` (they paced its polling; Kubevigil watches) and `description`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from kubevigil.healthchecks.findings import Finding
from kubevigil.healthchecks.reading import Reader
from kubevigil.healthchecks.schedule import BadSchedule, Every, Never, Schedule, schedule_of

DEFAULT_TIMEOUT: Final = 3600
"""Seconds that a run may take where neither a timeout nor a period says it."""

_LABEL: Final = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_NAMESPACE: Final = re.compile(_LABEL)
_SUBDOMAIN: Final = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_LONGEST: Final = {_NAMESPACE: 63, _SUBDOMAIN: 253}
"""Characters. Source: Kubernetes documentation, "Object Names and IDs"."""

_FIELDS: Final = {
    "": (
        "repeatAfterSec description level schedule backoffFactor backoffMax backoffMin remedyRunsLimit "
        "remedyResetInterval workflow remedyworkflow"
    ),
    "schedule": "cron",
    "workflow": "generateName workflowtimeout rbacRules resource",
    "workflow.resource": "namespace serviceAccount source",
    "workflow.resource.source": "inline file url",
    "workflow.resource.source.file": "path",
    "workflow.resource.source.url": "path verifyCert",
}
"""All there are; the remedy's are those of `workflow`. Others the API server prunes."""

_BACKOFF: Final = ("backoffFactor", "backoffMin", "backoffMax")


class Level(StrEnum):
    """Where the rights of a check reach, if Kubevigil makes them."""

    CLUSTER = "cluster"
    NAMESPACE = "namespace"


@dataclass(frozen=True, slots=True)
class Inline:
    """A workflow's text in the check itself."""

    text: str


@dataclass(frozen=True, slots=True)
class Url:
    """A workflow's text behind an address."""

    address: str
    verify: bool = True


@dataclass(frozen=True, slots=True)
class File:
    """A workflow's text in a mounted file."""

    path: str


Source = Inline | Url | File


@dataclass(frozen=True, slots=True)
class WorkflowSpec:
    """One kind of run: the check's, or its remedy's. `timeout` is in seconds, 0 where the spec has none."""

    generate_name: str
    namespace: str
    source: Source
    timeout: int = 0
    service_account: str = ""
    rules: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Spec:
    """A check that can work. Intervals are in seconds; a limit or interval of 0 is none."""

    schedule: Schedule
    workflow: WorkflowSpec
    level: Level = Level.NAMESPACE
    remedy: WorkflowSpec | None = None
    remedy_runs_limit: int = 0
    remedy_reset_interval: int = 0
    description: str = ""

    @property
    def timeout(self) -> int:
        """Seconds that a run may take."""
        if self.workflow.timeout:
            return self.workflow.timeout
        return self.schedule.seconds if isinstance(self.schedule, Every) else DEFAULT_TIMEOUT

    @property
    def remedy_timeout(self) -> int:
        """Seconds that a remedy may take; where its own are not said the check's, as with the predecessor."""
        return self.remedy.timeout if self.remedy and self.remedy.timeout else self.timeout


@dataclass(frozen=True, slots=True)
class Judged:
    """What reading a spec gave: a Spec unless there are `findings`; `remarks` say what has no effect."""

    spec: Spec | None
    findings: tuple[Finding, ...] = ()
    remarks: tuple[Finding, ...] = field(default=())


def judge(raw: object) -> Judged:
    """Reads a spec as the API server, or a YAML file, gives it. Raises nothing."""
    findings: list[Finding] = []
    reader = Reader(raw, "spec", findings)
    if not reader.present:
        return Judged(None, (Finding("spec", "is missing: a check needs at least spec.workflow"),))
    schedule = _schedule(reader)
    spec = _spec(reader, schedule)
    if findings or spec is None:
        return Judged(None, tuple(findings))
    return Judged(spec, (), tuple(_remarks(reader, schedule)))


def _spec(reader: Reader, schedule: Schedule) -> Spec | None:
    level = reader.text("level") or Level.NAMESPACE
    if level not in set(Level):
        reader.add("level", f"is {level[:40]!r}; it may be 'cluster' or 'namespace', or missing, which is 'namespace'")
        level = Level.NAMESPACE
    workflow = _workflow(reader.inner("workflow"), needed=True)
    remedy = _workflow(reader.inner("remedyworkflow"), needed=False)
    limit, reset = _not_negative(reader, "remedyRunsLimit"), _not_negative(reader, "remedyResetInterval")
    if workflow is None:
        return None
    return Spec(schedule, workflow, Level(level), remedy, limit, reset, reader.text("description"))


def _schedule(reader: Reader) -> Schedule:
    cron = reader.inner("schedule").text("cron")
    try:
        return schedule_of(reader.number("repeatAfterSec"), cron)
    except BadSchedule as error:
        reader.add("schedule.cron", str(error))
        return Never()


def _workflow(reader: Reader, *, needed: bool) -> WorkflowSpec | None:
    resource = reader.inner("resource")
    prefix, timeout = reader.text("generateName"), _not_negative(reader, "workflowtimeout")
    if not (needed or prefix or timeout or resource.present):  # the predecessor writes an empty remedy for none
        return None
    if not reader.present:
        reader.add("", "is missing: it says which workflow the check runs")
        return None
    before = len(reader.findings)
    source = _source(resource)
    if not prefix:
        reader.add("generateName", "is missing: the name that the workflows begin with, such as 'dns-check-'")
    elif not _is_name(prefix + "0", _SUBDOMAIN):
        reader.add("generateName", f"{prefix[:60]!r} cannot begin a name: lower case letters, digits, '-' and '.'")
    namespace = _named(resource, "namespace", _NAMESPACE)
    if resource.present and not namespace:
        resource.add("namespace", "is missing: the namespace that the workflow runs in")
    account = _named(resource, "serviceAccount", _SUBDOMAIN)
    rules = _rules(reader)
    if len(reader.findings) > before or source is None:
        return None
    return WorkflowSpec(prefix, namespace, source, timeout, account, rules)


def _source(resource: Reader) -> Source | None:
    if not resource.present:
        resource.add("", "is missing: namespace, serviceAccount and source of the workflow")
        return None
    source = resource.inner("source")
    url, path = source.inner("url"), source.inner("file").text("path")
    address, verify = url.text("path"), url.flag("verifyCert")
    if text := source.text("inline"):
        return Inline(text)
    if address:
        return Url(address, verify is not False)
    if path:
        return File(path)
    source.add("", "has no workflow: inline, url.path or file.path")
    return None


def _rules(reader: Reader) -> list[Mapping[str, Any]]:
    rules: list[Mapping[str, Any]] = []
    for index, rule in enumerate(reader.items("rbacRules")):
        if isinstance(rule, Mapping):
            rules.append(rule)
        else:
            reader.add(f"rbacRules[{index}]", "must be a map: a rule with verbs, apiGroups and resources")
    return rules


def _named(reader: Reader, key: str, wanted: re.Pattern[str]) -> str:
    name = reader.text(key)
    if name and not _is_name(name, wanted):
        reader.add(key, f"{name[:60]!r} is no name of Kubernetes: lower case letters, digits, '-' and '.'")
    return name


def _is_name(text: str, wanted: re.Pattern[str]) -> bool:
    return len(text) <= _LONGEST[wanted] and wanted.fullmatch(text) is not None


def _not_negative(reader: Reader, key: str) -> int:
    number = reader.number(key)
    if number < 0:
        reader.add(key, f"is {number}; it must be 0 or more")
    return max(0, number)


def _remarks(reader: Reader, schedule: Schedule) -> list[Finding]:
    remarks = [
        Finding(f"spec.{key}", "has no effect: workflows are watched, not polled")
        for key in _BACKOFF
        if reader.has(key)
    ]
    if isinstance(schedule, Never):
        remarks.append(Finding("spec", "has neither repeatAfterSec nor schedule.cron: the check is stopped"))
    elif reader.number("repeatAfterSec") > 0 and reader.inner("schedule").text("cron"):
        remarks.append(Finding("spec.schedule.cron", "has no effect beside repeatAfterSec"))
    for path, known in _FIELDS.items():
        for place in (path, path.replace("workflow", "remedyworkflow")) if "workflow" in path else (path,):
            inner = reader
            for key in filter(None, place.split(".")):
                inner = inner.inner(key)
            remarks += [
                Finding(f"{inner.path}.{key}", "has no effect: there is no such field")
                for key in inner.others(known.split())
            ]
    return remarks
