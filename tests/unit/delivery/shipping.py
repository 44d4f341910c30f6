"""A shipper between an outbox in memory and a sink, on clocks that pass only while it waits."""

from collections import Counter
from collections.abc import Callable, Iterable
from random import Random
from threading import Event
from typing import Any

from kubevigil.delivery.documents import Documents, Format
from kubevigil.delivery.errors import Unreachable
from kubevigil.delivery.shipping import Shipper
from kubevigil.delivery.tally import SinkResult
from kubevigil.model.record import Record
from tests.unit.delivery.crashes import crash
from tests.unit.delivery.memory import NOW, MemoryOutbox, Sink

AWAY = Unreachable("es:9200 cannot be reached: refused")


class Clocks(Event):
    """Wall and monotonic time that pass only while something waits; also the stop event, so that waiting moves them."""

    def __init__(self, seconds: float = 10_000.0) -> None:
        super().__init__()
        self.now = NOW
        self.ends = NOW + seconds
        self.waits: list[float] = []

    def __call__(self) -> float:
        return self.now

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self.waits.append(timeout)
        self.now += timeout
        if self.now >= self.ends:
            self.set()
        return self.is_set()


class Figures(Counter[SinkResult]):
    def came_of(self, result: SinkResult, documents: int) -> None:
        assert documents > 0
        self[result] += documents


class Case:
    """A shipper between an outbox in memory and a sink."""

    def __init__(self, records: Iterable[Record], sink: Sink | None = None, **options: Any) -> None:
        self.sink = sink or Sink()
        self.outbox = MemoryOutbox(records)
        self.clocks = Clocks()
        self.figures = Figures()
        documents = options.pop("documents", Documents(Format.ECS, "k8s-crash-monitor-"))
        send: Callable[[bytes], bytes] = options.pop("send", self.sink.send)
        self.shipper = Shipper(
            self.outbox,
            send,
            documents,
            observer=self.figures,
            random=Random(1),
            wall=self.clocks,
            monotonic=self.clocks,
            **options,
        )

    def run(self, turns: int) -> list[float]:
        """So many turns, with the waits between them; the waits."""
        waits = []
        for _ in range(turns):
            waits.append(self.shipper.turn())
            self.clocks.now += waits[-1]
        return waits

    def states(self) -> Counter[str]:
        return Counter(row.state for row in self.outbox.rows.values())


def crashes(many: int, size: int = 10) -> list[Record]:
    return [crash(f"id{number:05}", text="x" * size) for number in range(many)]
