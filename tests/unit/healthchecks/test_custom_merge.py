"""Runs are put together by the type of the metric, each once, and no check gets another's name."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubevigil.healthchecks.custom_claims import Claims
from kubevigil.healthchecks.custom_merge import MOST_IN_ALL, RUNS_KEPT, Owner
from kubevigil.healthchecks.custom_merge import merge as merge_run
from kubevigil.healthchecks.custom_parse import MOST, MOST_BUCKETS
from kubevigil.healthchecks.custom_series import Kept, Series

from .telling import metric, told

ALONE = Claims()


def merge(check: str, kept: Kept, run: int, metrics: Any, others: Claims) -> Any:
    return merge_run(Owner("ours", check), kept, run, metrics, others)


def others(*kept: Kept) -> Claims:
    claims = Claims()
    for number, theirs in enumerate(kept):
        claims.put(f"theirs-{number}", theirs)
    return claims


def after(*runs: Any, kept: Kept = Kept(), check: str = "shop") -> Kept:  # noqa: B008  a frozen struct
    """After runs 1, 2, ... of one metric each, or of a list of them."""
    for number, run in enumerate(runs, start=len(kept.runs) + 1):
        kept, faults = merge(check, kept, number, told(*(run if isinstance(run, list) else [run])).metrics, ALONE)
        assert not faults
    return kept


def refused(kept: Kept, *metrics: Any, run: int = 99, others: Claims = ALONE, check: str = "shop") -> list[str]:
    return [str(fault) for fault in merge(check, kept, run, told(*metrics).metrics, others)[1]]


def one(kept: Kept) -> Series:
    (series,) = kept.series
    return series


def others_of(check: str, *metrics: Any) -> Claims:
    return others(after(list(metrics), check=check))


def test_a_gauge_is_set() -> None:
    assert one(after(metric(value=5), metric(value=-2))) == Series("shop_orders", "gauge", "Orders.", 2, -2.0)


def test_a_counter_is_added_to() -> None:
    assert one(after(metric(value=5, kind="counter"), metric(value=0.5, kind="counter"))).value == 5.5


def test_a_histogram_has_one_observation_of_each_run() -> None:
    values = (0.5, 1, 1.5, 2, 7)
    series = one(after(*(metric(value=value, kind="histogram", buckets=[1, 2]) for value in values)))
    assert (series.bounds, series.counts, series.value) == ((1.0, 2.0), (2, 2, 1), 12.0)


@given(st.lists(st.sampled_from(range(6)), max_size=30))
def test_a_run_counts_once_however_often_its_end_is_seen(ends: list[int]) -> None:
    kept = Kept()
    for run in ends:
        kept, _ = merge("shop", kept, run, told(metric(value=10**run, kind="counter")).metrics, ALONE)
    assert sum(series.value for series in kept.series) == sum(10**run for run in set(ends))


def test_a_run_that_is_seen_again_changes_nothing_and_has_no_faults() -> None:
    kept = after(metric())
    assert merge("shop", kept, 1, told(metric(value=7), metric(value=8)).metrics, ALONE) == (kept, [])


def test_the_clock_may_go_back() -> None:
    kept, _ = merge("shop", Kept(), 100, told(metric(kind="counter")).metrics, ALONE)
    kept, _ = merge("shop", kept, 50, told(metric(kind="counter")).metrics, ALONE)
    assert (one(kept).value, kept.runs) == (2, (100, 50))


def test_runs_are_remembered_up_to_a_number() -> None:
    kept = after(*[metric()] * (RUNS_KEPT + 5))
    assert kept.runs == tuple(range(6, RUNS_KEPT + 6))


@pytest.mark.parametrize(
    "changed",
    [metric(value=3, kind="counter"), metric(value=3, kind="histogram", buckets=[1]), metric(value=3)],
    ids=["counter", "other buckets", "gauge"],
)
def test_what_is_not_what_it_was_begins_anew(changed: Any) -> None:
    series = one(after(metric(value=2, kind="histogram", buckets=[1, 2]), changed))
    assert (series.value, sum(series.counts)) == (3, 1 if series.kind == "histogram" else 0)


def test_the_help_of_a_check_alone_is_the_latest() -> None:
    assert one(after(metric(help_="Old."), metric(help_="New."))).help == "New."


def test_what_a_run_does_not_tell_stays() -> None:
    assert [s.name for s in after(metric("a"), metric("b")).series] == ["shop_a", "shop_b"]


def test_what_a_run_tells_twice_is_taken_once() -> None:
    kept, faults = merge("shop", Kept(), 1, told(metric("a.b", 1), metric("a_b", 2), metric("c")).metrics, ALONE)
    assert [(s.name, s.value) for s in kept.series] == [("shop_a_b", 1), ("shop_c", 1)]
    assert [str(f) for f in faults] == ['metric "a_b" is told more than once by one run: the first is taken']


@pytest.mark.parametrize("kind", ["counter", "histogram"])
def test_a_sum_that_no_number_can_hold_is_refused_and_stays_as_it_was(kind: str) -> None:
    kept = after(metric(value=1.7e308, kind=kind))
    again, (fault,) = merge("shop", kept, 2, told(metric(value=1.7e308, kind=kind)).metrics, ALONE)
    assert str(fault) == 'metric "orders" would become too large a number'
    assert again.series == kept.series


def test_checks_of_one_name_share_a_family() -> None:
    assert refused(Kept(), metric(kind="counter"), others=others_of("shop", metric(kind="counter"))) == []


def test_another_type_or_help_than_another_checks_is_refused() -> None:
    theirs = others_of("a", metric("b_c", kind="counter", help_="Theirs."))
    (type_,) = refused(Kept(), metric("c", kind="gauge", help_="Theirs."), others=theirs, check="a-b")
    assert type_ == 'metric "c" would be called a_b_c, which is a counter of another check: rename one of them'
    (help_,) = refused(Kept(), metric("c", kind="counter", help_="Ours."), others=theirs, check="a-b")
    assert help_ == 'metric "c" would be called a_b_c, which another check tells with another help: give both the same'


def test_two_checks_that_both_change_the_help_of_what_they_share_do_not_block_each_other_for_ever() -> None:
    a = b = after(metric(help_="Old."))
    new = told(metric(help_="New.")).metrics
    for run in (2, 3):
        a, _ = merge("shop", a, run, new, others(b))
        b, _ = merge("shop", b, run, new, others(a))
    assert one(a).help == one(b).help == "New."


@pytest.mark.parametrize("part", ["orders_bucket", "orders_sum", "orders_count"])
def test_the_names_of_a_histograms_samples_are_taken_whoever_comes_first(part: str) -> None:
    histogram, gauge = metric(kind="histogram"), metric(part)
    for first, second in ((histogram, gauge), (gauge, histogram)):
        assert "which is taken by shop_orders" in refused(after(first), second)[0]
        assert "of another check" in refused(Kept(), second, others=others_of("shop", first))[0]


def test_a_reserved_name_is_refused_and_leaves_nothing() -> None:
    kept, faults = merge("kubevigil", Kept(), 1, told(metric("synced")).metrics, ALONE)
    assert kept.series == ()
    assert "kubevigil_* is not for checks" in str(faults[0])


def test_a_check_has_at_most_fifty() -> None:
    kept = after([metric(f"m{n}") for n in range(MOST)])
    assert refused(kept, metric("more")) == ['metric "more" is one too many: 50 of one check are shown']
    assert refused(kept, metric("m7", 2)) == []


def test_a_new_metric_takes_the_place_of_one_that_no_run_told_for_long() -> None:
    kept = after([metric(f"m{n}") for n in range(MOST)])
    told_of = [metric(f"m{n}") for n in range(MOST) if n != 7]
    kept = after(*[told_of] * (RUNS_KEPT - 1), kept=kept)
    assert refused(kept, metric("more"), run=RUNS_KEPT + 1) != []
    kept, _ = merge("shop", kept, RUNS_KEPT + 1, told(*told_of).metrics, ALONE)
    kept, faults = merge("shop", kept, RUNS_KEPT + 2, told(*told_of[1:], metric("more")).metrics, ALONE)
    names = {series.name for series in kept.series}
    assert not faults
    assert len(names) == MOST
    assert "shop_more" in names
    assert "shop_m7" not in names


def test_all_checks_together_have_at_most_a_thousand() -> None:
    full = [after([metric(f"m{n}") for n in range(MOST)], check=f"c{k}") for k in range(MOST_IN_ALL // MOST)]
    assert refused(Kept(), metric(), others=others(*full)) == [
        'metric "orders" is one too many: 1,000 of all checks are shown'
    ]
    assert refused(Kept(), metric(), others=others(*full[1:])) == []


def test_a_check_that_is_among_the_thousand_goes_on_to_tell_its_metrics() -> None:
    full = [after([metric(f"m{n}") for n in range(MOST)], check=f"c{k}") for k in range(MOST_IN_ALL // MOST)]
    claims = others(*full[1:])
    claims.put("ours", full[0])
    assert refused(full[0], metric("m7", 2), others=claims, check="c0") == []


def test_a_check_can_have_no_more_samples_than_its_metrics_allow() -> None:
    widest = metric(kind="histogram", buckets=list(range(MOST_BUCKETS)))
    assert len(one(after(widest)).counts) == MOST_BUCKETS + 1
