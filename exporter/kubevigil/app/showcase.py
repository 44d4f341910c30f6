"""The demo as a whole: a simulated cluster that plays its story, and the exporter beside it as beside a real one.

The exporter reaches the cluster by a kubeconfig and HTTP; nothing else connects the two. What it recorded is held
against what the cluster knows to have happened; both books grow by an entry an end, as long as the demo runs.
"""

from collections.abc import Callable
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Final

import msgspec

from kubevigil.app.audit import Verdict, audit
from kubevigil.app.settings import Settings
from kubevigil.app.wiring import Exporter
from kubevigil.demo.cluster import SimulatedCluster
from kubevigil.demo.kubeconfig import write_kubeconfig
from kubevigil.demo.story import SCRIPT_SPEED, Story
from kubevigil.kube.connection import connect
from kubevigil.model import clock
from kubevigil.model.record import Evidence, Record

_POLL_SECONDS: Final = 0.1
_SYNC_SECONDS: Final = 15.0
_SETTLE_SECONDS: Final = 5.0
_LOG_SECONDS: Final = 20.0
"""By then every log is settled: captured, or given up with a reason."""


class Showcase:
    """One demo. `endless` plays on until `stop`; `folder` takes the kubeconfig."""

    def __init__(self, settings: Settings, folder: Path, *, seed: int, endless: bool) -> None:
        self._cluster = SimulatedCluster(seed=seed, speed=1.0 if endless else SCRIPT_SPEED)
        self._story = Story(endless=endless)
        self._settings = settings
        self._folder = folder
        self._halt = Event()
        self._lock = Lock()
        self._records: dict[str, Record] = {}
        self._exporter: Exporter | None = None
        self._thread = Thread(target=self._story.run, args=(self._cluster, self._halt), name="story", daemon=True)
        self.api_server = ""
        self.address = ""

    def start(self) -> None:
        """Starts the cluster, then the exporter, then the story. Raises what `Exporter` raises, and OSError."""
        self.api_server = self._cluster.start()
        kubeconfig = write_kubeconfig(self._folder, self.api_server)
        self._exporter = Exporter(
            self._settings, connect(str(kubeconfig)), recorded=self._record, settled=self._complete
        )
        self.address = self._exporter.start()
        self._until(self._synced, _SYNC_SECONDS)
        self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Waits so long for the story's end; whether it has come."""
        return self._story.done.wait(seconds)

    def settle(self) -> None:
        """Gives the last ends the time that they need to be seen, and their logs the time to be read."""
        self._until(lambda: self.verdict().lost == 0, _SETTLE_SECONDS)
        self._until(lambda: all(r.log for r in self.verdict().terminations if r.is_crash), _LOG_SECONDS)

    def verdict(self) -> Verdict:
        """How what was recorded compares with what happened, so far."""
        with self._lock:
            records = list(self._records.values())
        return audit(self._cluster.truth(), records)

    def latest(self, most: int) -> list[Record]:
        """The latest records, newest first."""
        with self._lock:
            return list(self._records.values())[: -most - 1 : -1]

    def stop(self) -> None:
        """Ends all of it."""
        self._halt.set()
        if self._thread.is_alive():
            self._thread.join(_SETTLE_SECONDS)
        if self._exporter is not None:
            self._exporter.stop()
        self._cluster.stop()

    def _record(self, record: Record) -> None:
        with self._lock:
            self._records.pop(record.id, None)
            self._records[record.id] = record

    def _complete(self, id_: str, evidence: Evidence) -> None:
        with self._lock:
            record = self._records[id_]
            self._records[id_] = msgspec.structs.replace(
                record, log=evidence.log, events=evidence.events, resources=evidence.resources
            )

    def _synced(self) -> bool:
        return self._exporter is not None and self._exporter.board.check()[0]

    def _until(self, done: Callable[[], bool], seconds: float) -> None:
        deadline = clock.monotonic() + seconds
        while not done() and clock.monotonic() < deadline:
            self._halt.wait(_POLL_SECONDS)
