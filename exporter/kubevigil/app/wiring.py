"""Builds the exporter from its settings: makes each part, connects them, and names the loops that must run.

The only place where parts meet. Nothing starts before `Exporter.start`.
"""

import logging
import random
from collections.abc import Callable, Iterator
from threading import Event
from typing import Final

from kubevigil import __version__
from kubevigil.app.adoption import Adoption
from kubevigil.app.bookkeeping import Bookkeeping
from kubevigil.app.capturing import Capturing
from kubevigil.app.cleaning import Cleaner
from kubevigil.app.crash_archive import store_address
from kubevigil.app.healthchecks_wanted import health_checks
from kubevigil.app.outbox_gauges import SINK, OutboxGauges
from kubevigil.app.port import Port
from kubevigil.app.publishing import Publisher
from kubevigil.app.routes import Check
from kubevigil.app.settings import Settings
from kubevigil.app.supervisor import Loop, Supervisor
from kubevigil.app.watching import WatchBoard
from kubevigil.crashes.redaction.user_patterns import user_detector
from kubevigil.kube.connection import Connection
from kubevigil.kube.driver import Driver, Scope
from kubevigil.metrics import selfmetrics
from kubevigil.metrics.exposition import Exposition
from kubevigil.metrics.selfmetrics import SelfMetrics
from kubevigil.model import clock
from kubevigil.model.clock import Monotonic, Wall
from kubevigil.model.pod import Pod
from kubevigil.model.record import Evidence, Record
from kubevigil.pods.bookkeeper import Bookkeeper
from kubevigil.pods.counters import Counters
from kubevigil.pods.families import FAMILIES
from kubevigil.pods.intake import Intake
from kubevigil.pods.observation import Backlog, Captured
from kubevigil.pods.selection import Selection
from kubevigil.store.database import open_sqlite, open_url
from kubevigil.store.enqueuing import LOG_PATIENCE
from kubevigil.store.errors import StoreError
from kubevigil.store.housekeeping import Retention
from kubevigil.store.journal import Journal
from kubevigil.store.outbox import Outbox

_log = logging.getLogger(__name__)

_STOP_SECONDS: Final = 7.0
_LAST_ANSWERS_SECONDS: Final = 1.0
"""Ten seconds are promised in all; a pod's usual grace period is 30."""


