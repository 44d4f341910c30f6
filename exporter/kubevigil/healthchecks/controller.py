"""Does what has been decided for one check after another: writes its status, creates its workflow, tells its outcome.

Any number of threads may call `look`, each with another check. Nothing is kept here that the cluster does not show,
but for what was created and is not shown yet, and how often a request failed.
"""

import logging
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from kubevigil.healthchecks.courses import course_of
from kubevigil.healthchecks.findings import Finding
from kubevigil.healthchecks.manifest import CHECK, INSTANCE, REMEDY, BadTemplate, workflow_of
from kubevigil.healthchecks.picture import Picture, Run
from kubevigil.healthchecks.reconcile import (
    Begin,
    Check,
    Create,
    Decision,
    Discard,
    Finish,
    FinishRemedy,
    Look,
    Reject,
    Stop,
    Wait,
    decide,
    ended,
    refused,
    still_certain,
    unknown,
)
from kubevigil.healthchecks.resources import Meta, TtlStrategy, WorkflowObject
from kubevigil.healthchecks.results import Outcome, Result, has_ended
from kubevigil.healthchecks.rights_accounts import check_accounts
from kubevigil.healthchecks.spec import WorkflowSpec
from kubevigil.healthchecks.status import begun, finished, rejected, remedied, stopped
from kubevigil.healthchecks.templates import Templates
from kubevigil.healthchecks.writing import Writer
from kubevigil.kube.errors import Conflict, Forbidden, KubeError, NotFound, Refused, TooLarge
from kubevigil.model.clock import Wall

_log = logging.getLogger(__name__)

_STEPS: Final = 8
"""Decisions in one look, at the most: begin, create, and conflicts in between; then others have their turn."""

_FIRST_RETRY: Final = 1.0
_LONGEST_RETRY: Final = 30.0
"""Seconds."""


class Witness(Protocol):
    """Told what was done; called by any worker."""

    def ended(self, check: Check, workflow: WorkflowObject) -> None:
        """The workflow of the check's run has ended. Told before that is written, so it may be told again."""

    def done(self, check: Check, decision: Decision) -> None:
        """A decision on the check, as it was before, was carried out: an end, or that a remedy's workflow is made."""


class Accounts(Protocol):
    """Sees to the service accounts as which workflows run."""

    def chosen(self, check: Check, part: WorkflowSpec, kind: str) -> WorkflowSpec:
        """The part with the account that it is to run as."""

    def prepare(self, check: Check, part: WorkflowSpec, kind: str) -> None:
        """Sees to it that the account of such a part has its rights. Raises BadTemplate, KubeError."""

    def explained(self, check: Check, outcome: Outcome, kind: str) -> Outcome:
        """The outcome, with what to do where the account was the reason."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a check may do, and how its workflows are marked."""

    instance: str = INSTANCE
    namespaces: tuple[str, ...] = ()
    """Where checks and their workflows are; empty for everywhere."""
    workflow_namespaces: tuple[str, ...] = ()
    """Where workflows may run beside their check's own namespace."""
    service_accounts: tuple[str, ...] = ()
    """As whom, as patterns; empty for everybody of the namespace."""

    def check_place(self, check: Meta, namespace: str, kind: str = CHECK) -> None:
        """Raises BadTemplate where a workflow of the check may not run in a namespace."""
        path = f"spec.{'remedyworkflow' if kind == REMEDY else 'workflow'}.resource.namespace"
        if namespace != check.namespace and namespace not in self.workflow_namespaces:
            advice = f"not the check's own ({check.namespace}), nor one of checks.workflow_namespaces"
            raise BadTemplate(Finding(path, f"is {namespace!r}: {advice}"))
        if self.namespaces and namespace not in self.namespaces:
            raise BadTemplate(Finding(path, f"is {namespace!r}, which this exporter does not watch (namespaces)"))


