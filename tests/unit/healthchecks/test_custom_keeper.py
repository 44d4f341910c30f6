"""What checks told is kept over restarts, each run once, whatever the store does."""

import random
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from kubevigil.healthchecks import custom_keeper
from kubevigil.healthchecks.custom_claims import Claims
from kubevigil.healthchecks.custom_events import event_of_faults
from kubevigil.healthchecks.custom_keeper import Keeper
from kubevigil.healthchecks.custom_states import kept_of
from kubevigil.healthchecks.events import LONGEST
from kubevigil.healthchecks.findings import Finding
from kubevigil.healthchecks.resources import Meta
from kubevigil.store.check_metrics import CheckMetrics
from kubevigil.store.database import FILE_NAME, open_sqlite
from kubevigil.store.errors import StoreError, WriteFailed

from .telling import metric, told

SHOP = Meta("shop", "uid-shop", "eu")
BANK = Meta("bank", "uid-bank", "eu")


class Shelf:
    """A store of which a process may be killed before or after it wrote, and which may refuse."""

    def __init__(self) -> None:
        self.states: dict[str, str] = {}
        self.refuses = False
        self.writes = 0

    def read(self) -> Mapping[str, str]:
        self._check()
        return dict(self.states)

    def write(self, states: Mapping[str, str], gone: Collection[str] = ()) -> None:
        self._check()
        self.writes += bool(states or gone)
        self.states = {uid: state for uid, state in {**self.states, **states}.items() if uid not in gone}

    def _check(self) -> None:
        if self.refuses:
            raise WriteFailed("disk full")


def values(keeper: Keeper, *checks: Meta) -> dict[str, float]:
    """The samples of what checks told, but for a histogram's buckets. A parser would call counters by other names."""
    lines = keeper.text(checks or (SHOP, BANK)).decode().splitlines()
    samples = [line.partition("{")[0::2] for line in lines if not line.startswith(("#", "kubevigil_"))]
    return {name: float(rest.rpartition(" ")[2]) for name, rest in samples if not name.endswith("_bucket")}


def begun(shelf: custom_keeper.Shelf) -> Keeper:
    keeper = Keeper(shelf)
    keeper.load()
    return keeper


def counted(value: float = 1) -> Any:
    return told(metric(value=value, kind="counter"))


def test_counters_and_histograms_go_on_after_a_restart() -> None:
    shelf = Shelf()
    begun(shelf).took(SHOP, 1, told(metric("n", 2, "counter"), metric("s", 3, "histogram"), metric("g", 4)))
    keeper = begun(shelf)
    keeper.took(SHOP, 2, told(metric("n", 5, "counter"), metric("s", 7, "histogram")))
    assert values(keeper) == {"shop_n": 7, "shop_s_sum": 10, "shop_s_count": 2, "shop_g": 4}


def test_a_run_that_is_seen_again_after_a_kill_counts_once() -> None:
    shelf = Shelf()
    begun(shelf).took(SHOP, 1, counted(2))  # killed before the outcome was written
    keeper = begun(shelf)
    assert keeper.took(SHOP, 1, counted(2)) == ()
    assert values(keeper) == {"shop_orders": 2}


def test_over_200_kills_no_run_is_lost_and_none_counts_twice() -> None:
    chance = random.Random(7)
    shelf, kills = Shelf(), 0
    keeper, run, done = begun(shelf), 0, {SHOP.uid: 0, BANK.uid: 0}
    while kills < 200:
        check = chance.choice((SHOP, BANK))
        run += 1
        while True:  # until the outcome is in the status
            if chance.random() < 0.3:
                keeper, kills = begun(shelf), kills + 1
            keeper.took(check, run, counted(run))
            if chance.random() > 0.3:
                break
            keeper, kills = begun(shelf), kills + 1
        done[check.uid] += run
    assert values(keeper) == {"shop_orders": done[SHOP.uid], "bank_orders": done[BANK.uid]}


def test_while_the_store_refuses_memory_counts_and_the_next_write_brings_all(caplog: pytest.LogCaptureFixture) -> None:
    shelf = Shelf()
    keeper = begun(shelf)
    shelf.refuses = True
    keeper.took(SHOP, 1, counted())
    keeper.took(BANK, 1, counted())
    assert values(keeper) == {"shop_orders": 1, "bank_orders": 1}
    assert [record.message for record in caplog.records] == ["metrics of health checks not stored, trying again"]
    shelf.refuses = False
    keeper.took(SHOP, 2, counted())
    assert values(begun(shelf)) == {"shop_orders": 2, "bank_orders": 1}


