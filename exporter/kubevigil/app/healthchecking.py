"""Health checks as a part of the exporter: found out whether there are any, watched, led, looked after.

Nothing of it runs until the cluster knows the resource; that is asked every minute. Unasked (`auto`), it runs only by
a pod's own account that may see the checks: a person's kubeconfig may do everything, and where another controller runs
the checks, each would run twice.
"""

import logging
import random
import socket
import uuid
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Final, TypeVar

from kubevigil.app import logs, manifest_yaml
from kubevigil.app.check_diary import Diary
from kubevigil.app.check_leadership import ROLE, ROLE_LABEL, place_of
from kubevigil.app.check_rights import Rights
from kubevigil.app.check_rights_objects import RightsObjects
from kubevigil.app.check_tidying import Tidying
from kubevigil.app.crash_archive import store_address
from kubevigil.app.routes import Check as Readiness
from kubevigil.app.settings import Settings
from kubevigil.app.supervisor import Loop, Supervisor
from kubevigil.app.watching import ScopeReport, WatchBoard
from kubevigil.healthchecks.agenda import Agenda
from kubevigil.healthchecks.controller import Controller, Options
from kubevigil.healthchecks.custom_keeper import Keeper
from kubevigil.healthchecks.fetching import Fetcher
from kubevigil.healthchecks.following import CheckHandler, WorkflowHandler
from kubevigil.healthchecks.manifest import CHECK_LABEL
from kubevigil.healthchecks.picture import Picture
from kubevigil.healthchecks.remembering import Remembering
from kubevigil.healthchecks.resources import HealthCheckObject, WorkflowObject
from kubevigil.healthchecks.rights import ALLOWED
from kubevigil.healthchecks.templates import Templates
from kubevigil.healthchecks.writing import CHECKS, WORKFLOWS
from kubevigil.healthchecks.writing import Writer as CheckWriter
from kubevigil.kube.answers import KubeObject
from kubevigil.kube.connection import Connection
from kubevigil.kube.driver import Driver, Scope
from kubevigil.kube.errors import Forbidden, KubeError, NotFound
from kubevigil.kube.events import EventRecorder
from kubevigil.kube.leases import Candidate
from kubevigil.kube.roles import Handler
from kubevigil.kube.writing import Writer
from kubevigil.metrics.selfmetrics import SelfMetrics
from kubevigil.model.clock import Monotonic, Wall
from kubevigil.store.check_metrics import CheckMetrics

_log = logging.getLogger(__name__)

_WORKERS: Final = 12
"""Checks that are looked after at once; a look is two requests where a run begins. More than there are connections
that are kept (kube.transport) would open new ones all the time."""

_ASK_AGAIN: Final = 60.0
_NOT_NOW: Final = 1.0
_AFTER_A_FAULT: Final = 30.0
"""Seconds."""


T = TypeVar("T", bound=KubeObject)


