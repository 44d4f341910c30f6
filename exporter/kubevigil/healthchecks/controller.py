"""Does what has been decided for one check after another: writes its status, creates its workflow, tells its outcome.

Any number of threads may call `look`, each with another check. Nothing is kept here that the cluster does not show,
but for what was created and is not shown yet, and how often a request failed.
"""

import logging
from dataclasses import dataclass
from typing import Any, Final, Protocol

from kubevigil.healthchecks.findings import Finding
from kubevigil.healthchecks.manifest import INSTANCE, BadTemplate, workflow_of
from kubevigil.healthchecks.picture import Picture
from kubevigil.healthchecks.reconcile import (
    Begin,
    Check,
    Create,
    Decision,
    Discard,
    Finish,
    Look,
    Reject,
    Stop,
    Wait,
    decide,
    refused,
    still_certain,
    unknown,
)
from kubevigil.healthchecks.resources import Meta, TtlStrategy
from kubevigil.healthchecks.results import Outcome, Result
from kubevigil.healthchecks.status import begun, finished, rejected, stopped
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

    def done(self, check: Check, decision: Decision) -> None:
        """A decision on the check, as it was before, has been carried out and is in its status."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a check may do, and how its workflows are marked."""

    instance: str = INSTANCE
    namespaces: tuple[str, ...] = ()
    """Where checks and their workflows are; empty for everywhere."""
    workflow_namespaces: tuple[str, ...] = ()
    """Where workflows may run beside their check's own namespace."""

    def check_place(self, check: Meta, namespace: str) -> None:
        """Raises BadTemplate where a workflow of the check may not run in a namespace."""
        path = "spec.workflow.resource.namespace"
        if namespace != check.namespace and namespace not in self.workflow_namespaces:
            advice = f"not the check's own ({check.namespace}), nor one of checks.workflow_namespaces"
            raise BadTemplate(Finding(path, f"is {namespace!r}: {advice}"))
        if self.namespaces and namespace not in self.namespaces:
            raise BadTemplate(Finding(path, f"is {namespace!r}, which this exporter does not watch (namespaces)"))


class Controller:
    """Looks after the checks of a picture."""

    def __init__(
        self, picture: Picture, writer: Writer, templates: Templates, witness: Witness, *, wall: Wall, options: Options
    ) -> None:
        self._picture = picture
        self._writer = writer
        self._templates = templates
        self._witness = witness
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
            decision = decide(check, self._picture.sight(check), self._wall())
            if isinstance(decision, Wait):
                return decision.until
            try:
                again = self._act(check, decision)
            except Conflict:
                again = self._refresh(check)
            except KubeError as error:
                return self._later(check, error)
            self._failures.pop(uid, None)
            if again is not None:
                return again
        return self._wall()

    def _act(self, check: Check, decision: Decision) -> float | None:
        match decision:
            case Begin(started_at):
                self._picture.began(self._write(check, begun(check.status, started_at)))
            case Look(started_at):
                found = self._writer.workflows(check.meta.uid, started_at, self._options.namespaces)
                self._picture.looked(check.meta.uid, started_at, found)
            case Create():
                return self._create(check, decision)
            case Finish():
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
        return None

    def _write(self, check: Check, changes: dict[str, Any]) -> Check:
        if not changes:
            return check
        return self._picture.put_check(self._writer.status(check.meta, changes))

    def _create(self, check: Check, wanted: Create) -> float | None:
        spec = check.judged.spec
        assert spec is not None  # a run is created of a spec
        now = self._wall()
        try:
            self._options.check_place(check.meta, spec.workflow.namespace)
            template = self._templates.of(spec.workflow.source)
            workflow = workflow_of(
                check.meta,
                spec.workflow,
                template,
                name=wanted.name,
                started_at=wanted.started_at,
                timeout=spec.timeout,
                instance=self._options.instance,
            )
        except BadTemplate as error:
            self._finish(check, refused(wanted.name, str(error), now))
            return None
        if wanted.again and not still_certain(_ttl(workflow), wanted.started_at, now):
            self._finish(check, unknown(wanted.name, now))
            return None
        self._picture.trying(check.meta.uid, wanted.started_at)
        try:
            self._writer.create(spec.workflow.namespace, workflow)
        except Conflict:
            pass  # created before a crash of ours, or by another of us
        except NotFound as error:
            # Of the namespace, or of the whole API: nothing that trying again within the run mends.
            lost = f'namespaces "{spec.workflow.namespace}"' in str(error)
            self._finish(check, (refused if lost else _absent)(wanted.name, str(error), now))
            return None
        except (Refused, Forbidden, TooLarge) as error:
            self._finish(check, refused(wanted.name, str(error), now))
            return None
        self._picture.expect(check.meta.uid, wanted.started_at)
        return None

    def _finish(self, check: Check, decision: Finish) -> None:
        self._write(check, finished(check.status, decision.outcome))
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
        self._picture.dismiss(check.meta.uid, decision.started_at)

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


def _absent(name: str, message: str, now: float) -> Finish:
    return Finish(Outcome(Result.ARGO_UNAVAILABLE, message, name, int(now)))


def _ttl(workflow: dict[str, object]) -> TtlStrategy | None:
    spec = workflow["spec"]
    raw = spec.get("ttlStrategy") if isinstance(spec, dict) else None
    if not isinstance(raw, dict):
        return None
    seconds = {key: value for key, value in raw.items() if isinstance(value, int) and not isinstance(value, bool)}
    return TtlStrategy(
        seconds.get("secondsAfterCompletion"), seconds.get("secondsAfterSuccess"), seconds.get("secondsAfterFailure")
    )