def test_a_store_that_is_begun_anew_gets_all_again() -> None:
    shelf = Shelf()
    keeper = begun(shelf)
    keeper.took(SHOP, 1, counted())
    shelf.refuses = True
    keeper.took(BANK, 1, counted())
    shelf.states, shelf.refuses = {}, False
    keeper.tidy([SHOP.uid, BANK.uid])
    assert values(begun(shelf)) == {"shop_orders": 1, "bank_orders": 1}


def test_runs_wait_until_the_store_was_read_and_overwrite_nothing_in_it() -> None:
    shelf = Shelf()
    begun(shelf).took(SHOP, 1, counted(10))
    shelf.refuses = True
    keeper = begun(shelf)
    keeper.took(SHOP, 2, counted(5))
    keeper.took(SHOP, 2, counted(5))
    assert values(keeper) == {}
    shelf.refuses = False
    keeper.tidy([SHOP.uid])
    assert values(keeper) == values(begun(shelf)) == {"shop_orders": 15}


def test_of_the_runs_that_wait_the_oldest_go_when_they_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(custom_keeper, "MOST_WAITING", 2)
    shelf = Shelf()
    shelf.refuses = True
    keeper = begun(shelf)
    for run in range(4):
        keeper.took(SHOP, run, counted(10**run))
    shelf.refuses = False
    keeper.tidy([SHOP.uid])
    assert values(keeper) == {"shop_orders": 1100}


def test_who_leads_again_has_what_another_stored_meanwhile_and_his_own_that_is_not_stored_yet() -> None:
    shelf = Shelf()
    keeper = begun(shelf)
    keeper.took(SHOP, 1, counted())
    begun(shelf).took(SHOP, 2, counted())
    shelf.refuses = True
    keeper.took(BANK, 1, counted())
    shelf.refuses = False
    keeper = _only_unwritten(keeper, BANK)
    keeper.load()
    assert values(keeper) == {"shop_orders": 2, "bank_orders": 1}


def _only_unwritten(keeper: Keeper, check: Meta) -> Keeper:
    keeper._unwritten = {check.uid}
    return keeper


def test_the_metrics_of_a_check_that_is_gone_go_from_what_is_shown_from_the_store_and_from_the_names_taken() -> None:
    shelf = Shelf()
    keeper = begun(shelf)
    keeper.took(SHOP, 1, counted())
    assert values(keeper, BANK) == {}
    keeper.tidy([BANK.uid])
    assert shelf.states == {}
    assert values(keeper) == {}
    again = Meta("shop", "another-uid", "us")
    assert not keeper.took(again, 2, told(metric(kind="gauge")))


def test_a_store_that_refuses_to_forget_is_asked_again() -> None:
    shelf = Shelf()
    keeper = begun(shelf)
    keeper.took(SHOP, 1, counted())
    shelf.refuses = True
    keeper.tidy([])
    shelf.refuses = False
    keeper.tidy([])
    assert shelf.states == {}


def test_what_the_store_did_not_forget_yet_does_not_come_back_with_the_next_reading() -> None:
    shelf = Shelf()
    keeper = begun(shelf)
    keeper.took(SHOP, 1, counted())
    shelf.refuses = True
    keeper.tidy([])
    shelf.refuses = False
    keeper.load()
    assert (shelf.states, values(keeper)) == ({}, {})


def test_the_first_run_after_the_store_can_be_read_has_its_faults_told() -> None:
    shelf = Shelf()
    shelf.refuses = True
    keeper = begun(shelf)
    shelf.refuses = False
    assert len(keeper.took(SHOP, 1, told(metric(value="x")))) == 1


def test_a_check_that_is_gone_before_the_store_could_be_read_goes_too() -> None:
    shelf = Shelf()
    begun(shelf).took(SHOP, 1, counted())
    shelf.refuses = True
    keeper = begun(shelf)
    keeper.took(BANK, 1, counted())
    shelf.refuses = False
    keeper.tidy([])  # reads the store
    keeper.tidy([])
    assert (shelf.states, values(keeper)) == ({}, {})


