"""What waits for the sink, as the exporter's metrics show it."""

import logging
from pathlib import Path
from threading import Event
from typing import cast

import pytest
from prometheus_client.parser import text_string_to_metric_families

from kubevigil.app import outbox_gauges
from kubevigil.app.outbox_gauges import SINK, OutboxGauges
from kubevigil.metrics.selfmetrics import SelfMetrics
from kubevigil.store.database import FILE_NAME
from kubevigil.store.errors import StoreError, WriteFailed
from kubevigil.store.outbox import Outbox
from kubevigil.store.outbox_balance import Balance
from tests.unit.store.making import NOW, Store, said


class Told:
    """An outbox that stands as it is told to, or fails."""

    def __init__(self, balance: Balance | StoreError) -> None:
        self.balance_or_error = balance
        self.looks = 0

    def balance(self, _now: float) -> Balance:
        self.looks += 1
        if isinstance(self.balance_or_error, StoreError):
            raise self.balance_or_error
        return self.balance_or_error


@pytest.fixture
def metrics() -> SelfMetrics:
    return SelfMetrics(version="test")


def of(told: Told, metrics: SelfMetrics) -> OutboxGauges:
    return OutboxGauges(cast("Outbox", told), metrics, lambda: NOW)


def shown(metrics: SelfMetrics) -> dict[str, float]:
    """The outbox's series of the sink, by the end of their names."""
    families = text_string_to_metric_families(metrics.text().decode())
    samples = [sample for family in families for sample in family.samples if "_outbox_" in sample.name]
    assert {sample.labels["sink"] for sample in samples} <= {SINK}
    return {sample.name.removeprefix("kubevigil_outbox_"): sample.value for sample in samples}


def test_what_a_store_holds_is_shown(tmp_path: Path, metrics: SelfMetrics) -> None:
    store = Store(tmp_path, sinks=(SINK,))
    sent, refused, *_ = store.crash(*range(5), evidence=lambda _: said())
    outbox = Outbox(tmp_path / FILE_NAME, SINK)
    outbox.sent([sent.id], NOW)
    outbox.dead(refused.id, "no")
    OutboxGauges(outbox, metrics, lambda: NOW + 60.0).look()
    assert shown(metrics) == {"records": 3, "oldest_seconds": 60.0, "dead_letters": 1, "dropped_total": 0}
    store.journal.close()


def test_before_the_first_look_nothing_is_claimed(metrics: SelfMetrics) -> None:
    of(Told(WriteFailed("busy")), metrics).look()
    assert shown(metrics) == {}


def test_what_was_dropped_is_counted_once_and_goes_on_when_the_store_begins_anew(metrics: SelfMetrics) -> None:
    told = Told(Balance(seen=9, dropped=4))
    gauges = of(told, metrics)
    totals = []
    for dropped in (4, 4, 6, 0, 3):
        told.balance_or_error = Balance(seen=9, dropped=dropped)
        gauges.look()
        totals.append(shown(metrics)["dropped_total"])
    assert totals == [4, 4, 6, 6, 9]


def test_a_store_that_cannot_be_read_leaves_the_gauges_and_is_counted_and_told(
    metrics: SelfMetrics, caplog: pytest.LogCaptureFixture
) -> None:
    told = Told(Balance(seen=5, waiting=5, oldest_seconds=7.0))
    gauges = of(told, metrics)
    gauges.look()
    before = shown(metrics)
    told.balance_or_error = WriteFailed("store: cannot read the balance: database is locked")
    with caplog.at_level(logging.WARNING):
        gauges.look()
    assert shown(metrics) == before
    assert 'kubevigil_store_errors_total{operation="balance"} 1.0' in metrics.text().decode()
    assert "database is locked" in str(caplog.records[0].__dict__)


class Stopping(Event):
    """Set by the third wait."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waits.append(timeout)
        return len(self.waits) == 3


@pytest.mark.parametrize("balance", [Balance(), WriteFailed("busy")], ids=["well", "failing"])
def test_it_looks_at_once_and_then_every_few_seconds_whatever_it_finds(
    metrics: SelfMetrics, balance: Balance | StoreError
) -> None:
    told, stop = Told(balance), Stopping()
    of(told, metrics).run(stop)
    assert told.looks == 3
    assert stop.waits == [outbox_gauges.EVERY_SECONDS] * 3
