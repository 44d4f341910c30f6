"""Where the time of an event of a watch goes: the same events through one stage after the other, in one process.

  chunks, lines   HTTP's chunks taken off, and the stream cut into lines
  decoded         JSON into the structs that are read
  rows            compared with what is known, its rows rendered, what matters passed on
  books           what ended decided, and written to the store in transactions of some hundred
  of these, SQL   in those transactions
  published       rows joined into the blocks that scrapes take, once after each thousand events

And the floor: what the same bytes cost whoever has to look at them.

  versions only   each line decoded for nothing but its object's resourceVersion
  json            each line by the standard library

CPU of the one thread, the least of three rounds, for each event; the events are those of bench_ksm.
Run: .venv/bin/python -m tests.perf.bench_event [PODS]
"""

import json
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import count
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from kubevigil.kube.answers import Change
from kubevigil.kube.chunks import Chunks
from kubevigil.kube.decode import Decoder
from kubevigil.kube.framing import LineSplitter
from kubevigil.model.pod import Pod
from kubevigil.pods.bookkeeper import Bookkeeper
from kubevigil.pods.counters import Counters
from kubevigil.pods.intake import Intake
from kubevigil.pods.observation import Backlog
from kubevigil.pods.selection import Selection
from kubevigil.store.batch import Batch, Committed
from kubevigil.store.database import open_sqlite
from kubevigil.store.journal import Journal
from tests.perf.history import Event, History
from tests.perf.pods import pod
from tests.perf.table import aligned, seconds

PODS: Final = 10_000
EVENTS: Final = 5_000
ROUNDS: Final = 3
_READ: Final = 64 * 1024
"""Bytes. Of a busy watch so much is there at once."""

_PUBLISHED_EACH: Final = 1_000
_FIRST_VERSION: Final = 1000
_CLUSTER: Final = "bench"


class _Meta(Struct, rename="camel"):
    resource_version: str = ""


class _Object(Struct):
    metadata: _Meta


class _Line(Struct):
    object: _Object


class _Timed(Journal):
    """The store, and the seconds of CPU that its transactions took."""

    seconds = 0.0

    def commit(self, batch: Batch) -> Committed:
        began = time.thread_time()
        try:
            return super().commit(batch)
        finally:
            self.seconds += time.thread_time() - began


def _lines(events: Iterable[Event], versions: Iterable[int]) -> list[bytes]:
    return [
        msgspec.json.encode({"type": event.type or "ADDED", "object": pod(event.state, version)}) + b"\n"
        for event, version in zip(events, versions, strict=False)
    ]


def _cpu(act: Callable[[], object]) -> float:
    before = time.thread_time()
    act()
    return time.thread_time() - before


def _cut(stream: bytes) -> list[bytes]:
    chunks, splitter = Chunks(), LineSplitter()
    found: list[bytes] = []
    for at in range(0, len(stream), _READ):
        found += splitter.feed(chunks.feed(stream[at : at + _READ]))
    return found


class Exporter:
    """What stands between a decoded event and the store, with the cluster listed."""

    def __init__(self, folder: Path, listed: Sequence[Pod]) -> None:
        self.journal = _Timed(open_sqlite(folder, now=lambda: 0.0), cluster=_CLUSTER, wall=lambda: 0.0)
        loaded = self.journal.load()
        backlog = Backlog()
        counters = Counters(loaded.workloads, loaded.vanished, limit=100_000)
        self._keeper = Bookkeeper(
            self.journal, loaded, counters, backlog, cluster=_CLUSTER, baseline_window=600, recorded=lambda _: None
        )
        self.intake = Intake("", selection=Selection(), always_info=False, pass_on=backlog.put, wall=lambda: 0.0)
        self.intake.sync_started()
        self.intake.page(listed)
        self.intake.sync_finished(str(_FIRST_VERSION))
        self.books()
        self.intake.snapshot()
        self.journal.seconds = 0.0

    def rows(self, events: Iterable[Change[Pod]]) -> None:
        """These came by the watch."""
        for event in events:
            (self.intake.deleted if event.type == "DELETED" else self.intake.changed)(event.item)

    def books(self) -> None:
        """All that was passed on is written."""
        stop = threading.Event()
        while self._keeper.step(0, stop):
            pass


def _round(folder: Path, listed: Sequence[Pod], lines: Sequence[bytes]) -> dict[str, float]:
    """Seconds of CPU for each event, by stage."""
    stream = b"".join(b"%x\r\n%b\r\n" % (len(line), line) for line in lines)
    decoder = Decoder(Pod)
    version = msgspec.json.Decoder(_Line)
    exporter = Exporter(folder, listed)
    decoded: list[Any] = []
    took = {"chunks, lines": _cpu(lambda: _cut(stream)), "decoded": 0.0, "rows": 0.0, "books": 0.0}
    took |= {"of these, SQL": 0.0, "published": 0.0}
    for at in range(0, len(lines), _PUBLISHED_EACH):
        some = lines[at : at + _PUBLISHED_EACH]
        took["decoded"] += _cpu(lambda some=some: decoded.extend(map(decoder.event, some)))  # type: ignore[misc]
        took["rows"] += _cpu(lambda: exporter.rows(decoded))
        took["books"] += _cpu(exporter.books)
        took["published"] += _cpu(exporter.intake.snapshot)
        decoded.clear()
    took["of these, SQL"] = exporter.journal.seconds
    exporter.journal.close()
    took["versions only"] = _cpu(lambda: [version.decode(line) for line in lines])
    took["json"] = _cpu(lambda: [json.loads(line) for line in lines])
    return {name: spent / len(lines) for name, spent in took.items()}


def main(pods: int = PODS) -> None:
    """Prints a line for each stage."""
    history, versions = History(pods), count(_FIRST_VERSION)
    decoder = Decoder(Pod)
    listed = [decoder.event(line) for line in _lines((Event("", s) for s in history.first), versions)]
    present = [event.item for event in listed if isinstance(event, Change)]
    lines = _lines(history.mixed(EVENTS), versions)
    rounds = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            rounds.append(_round(Path(folder), present, lines))
    least = {name: min(each[name] for each in rounds) for name in rounds[0]}
    stages = ("chunks, lines", "decoded", "rows", "books", "published")
    least = {**least, "all stages": sum(least[stage] for stage in stages)}
    bytes_each = sum(map(len, lines)) / len(lines)
    sys.stdout.write(f"{pods:,} pods, {len(lines):,} events of {bytes_each / 1000:.1f} kB\n")
    for line in aligned([("", "CPU an event"), *((name, seconds(spent)) for name, spent in least.items())]):
        sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
