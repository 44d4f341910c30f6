"""Recordings of a real cluster: what the API showed, and what containerd knows to have happened."""

import gzip
import json
import tempfile
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from kubevigil.model.pod import Pod
from kubevigil.model.record import Record
from kubevigil.pods.bookkeeper import Bookkeeper
from kubevigil.pods.counters import Counters
from kubevigil.pods.intake import Intake
from kubevigil.pods.observation import Backlog
from kubevigil.pods.selection import Selection
from kubevigil.store.database import open_sqlite
from kubevigil.store.journal import Journal

FOLDER = Path(__file__).parents[2] / "data" / "evidence"
RECORDINGS = sorted(p.parent.name for p in FOLDER.glob("*/pods.ndjson.gz"))

Container = tuple[str, str]
"""Pod uid and container name."""


class Event(NamedTuple):
    """One line of the watch; `type` is ADDED, MODIFIED or DELETED. `t` in seconds since the recording began."""

    t: float
    type: str
    pod: Pod


class End(NamedTuple):
    """The end of an instance, as containerd knows it."""

    t: float
    container: Container
    container_id: str


def events(recording: str) -> Iterator[Event]:
    for line in _lines(recording, "pods"):
        if line["type"] == "LIST":
            for item in line["object"]["items"]:
                yield Event(line["t"], "ADDED", msgspec.convert(item, Pod))
        elif line["type"] in {"ADDED", "MODIFIED", "DELETED"}:
            yield Event(line["t"], line["type"], msgspec.convert(line["object"], Pod))


def truth(recording: str) -> list[End]:
    return [End(x["t"], (x["uid"], x["container"]), x["container_id"]) for x in _lines(recording, "truth")]


def _lines(recording: str, name: str) -> Iterator[dict[str, Any]]:
    with gzip.open(FOLDER / recording / f"{name}.ndjson.gz", "rt") as file:
        yield from map(json.loads, file)


class Exporter:
    """Intake, ledger and store over a recording, without a network."""

    def __init__(self, directory: Path) -> None:
        self._journal = Journal(open_sqlite(directory, now=lambda: 0.0), cluster="evidence", wall=lambda: 0.0)
        loaded = self._journal.load()
        backlog = Backlog()
        self.records: list[Record] = []
        counters = Counters(loaded.workloads, loaded.vanished, limit=100_000)
        self._keeper = Bookkeeper(
            self._journal,
            loaded,
            counters,
            backlog,
            cluster="evidence",
            baseline_window=600,
            recorded=self.records.append,
        )
        self.intake = Intake("", selection=Selection(), always_info=False, pass_on=backlog.put, wall=lambda: 0.0)
        self._known: set[str] = set()

    def relist(self, pods: Iterable[Pod]) -> None:
        """As the reflector does it: pages, then what is no longer there, then the end."""
        pods = list(pods)
        self.intake.sync_started()
        self.intake.page(pods)
        listed = {p.metadata.uid for p in pods}
        for uid in self._known - listed:
            self.intake.vanished(uid)
        self._known = listed
        self.intake.sync_finished("1")
        self._work()

    def watch(self, event: Event) -> None:
        if event.type == "DELETED":
            self._known.discard(event.pod.metadata.uid)
            self.intake.deleted(event.pod)
        else:
            self._known.add(event.pod.metadata.uid)
            self.intake.changed(event.pod)
        self._work()

    def _work(self) -> None:
        while self._keeper.step(0, threading.Event()):
            pass

    def counted(self) -> Counter[Container]:
        """Terminations of containers, completed ones not again, ends of whole pods left out."""
        ids = {r.id: (r.pod_uid, r.container.name) for r in self.records if r.container.name}
        return Counter(ids.values())

    def identified(self) -> list[str]:
        return [r.container.id for r in self.records if r.container.id]


def main() -> None:
    """Prints for each recording how the ledger's count compares with containerd's."""
    print(f"{'recording':10} {'deaths':>7} {'counted':>8} {'without details':>16} {'missed':>7} {'doubled':>8}")  # noqa: T201
    for recording in RECORDINGS:
        with tempfile.TemporaryDirectory() as folder:
            exporter = Exporter(Path(folder))
            exporter.relist([])
            for event in events(recording):
                exporter.watch(event)
        real, counted = Counter(end.container for end in truth(recording)), exporter.counted()
        blind = counted.total() - len(set(exporter.identified()))
        missed, doubled = (real - counted).total(), (counted - real).total()
        print(f"{recording:10} {real.total():7} {counted.total():8} {blind:16} {missed:7} {doubled:8}")  # noqa: T201


if __name__ == "__main__":
    main()
