"""An exporter in this process beside a cluster whose containers speak, and the audit of what it captured."""

from pathlib import Path

from kubevigil.demo.cluster import SimulatedCluster
from tests.api.running import Running, until

from .audit import CRASH_CLASSES
from .audit_logs import LogVerdict, audit_logs
from .audit_logs_store import count_writes, read_logs, recorded, unsettled
from .audit_store import read_store
from .logs_misery import TalkingMisery


class Listening(Running):
    """A running exporter whose settlements are counted."""

    def __init__(self, cluster_url: str, folder: Path, **settings: object) -> None:
        super().__init__(cluster_url, folder, **settings)
        self.data = folder / "data"
        count_writes(self.data)
        until(self.ready)

    def settled(self) -> bool:
        """Whether every crash that is recorded has its log or a reason."""
        return unsettled(self.data) == 0


def logs_of(data: Path, printed: dict[str, str]) -> LogVerdict:
    """The verdict on the store in that folder."""
    return audit_logs(read_store(data).crashes, read_logs(data), printed)


def misery_captured(folder: Path, *, seed: int, crashes: int) -> tuple[Path, dict[str, str]]:
    """Misery until so many crashes are recorded, and all are settled; the store's folder, and what was printed."""
    cluster = SimulatedCluster(seed=seed)
    running = Listening(cluster.start(), folder)
    misery = TalkingMisery(cluster, seed=seed, pause=0.003)
    try:
        misery.start()
        until(lambda: sum(record.is_crash for record in running.records) >= crashes)
        misery.stop()
        happened = sum(end.shown and end.class_ in CRASH_CLASSES for end in cluster.truth())
        until(lambda: recorded(running.data) == happened and running.settled())
    finally:
        misery.stop()
        assert running.stop() == []
        cluster.stop()
    return running.data, misery.book.printed