def test_a_run_that_comes_while_the_store_writes_is_written_after() -> None:
    class Slow(Shelf):
        def write(self, states: Mapping[str, str], gone: Collection[str] = ()) -> None:
            super().write(states, gone)
            if self.writes == 1:
                with keeper._lock:
                    keeper._put(SHOP, 2, counted())

    shelf = Slow()
    keeper = begun(shelf)
    keeper.took(SHOP, 1, counted())
    keeper.tidy([SHOP.uid])
    assert values(begun(shelf)) == {"shop_orders": 2}


def test_a_run_that_tells_nothing_costs_no_write() -> None:
    shelf = Shelf()
    keeper = begun(shelf)
    assert keeper.took(SHOP, 1, told()) == ()
    keeper.tidy([SHOP.uid])
    assert shelf.writes == 0


def test_faults_are_told_once_a_run_and_counted() -> None:
    keeper = begun(Shelf())
    bad = told(metric("a", "x"), metric("b", 1), metric("b", 2))
    assert len(keeper.took(SHOP, 1, bad)) == 2
    assert keeper.took(SHOP, 1, bad) == ()
    assert b'custom_metrics_refused_total{namespace="eu",healthcheck="shop"} 2\n' in keeper.text([SHOP])


@pytest.mark.parametrize(
    "state",
    [
        "",
        "{",
        '{"series": 7}',
        '{"series": [{"name": "process_open_fds", "kind": "gauge", "help": "A.", "run": 1, "value": 1}]}',
        '{"series": [{"name": "a b", "kind": "gauge", "help": "A.", "run": 1, "value": 1}]}',
        '{"series": [{"name": "a_b", "kind": "gauge", "help": "A\\n.", "run": 1, "value": 1}]}',
        '{"series": [{"name": "a_b", "kind": "summary", "help": "A.", "run": 1, "value": 1}]}',
        '{"series": [{"name": "a_b", "kind": "histogram", "help": "A.", "run": 1, "value": 1, "bounds": [1]}]}',
    ],
    ids=range(8),
)
def test_a_row_that_is_not_as_we_write_it_is_left_out(state: str) -> None:
    shelf = Shelf()
    begun(shelf).took(BANK, 1, counted())
    shelf.states[SHOP.uid] = state
    assert values(begun(shelf)) == {"bank_orders": 1}


def test_of_rows_that_cannot_be_shown_together_one_is() -> None:
    states: dict[str, str] = {}
    for uid, kind in (("a", "gauge"), ("b", "counter")):
        shelf = Shelf()
        begun(shelf).took(Meta("shop", uid, "eu"), 1, told(metric(kind=kind)))
        states |= shelf.states
    assert [len(kept.series) for kept in kept_of(states, Claims()).values()] == [1, 0]


def test_a_real_store_keeps_them_and_many_threads_lose_none(tmp_path: Path) -> None:
    open_sqlite(tmp_path, now=lambda: 0.0).dispose()
    shelf = CheckMetrics(tmp_path / FILE_NAME, "c")
    keeper = begun(shelf)
    checks = [Meta("shop", f"uid-{n}", f"ns-{n}") for n in range(4)]

    def runs(check: Meta) -> None:
        for run in range(10):
            keeper.took(check, run, counted(10**run))
            keeper.text(checks)

    with ThreadPoolExecutor() as pool:
        list(pool.map(runs, checks))
    for kept in (keeper, begun(shelf)):
        lines = kept.text(checks).decode().splitlines()
        assert sum(line.startswith("shop_orders{") and line.endswith(" 1111111111") for line in lines) == len(checks)


def test_an_error_that_is_none_of_the_stores_is_not_swallowed() -> None:
    class Broken(Shelf):
        def read(self) -> Mapping[str, str]:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Keeper(Broken()).load()
    assert issubclass(WriteFailed, StoreError)


def test_the_event_names_the_first_faults_and_counts_the_others() -> None:
    faults = [Finding(f'metric "m{n}"', "has no number as its value") for n in range(7)]
    event = event_of_faults(faults)
    assert event is not None
    assert (event.kind, event.reason) == ("Warning", "MetricsRefused")
    assert event.message.startswith('metric "m0" has no number as its value; metric "m1" has')
    assert event.message.endswith("; and 2 more")
    long = event_of_faults([Finding("x" * 999, "y" * 999)] * 7)
    assert long is not None
    assert len(long.message) == LONGEST
    assert event_of_faults([]) is None
