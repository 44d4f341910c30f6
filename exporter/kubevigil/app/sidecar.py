"""Builds the log sidecar from its settings: the outbox, the client, the loop between them, and its HTTP port.

It shares nothing with the exporter but the store. Nothing starts before `Sidecar.start`.
"""

from collections.abc import Callable, Iterator
from random import Random
from threading import Event
from typing import Final

from kubevigil import __version__
from kubevigil.app.crash_archive import store_address
from kubevigil.app.outbox_gauges import SINK
from kubevigil.app.port import Port
from kubevigil.app.routes import Check
from kubevigil.app.settings import Settings
from kubevigil.app.sink_credentials import FreshCredentials
from kubevigil.app.supervisor import Supervisor
from kubevigil.delivery.client import Client
from kubevigil.delivery.documents import Documents, Format
from kubevigil.delivery.outbox import Balance
from kubevigil.delivery.shipping import Shipper
from kubevigil.delivery.tally import SinkResult
from kubevigil.metrics import selfmetrics
from kubevigil.metrics.exposition import Exposition
from kubevigil.metrics.selfmetrics import SelfMetrics
from kubevigil.model import clock
from kubevigil.model.clock import Monotonic, Wall
from kubevigil.store.outbox import Outbox

_STOP_SECONDS: Final = 7.0
_LAST_ANSWERS_SECONDS: Final = 1.0


class Sidecar:
    """One sidecar, whole. `reread` reads the settings again, for credentials that change.

    Raises BadConnection for a CA file, BadCredentials for what no header can hold, StoreError for a store that is no
    file, SettingsError for a web configuration file, and CannotListen (here or by `start`).
    """

    def __init__(
        self,
        settings: Settings,
        reread: Callable[[], Settings],
        *,
        wall: Wall = clock.wall,
        monotonic: Monotonic = clock.monotonic,
    ) -> None:
        self.metrics = SelfMetrics(version=__version__, families=selfmetrics.SIDECAR_FAMILIES)
        for result in SinkResult:
            self.came_of(result, 0)
        self.port = Port(
            settings.ship_listen,
            settings.web_config_file,
            Exposition((), self._text),
            self.metrics,
            ready=self._readiness,
            healthy=self._health,
        )
        self._client = Client(
            settings.elasticsearch_hosts,
            credentials=FreshCredentials(settings, reread, monotonic),
            ca_file=settings.elasticsearch_ca_file,
            user_agent=f"kubevigil/{__version__}",
            wall=wall,
            monotonic=monotonic,
        )
        self._outbox = Outbox(store_address(settings), SINK, cluster=settings.cluster_name)
        self._wall = wall
        self.shipper = Shipper(
            self._outbox,
            self._client.bulk,
            Documents(Format(settings.document_format), settings.elasticsearch_index),
            observer=self,
            random=Random(),  # noqa: S311  scatters retries, keeps no secret
            wall=wall,
            monotonic=monotonic,
        )
        self.supervisor = Supervisor(restarted=lambda name: self.metrics.count(selfmetrics.THREAD_RESTARTS, name))
        self.supervisor.add("shipper", self.shipper.run)
        self.port.join(self.supervisor)

    def came_of(self, result: SinkResult, documents: int) -> None:
        """Counts what came of documents."""
        self.metrics.count(selfmetrics.SINK_RECORDS, SINK, result, by=documents)

    def start(self) -> str:
        """Starts everything; returns the base URL that is served. Raises CannotListen."""
        address = self.port.start()
        self.supervisor.start()
        return address

    def stop(self) -> list[str]:
        """Ends the loops; the names of those that did not end. What is being sent may be sent again, harmlessly."""
        stuck = self.supervisor.stop(_STOP_SECONDS)
        self.port.stop(_LAST_ANSWERS_SECONDS)
        self._client.close()
        return stuck

    def drain(self, stop: Event) -> Balance:
        """Instead of `start`: sends until nothing waits or nothing gets through. Raises StoreError."""
        try:
            return self.shipper.once(stop)
        finally:
            self._client.close()

    def balance(self) -> Balance:
        """How the outbox stands now. Raises StoreError."""
        return self._outbox.balance(self._wall())

    def _text(self) -> bytes:
        health = self.shipper.health()
        if health.tried:
            self.metrics.set(selfmetrics.SINK_UP, float(health.ok), SINK)
        return self.metrics.text()

    def _readiness(self) -> Iterator[Check]:
        health = self.shipper.health()
        well = "what is due gets through" if health.tried else "nothing has been due yet"
        yield Check(SINK, health.ok, well if health.ok else f"{health.detail}, for {health.seconds:.0f} s")

    def _health(self) -> Iterator[Check]:
        for loop in self.supervisor.alive():
            yield Check(loop.name, loop.ok, loop.detail)