class HealthChecks:
    """Runs the HealthChecks of the cluster, or of the namespaces that are watched, while this process leads."""

    def __init__(
        self, settings: Settings, connection: Connection, metrics: SelfMetrics, *, wall: Wall, monotonic: Monotonic
    ) -> None:
        self._wanted = settings.healthchecks
        self._connection = connection
        self._monotonic = monotonic
        self._wall = wall
        self._scopes = list(settings.namespaces) or [""]
        self._agenda = Agenda(wall)
        self._picture = Picture(self._agenda.add)
        instance = f"{socket.gethostname()}_{uuid.uuid4()}"
        self._keeper = Keeper(CheckMetrics(store_address(settings), settings.cluster_name))
        self._diary = Diary(
            self._picture,
            EventRecorder(Writer(connection), instance, monotonic=monotonic, wall=wall),
            self._keeper,
            wall=wall,
            monotonic=monotonic,
        )
        self._rights = Rights(
            RightsObjects(connection),
            self._picture.checks,
            ALLOWED[settings.checks_rbac],
            namespaces=settings.namespaces,
        )
        self._controller = Controller(
            self._picture,
            CheckWriter(connection),
            _templates(settings),
            self._diary,
            self._rights,
            wall=wall,
            options=Options(
                settings.checks_instance_id,
                settings.namespaces,
                settings.checks_workflow_namespaces,
                settings.checks_service_accounts,
            ),
        )
        self._metrics = metrics
        self._boards: list[WatchBoard] = []
        self._candidate = Candidate(
            connection,
            place_of(settings.checks_lease),
            instance,
            self,
            labels={ROLE_LABEL: ROLE},
            monotonic=monotonic,
            wall=wall,
            random=random.Random(),  # noqa: S311  spreads attempts, keeps no secret
        )
        self._there = False
        self._forbidden = ""
        self._inner: Supervisor | None = None

    def join(self, supervisor: Supervisor) -> None:
        """Adds the loop."""
        supervisor.add("health checks", self.run)

    def run(self, stop: Event) -> None:
        """Waits until the cluster knows the resource, then looks after the checks until `stop`."""
        while not (stop.is_set() or self._known()):
            stop.wait(_ASK_AGAIN)
        if stop.is_set():
            return
        logs.capability("healthchecks", on=True, reason="the cluster knows HealthChecks")
        # Not before: a watch that is never begun would be told of as one that is not synced.
        self._boards = [
            WatchBoard(resource, self._scopes, self._metrics, wall=self._wall, monotonic=self._monotonic)
            for resource in ("healthchecks", "workflows")
        ]
        self._there = True
        self._inner = inner = self._supervised()
        inner.start()
        try:
            while not (stop.wait(1.0) or inner.exit_code):
                pass
        finally:
            inner.stop(5.0)
        if not stop.is_set():
            raise RuntimeError("a loop of the health checks was given up")

    def text(self) -> bytes:
        """The metrics of health checks; none while another process leads."""
        return self._diary.text() if self._there and self._candidate.leads() else b""

    def checks(self) -> Iterator[Readiness]:
        """What `/readyz` has to say of it."""
        if self._wanted == "on" and not self._there:
            yield Readiness("healthchecks", ok=False, detail="the cluster knows no HealthChecks: apply their CRD")
        if self._there:
            ok, detail = self._boards[0].check()
            yield Readiness("healthchecks", ok, detail)

    def leads(self, yes: bool) -> None:
        """This process leads now, or does so no longer."""
        _log.info("health checks are this process's" if yes else "health checks are no longer this process's")
        if yes:
            self._keeper.load()
            for check in self._picture.checks():
                self._agenda.add(check.meta.uid)

    def failed(self, error: KubeError) -> None:
        """The lease could not be read or written."""
        _log.warning("lease of the health checks not held", extra={"fields": {"error": str(error)}})

    def _known(self) -> bool:
        try:
            self._connection.get_bytes(CHECKS)
            if self._wanted == "auto":
                for scope in self._scopes:
                    self._connection.get_bytes(_path(CHECKS, "healthchecks", scope), {"limit": "1"})
        except NotFound:
            return False
        except Forbidden as error:
            self._may_not(str(error))
            return False
        except KubeError as error:
            _log.info("not known whether there are health checks", extra={"fields": {"error": str(error)}})
            return False
        return True

    def _may_not(self, why: str) -> None:
        if why != self._forbidden:
            self._forbidden = why
            logs.capability("healthchecks", on=False, reason=why)

    def _supervised(self) -> Supervisor:
        inner = Supervisor()
        for number in range(_WORKERS):
            inner.add(f"health checks {number}", self._work, wake=self._agenda.close)
        inner.add("health checks' lease", lambda _: self._candidate.run(), wake=self._candidate.stop)
        tidying = Tidying(self._picture, self._keeper, self._rights, self._may_tidy)
        inner.add("health checks' metrics", tidying.metrics)
        if self._rights.allowed.made:
            inner.add("health checks' rights", tidying.rights)
        checks, workflows = self._boards
        for scope in self._scopes:
            path, report = _path(CHECKS, "healthchecks", scope), checks.reports[scope]
            shown = self._driver(path, HealthCheckObject, CheckHandler(self._picture), report)
            inner.add(f"watch healthchecks {scope}".rstrip(), _loop(shown), wake=shown.stop)
            path, report = _path(WORKFLOWS, "workflows", scope), workflows.reports[scope]
            ran = self._driver(path, WorkflowObject, WorkflowHandler(self._picture), report, CHECK_LABEL)
            inner.add(f"watch workflows {scope}".rstrip(), _loop(ran), wake=ran.stop)
        return inner

    def _work(self, stop: Event) -> None:
        while (uid := self._agenda.take()) is not None:
            try:
                self._agenda_at(uid, self._look(uid))
            finally:
                self._agenda.done(uid)
        stop.wait()  # the first that is woken closes the agenda for all

    def _look(self, uid: str) -> float | None:
        if not self._candidate.leads():
            return None
        if not self._in_the_picture():
            return self._wall() + _NOT_NOW
        try:
            return self._controller.look(uid)
        except Exception as error:  # noqa: BLE001  one check must not keep the others from being looked after
            _log.error("health check not looked after", extra={"fields": {"uid": uid, "error": str(error)}})
            return self._wall() + _AFTER_A_FAULT

    def _may_tidy(self) -> bool:
        return self._candidate.leads() and self._in_the_picture()

    def _in_the_picture(self) -> bool:
        """Where the API server knows no workflows there are none, which is known too."""
        checks, workflows = self._boards
        absent = all(report.absent for report in workflows.reports.values())
        return checks.check()[0] and (absent or workflows.check()[0])

    def _agenda_at(self, uid: str, moment: float | None) -> None:
        if moment is not None:
            self._agenda.at(uid, moment)

    def _driver(
        self,
        path: str,
        item_type: type[T],
        handler: Handler[T],
        report: ScopeReport,
        label: str = "",
    ) -> Driver[T]:
        return Driver(
            self._connection,
            Scope(path, item_type, {"labelSelector": label} if label else {}),
            handler,
            report,
            clock=self._monotonic,
            random=random.Random(),  # noqa: S311  spreads retries, keeps no secret
        )


def _templates(settings: Settings) -> Templates:
    folder = Path(settings.checks_templates_dir) if settings.checks_templates_dir else None
    fetch = Fetcher(settings.checks_url_hosts) if settings.checks_url_hosts else None
    return Templates(Remembering(manifest_yaml.Manifests()), folder, fetch)


def _path(group: str, resource: str, scope: str) -> str:
    return f"{group}/namespaces/{scope}/{resource}" if scope else f"{group}/{resource}"


def _loop(driver: Driver[T]) -> Loop:
    def watch(_stop: Event) -> None:
        driver.run()

    return watch