class Exporter:
    """One exporter, whole. `recorded` is called with every new record once it is durable.

    `settled` is called with what is durably known of a crash since: its log, or why there is none. Raises StoreError
    for a store that cannot be used, CannotListen (here or by `start`) for an address, and SettingsError for a web
    configuration file.
    """

    def __init__(
        self,
        settings: Settings,
        connection: Connection,
        *,
        recorded: Callable[[Record], None] = lambda _: None,
        settled: Callable[[str, Evidence], None] = lambda _, __: None,
        wall: Wall = clock.wall,
        monotonic: Monotonic = clock.monotonic,
    ) -> None:
        self.metrics = SelfMetrics(version=__version__)
        exposition = Exposition(FAMILIES, self._tail)
        self.port = Port(
            settings.listen,
            settings.web_config_file,
            exposition,
            self.metrics,
            ready=self._readiness,
            healthy=self._health,
        )
        self._journal = _open_store(settings, wall)
        self._backlog = Backlog()
        cleaner = _cleaner(settings, self.metrics)
        self._capturing = Capturing(
            connection,
            cleaner,
            self.metrics,
            wanted=settings.capture,
            settled=lambda id_, evidence: self._backlog.put(Captured(id_, evidence)),
            monotonic=monotonic,
        )
        self._recorded, self._settled = recorded, settled
        self._adoption = Adoption(self._journal, self._capturing.assign, self._write_failed, monotonic)
        loaded = self._journal.load()
        self._counters = Counters(loaded.workloads, loaded.vanished, limit=settings.workloads_series_limit)
        scopes = list(settings.namespaces) or [""]
        self._healthchecks = health_checks(settings, connection, self.metrics, wall=wall, monotonic=monotonic)
        self.board = WatchBoard("pods", scopes, self.metrics, wall=wall, monotonic=monotonic)
        self._intakes = [_intake(scope, settings, self._backlog, wall) for scope in scopes]
        self._drivers = [_driver(connection, intake, self.board, monotonic) for intake in self._intakes]
        self._bookkeeping = Bookkeeping(
            Bookkeeper(
                self._journal,
                loaded,
                self._counters,
                self._backlog,
                cluster=settings.cluster_name,
                baseline_window=settings.baseline_window,
                cleaned=cleaner.message,
                recorded=self._on_record,
                settled=self._on_settled,
                gave_up=self._on_bodies_gone,
                late=lambda logs: self.metrics.count(selfmetrics.LOGS_LATE, by=logs),
                failed=self._write_failed,
            ),
            self._journal,
            self._counters,
            self._intakes,
            adopt=self._adoption.look,
            keep=Retention(settings.workloads_retention, settings.records_retention, settings.records_limit),
            metrics=self.metrics,
            monotonic=monotonic,
        )
        self.supervisor = Supervisor(restarted=lambda name: self.metrics.count(selfmetrics.THREAD_RESTARTS, name))
        self.supervisor.add("bookkeeper", self._bookkeeping.run, wake=self._backlog.close)
        self._capturing.join(self.supervisor)
        if settings.elasticsearch_hosts:
            gauges = OutboxGauges(
                Outbox(store_address(settings), SINK, cluster=settings.cluster_name), self.metrics, wall
            )
            self.supervisor.add("outbox gauges", gauges.run)
        self.supervisor.add("publisher", Publisher(self._intakes, exposition).run)
        for intake, driver in zip(self._intakes, self._drivers, strict=True):
            name = f"watch {intake.scope}".rstrip()
            self.supervisor.add(name, _loop(driver), wake=driver.stop)
        if self._healthchecks:
            self._healthchecks.join(self.supervisor)
        self.port.join(self.supervisor)

    def start(self) -> str:
        """Starts everything; returns the base URL that is served. Raises CannotListen."""
        address = self.port.start()
        self._adoption.look()
        self.supervisor.start()
        return address

    def stop(self) -> list[str]:
        """Stops the watches, has the last observations written, closes the store; the loops that did not end."""
        stuck = self.supervisor.stop(_STOP_SECONDS)
        self.port.stop(_LAST_ANSWERS_SECONDS)
        self._journal.close()
        return stuck

    def _tail(self) -> bytes:
        self.metrics.set(selfmetrics.STORE_BYTES, self._journal.size())
        balance = selfmetrics.balance_text(*self._backlog.tally())
        checks = self._healthchecks.text() if self._healthchecks else b""
        return self._counters.text() + balance + checks + self.metrics.text()

    def _readiness(self) -> Iterator[Check]:
        ok, detail = self.board.check()
        yield Check("pods", ok, detail)
        failure = self._bookkeeping.failing
        yield Check("store", not failure, failure or "written when needed")
        yield from self._capturing.checks()
        if self._healthchecks:
            yield from self._healthchecks.checks()

    def _health(self) -> Iterator[Check]:
        for loop in self.supervisor.alive():
            yield Check(loop.name, loop.ok, loop.detail)

    def _on_record(self, record: Record) -> None:
        self._adoption.recorded(record)
        self._recorded(record)

    def _on_settled(self, id_: str, evidence: Evidence) -> None:
        if evidence.log.dropped:
            self._on_bodies_gone(1)
        self._settled(id_, evidence)

    def _on_bodies_gone(self, count: int) -> None:
        self.metrics.count(selfmetrics.LOGS_GIVEN_UP, by=count)

    def _write_failed(self, error: StoreError) -> None:
        self.metrics.count(selfmetrics.STORE_ERRORS, "commit")
        _log.warning("store refuses, trying again", extra={"fields": {"error": str(error)}})


def _open_store(settings: Settings, wall: Wall) -> Journal:
    url = settings.store.reveal()
    engine = open_url(url, now=wall) if url else open_sqlite(settings.data_dir, now=wall)
    return Journal(
        engine,
        cluster=settings.cluster_name,
        wall=wall,
        most_log_bytes=settings.records_log_limit,
        sinks=(SINK,) if settings.elasticsearch_hosts else (),
        log_patience=None if settings.capture == "off" else LOG_PATIENCE,
    )


def _cleaner(settings: Settings, metrics: SelfMetrics) -> Cleaner:
    def counted(detector: str, times: int) -> None:
        metrics.count(selfmetrics.REDACTIONS, detector, by=times)

    cleaner = Cleaner(
        settings.redaction_disabled,
        [user_detector(own.name, own.pattern) for own in settings.redaction_patterns],
        counted,
    )
    for name in cleaner.names:
        counted(name, 0)
    return cleaner


def _intake(scope: str, settings: Settings, backlog: Backlog, wall: Wall) -> Intake:
    selection = Selection(ignore_namespaces=settings.ignore_namespaces, ignore_containers=settings.ignore_containers)
    always = settings.pods_info == "all"
    return Intake(scope, selection=selection, always_info=always, pass_on=backlog.put, wall=wall)


def _driver(connection: Connection, intake: Intake, board: WatchBoard, monotonic: Monotonic) -> Driver[Pod]:
    path = f"/api/v1/namespaces/{intake.scope}/pods" if intake.scope else "/api/v1/pods"
    return Driver(
        connection,
        Scope(path, Pod, {}),
        intake,
        board.reports[intake.scope],
        clock=monotonic,
        random=random.Random(),  # noqa: S311  spreads retries, keeps no secret
    )


def _loop(driver: Driver[Pod]) -> Loop:
    def watch(_stop: Event) -> None:
        driver.run()  # `driver.stop` ends it, since it may be blocked in a read

    return watch