class Controller:
    """Looks after the checks of a picture."""

    def __init__(
        self,
        picture: Picture,
        writer: Writer,
        templates: Templates,
        witness: Witness,
        accounts: Accounts,
        *,
        wall: Wall,
        options: Options,
    ) -> None:
        self._picture = picture
        self._writer = writer
        self._templates = templates
        self._witness = witness
        self._accounts = accounts
        self._wall = wall
        self._options = options
        self._failures: dict[str, int] = {}

    def look(self, uid: str) -> float | None:
        """Does all there is to do for a check now. When to look again (Unix seconds); None: when something changes."""
        for _ in range(_STEPS):
            check = self._picture.check(uid)
            if check is None:
                self._failures.pop(uid, None)
                return None
            sight = self._picture.sight(check)
            decision = decide(check, sight, self._wall())
            if isinstance(decision, Wait):
                return decision.until
            again = None
            try:
                if isinstance(decision, Finish) and sight.workflow is not None and has_ended(sight.workflow):
                    self._witness.ended(check, sight.workflow)
                self._act(check, decision)
            except Conflict:
                again = self._refresh(check)
            except KubeError as error:
                return self._later(check, error)
            self._failures.pop(uid, None)
            if again is not None:
                return again
        return self._wall()

    def _act(self, check: Check, decision: Decision) -> None:
        match decision:
            case Begin(started_at):
                self._picture.began(self._write(check, begun(check.status, started_at)))
            case Look(started_at, kind):
                found = self._writer.workflows(check.meta.uid, started_at, self._options.namespaces)
                self._picture.looked(Run(check.meta.uid, started_at, kind), found)
            case Create():
                self._create(check, decision)
            case Finish() | FinishRemedy():
                self._finish(check, decision)
            case Discard():
                self._discard(check, decision)
            case Stop():
                self._write(check, stopped(check.status, int(self._wall())))
                self._witness.done(check, decision)
            case Reject(findings):
                self._write(check, rejected(check.status, findings))
                self._witness.done(check, decision)
            case Wait():
                pass

    def _write(self, check: Check, changes: dict[str, Any]) -> Check:
        if not changes:
            return check
        return self._picture.put_check(self._writer.status(check.meta, changes))

    def _create(self, check: Check, wanted: Create) -> None:
        try:
            namespace, workflow = self._workflow(check, wanted)
        except BadTemplate as error:
            self._end(check, wanted.kind, refused(wanted.name, str(error), self._wall()))
            return
        now = self._wall()
        if wanted.again and not still_certain(_ttl(workflow), wanted.started_at, now):
            self._end(check, wanted.kind, unknown(wanted.name, now))
            return
        run = Run(check.meta.uid, wanted.started_at, wanted.kind)
        self._picture.trying(run)
        made = True
        try:
            self._writer.create(namespace, workflow)
        except Conflict:
            made = False  # created before a crash of ours, or by another of us
        except NotFound as error:
            # Of the namespace, or of the whole API: nothing that trying again within the run mends.
            lost = f'namespaces "{namespace}"' in str(error)
            self._end(check, wanted.kind, (refused if lost else _absent)(wanted.name, str(error), now))
            return
        except (Refused, Forbidden, TooLarge) as error:
            self._end(check, wanted.kind, refused(wanted.name, str(error), now))
            return
        self._picture.expect(run)
        if made and wanted.kind == REMEDY:
            self._witness.done(check, wanted)

    def _workflow(self, check: Check, wanted: Create) -> tuple[str, dict[str, Any]]:
        """The workflow, and the namespace that it belongs in; its account is ready. Raises BadTemplate, KubeError."""
        course = course_of(wanted.kind, check.judged.spec, check.status)
        part = course.part
        assert part is not None  # a run is created of a spec
        self._options.check_place(check.meta, part.namespace, wanted.kind)
        part = self._accounts.chosen(check, part, wanted.kind)
        workflow = workflow_of(
            check.meta,
            part,
            self._templates.of(part.source),
            name=wanted.name,
            started_at=wanted.started_at,
            timeout=course.timeout,
            kind=wanted.kind,
            instance=self._options.instance,
        )
        check_accounts(self._options.service_accounts, part.namespace, workflow["spec"])
        self._accounts.prepare(check, part, wanted.kind)
        return part.namespace, workflow

    def _end(self, check: Check, kind: str, outcome: Outcome) -> None:
        self._finish(check, ended(check, kind, outcome, self._wall()))

    def _finish(self, check: Check, decision: Finish | FinishRemedy) -> None:
        kind = REMEDY if isinstance(decision, FinishRemedy) else CHECK
        decision = replace(decision, outcome=self._accounts.explained(check, decision.outcome, kind))
        status = check.status
        if isinstance(decision, FinishRemedy):
            self._write(check, remedied(status, decision.outcome))
        else:
            answer = decision.answer
            written = self._write(check, finished(status, decision.outcome, answer.at, anew=answer.anew))
            if answer.at is not None:
                self._picture.began(written, REMEDY)
        self._witness.done(check, decision)

    def _discard(self, check: Check, decision: Discard) -> None:
        meta = decision.workflow.metadata
        try:
            self._writer.delete_workflow(meta)
        except (NotFound, Conflict):
            pass  # gone, or not any more what it was: the watch will tell
        except (Refused, Forbidden) as error:
            fields = {"namespace": meta.namespace, "workflow": meta.name, "error": str(error)}
            _log.info("workflow not deleted that nobody waits for", extra={"fields": fields})
        self._picture.dismiss(Run(check.meta.uid, decision.started_at, decision.kind))

    def _refresh(self, check: Check) -> float | None:
        try:
            self._picture.put_check(self._writer.check(check.meta))
        except NotFound:
            self._picture.drop_check(check.meta.uid)
        except KubeError as error:
            return self._later(check, error)
        return None

    def _later(self, check: Check, error: KubeError) -> float:
        failures = self._failures[check.meta.uid] = self._failures.get(check.meta.uid, 0) + 1
        if failures == 1:
            fields = {"namespace": check.meta.namespace, "healthcheck": check.meta.name, "error": str(error)}
            _log.warning("health check waits, trying again", extra={"fields": fields})
        return self._wall() + min(_LONGEST_RETRY, _FIRST_RETRY * float(1 << min(failures - 1, 10)))


def _absent(name: str, message: str, now: float) -> Outcome:
    return Outcome(Result.ARGO_UNAVAILABLE, message, name, int(now))


def _ttl(workflow: dict[str, object]) -> TtlStrategy | None:
    spec = workflow["spec"]
    raw = spec.get("ttlStrategy") if isinstance(spec, dict) else None
    if not isinstance(raw, dict):
        return None
    seconds = {key: value for key, value in raw.items() if isinstance(value, int) and not isinstance(value, bool)}
    return TtlStrategy(
        seconds.get("secondsAfterCompletion"), seconds.get("secondsAfterSuccess"), seconds.get("secondsAfterFailure")
    )
