"""Judges the HealthChecks of manifests without a cluster: what works, what works differently than before, what cannot.

`changed` is a check that works, and of which a field has no effect, or one that behaves differently than with the
predecessor (active-monitor, v0.15.0 or its later sources, whichever differs).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Literal, TypedDict

from kubevigil.healthchecks.findings import Finding
from kubevigil.healthchecks.manifest import API_VERSION, KIND, BadTemplate, workflow_of
from kubevigil.healthchecks.resources import Meta
from kubevigil.healthchecks.rights_rules import judged
from kubevigil.healthchecks.schedule import Every, Never
from kubevigil.healthchecks.spec import File, Inline, Level, Spec, Url, WorkflowSpec, judge

Parse = Callable[[str], object]
"""Reads YAML safely. Raises ValueError with a text for people."""

Verdict = Literal["accepted", "changed", "refused"]

_GROUP: Final = API_VERSION.partition("/")[0]
_DEEPEST: Final = 8
"""Lists within lists."""


class Lint(TypedDict):
    """The verdict on one HealthCheck, as `--json` prints it."""

    file: str
    name: str
    verdict: Verdict
    findings: list[dict[str, str]]


def lint(documents: Iterable[tuple[str, object]], parse: Parse) -> list[Lint]:
    """Judges the HealthChecks among (file, object) pairs, those in lists too; other objects are left out."""
    return [_judged(file, item, parse) for file, document in documents for item in _checks(document, _DEEPEST)]


def _checks(document: object, depth: int) -> Iterator[Mapping[str, Any]]:
    if not isinstance(document, Mapping) or not depth:
        return
    version, items = document.get("apiVersion"), document.get("items")
    if document.get("kind") == KIND and isinstance(version, str) and version.partition("/")[0] == _GROUP:
        yield document
    elif isinstance(items, Sequence) and not isinstance(items, str):
        for item in items:
            yield from _checks(item, depth - 1)


def _judged(file: str, document: Mapping[str, Any], parse: Parse) -> Lint:
    meta = _meta(document.get("metadata"))
    judged = judge(document.get("spec"))
    faults, remarks = list(judged.findings), list(judged.remarks)
    if document["apiVersion"] != API_VERSION:
        faults.append(Finding("apiVersion", f"is {document['apiVersion']!r}; {API_VERSION} is the one there is"))
    if not meta.name:
        faults.append(Finding("metadata.name", "is missing"))
    if judged.spec is not None:
        faults += _templates(judged.spec, meta, parse)
        remarks += _changes(judged.spec, document["spec"], meta)
    verdict: Verdict = "refused" if faults else "changed" if remarks else "accepted"
    findings = [{"path": found.path, "message": found.message} for found in (*faults, *remarks)]
    return {"file": file, "name": meta.name, "verdict": verdict, "findings": findings}


def _meta(raw: object) -> Meta:
    fields = raw if isinstance(raw, Mapping) else {}
    name, namespace = fields.get("name"), fields.get("namespace")
    return Meta(name if isinstance(name, str) else "", "", namespace if isinstance(namespace, str) else "")


def _templates(spec: Spec, meta: Meta, parse: Parse) -> Iterator[Finding]:
    for key, part in _parts(spec):
        if isinstance(part.source, Inline):
            path = f"spec.{key}.resource.source.inline"
            try:
                workflow_of(meta, part, parse(part.source.text), name="", started_at=0, timeout=spec.timeout)
            except BadTemplate as error:
                yield Finding(path, f"{error.finding.path} {error.finding.message}")
            except ValueError as error:
                yield Finding(path, f"is no YAML: {error}")


def _changes(spec: Spec, raw: Mapping[str, Any], meta: Meta) -> Iterator[Finding]:
    if not raw.get("level"):
        yield Finding("spec.level", "is missing, which is 'namespace' now; before, the check did not run")
    if not isinstance(spec.schedule, Every | Never):
        yield Finding("spec.schedule.cron", "is followed now; before, such a check ran over and over")
    if spec.remedy:
        yield from _changes_of_remedy(spec, spec.remedy)
    for key, part in _parts(spec):
        yield from _changes_of_part(f"spec.{key}.resource", part, raw[key], meta)
        yield from _rights(f"spec.{key}.rbacRules", part, cluster=spec.level is Level.CLUSTER)
    if spec.level is Level.CLUSTER and not spec.workflow.rules:
        yield Finding("spec.level", "gives rights with checks.rbac=cluster only; else the account must have some")


def _changes_of_remedy(spec: Spec, remedy: WorkflowSpec) -> Iterator[Finding]:
    yield Finding("spec.remedyworkflow", "stops after one that failed, until its counts begin anew; before, it did not")
    if remedy.service_account:
        account = "must be there, unless checks.rbac has it made; before, it was made for each remedy and deleted"
        yield Finding("spec.remedyworkflow.resource.serviceAccount", account)
    if remedy.timeout and remedy.timeout != spec.timeout:
        yield Finding("spec.remedyworkflow.workflowtimeout", "counts now; before, it was the check's")
    if bool(spec.remedy_runs_limit) != bool(spec.remedy_reset_interval):
        key = "remedyRunsLimit" if spec.remedy_runs_limit else "remedyResetInterval"
        yield Finding(f"spec.{key}", "works alone now; before, limit and interval worked only together")


def _changes_of_part(path: str, part: WorkflowSpec, raw: Mapping[str, Any], meta: Meta) -> Iterator[Finding]:
    if meta.namespace and part.namespace != meta.namespace:
        yield Finding(
            f"{path}.namespace",
            f"is not the check's own ({meta.namespace}): refused unless checks.workflow_namespaces names it; its "
            "workflows have no owner reference, which is legal within a namespace only: before, Kubernetes deleted "
            "them as orphans",
        )
    match part.source:
        case Url():
            yield Finding(f"{path}.source.url", "is refused unless its host is allowed: addresses are switched off")
            if raw["resource"]["source"]["url"].get("verifyCert") is None:
                message = "is missing, so certificates are verified; v0.15.0 did not unless told to"
                yield Finding(f"{path}.source.url.verifyCert", message)
        case File():
            yield Finding(
                f"{path}.source.file", "is read now, from the folder that is mounted; before, it never worked"
            )
        case Inline():
            pass


def _rights(path: str, part: WorkflowSpec, *, cluster: bool) -> Iterator[Finding]:
    if part.rules:
        switch = "checks.rbac=cluster" if cluster else "checks.rbac=namespace"
        yield Finding(path, f"are given with {switch} only; else the service account must be there, with its rights")
        for fault in judged(part.rules, path, cluster=cluster)[1]:
            yield Finding(fault.path, f"{fault.message}; with {switch} the check's runs are refused for it")


def _parts(spec: Spec) -> Iterator[tuple[str, WorkflowSpec]]:
    yield "workflow", spec.workflow
    if spec.remedy:
        yield "remedyworkflow", spec.remedy
