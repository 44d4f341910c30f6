"""Bodies of logs keep within their limit; records, and of each series the first and the latest body, stay longest."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from kubevigil.store.batch import Batch
from kubevigil.store.housekeeping import Retention
from kubevigil.store.yielding import Body, bytes_kept, chosen, give_up

from .making import NOW, Store, noise, record, said
from .places import CLUSTER, Place, opened_archive, opened_outbox

DAY = 24 * 3600.0
KEPT = "SELECT seq FROM kubevigil_crash_logs JOIN kubevigil_crash_order USING (id) WHERE body IS NOT NULL ORDER BY seq"
BODIES = st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 50)), max_size=30).map(
    lambda rows: [Body(str(n), series, size) for n, (series, size) in enumerate(rows)]
)


@given(BODIES, st.integers(-5, 1000))
def test_enough_goes_and_not_one_more_than_that(bodies: list[Body], surplus: int) -> None:
    gone = chosen(bodies, surplus)
    assert len(set(gone)) == len(gone)
    assert sum(b.size for b in gone) >= min(surplus, sum(b.size for b in bodies))
    assert sum(b.size for b in gone[:-1]) < max(surplus, 1)


@given(BODIES, st.integers(0, 1000))
def test_no_first_or_latest_of_a_series_goes_before_all_those_between(bodies: list[Body], surplus: int) -> None:
    gone = chosen(bodies, surplus)
    left = [b for b in bodies if b not in gone]
    sizes = Counter(b.series for b in bodies)
    ends = {end for s in sizes for of in [[b for b in bodies if b.series == s]] for end in (of[0], of[-1])}
    if ends & set(gone):
        assert set(left) <= ends
    between = [b for b in bodies if b not in ends]
    assert [b for b in gone if b not in ends] == between[: sum(b not in ends for b in gone)]
    assert [b for b in gone if b in ends] == [b for b in bodies if b in ends][: len(ends & set(gone))]


def test_a_storm_keeps_within_the_limit_and_keeps_the_first_and_the_latest_and_every_record(place: Place) -> None:
    store = Store(place, most_log_bytes=60_000)
    given_up = most = 0
    for number in range(100):
        store.crash(number)
        committed = store.journal.commit(Batch(evidence={record(number).id: said(noise(4000, number))}))
        given_up += committed.given_up
        most = max(most, int(str(store.one("SELECT sum(size) FROM kubevigil_crash_logs"))))
    assert most <= 66_000
    kept = [seq for (seq,) in store.rows(KEPT)]
    assert (kept[0], kept[-1]) == (1, 100)
    assert kept[1:] == list(range(102 - len(kept), 101))
    assert given_up == 100 - len(kept) == store.one("SELECT count(*) FROM kubevigil_crash_logs WHERE dropped")
    records, _ = opened_archive(place).newer_than(0, texts=True)
    assert [r.container.restart_count for r in records] == list(range(100))
    logs = [r.log for r in records if r.log is not None]
    assert [log.bytes for log in logs] == [4000] * 100
    assert all(log.dropped == (not log.text) for log in logs)


def test_between_two_cuts_nobody_looks_at_all_bodies(place: Place) -> None:
    store = Store(place, most_log_bytes=60_000)
    cuts = sum(
        bool(store.journal.commit(Batch(evidence={store.crash(n)[0].id: said(noise(2000, n))})).given_up)
        for n in range(200)
    )
    assert cuts <= 200 * 1_200 / 6_000


def test_a_body_that_is_larger_than_all_may_be_is_told_as_dropped_and_not_as_given_up(place: Place) -> None:
    store = Store(place, most_log_bytes=100)
    (dead,) = store.crash(1)
    committed = store.journal.commit(Batch(evidence={dead.id: said(noise(4000))}))
    assert (committed.settled[dead.id].log.dropped, committed.given_up) == (True, 0)
    assert store.one("SELECT dropped FROM kubevigil_crash_logs") == 1


def test_what_another_process_or_a_former_one_wrote_counts_too(place: Place) -> None:
    Store(place).crash(*range(20), evidence=lambda n: said(noise(4000, n)))
    store = Store(place, most_log_bytes=10_000)
    store.crash(20, evidence=lambda n: said(noise(4000, n)))
    assert [seq for (seq,) in store.rows(KEPT)] == [1, 19, 20, 21]


def test_what_another_process_writes_meanwhile_counts_from_the_next_housekeeping_on(place: Place) -> None:
    store = Store(place, most_log_bytes=10_000)
    store.crash(1, evidence=lambda n: said(noise(4000, n)))
    Store(place).crash(*range(2, 10), evidence=lambda n: said(noise(4000, n)))
    store.journal.tidy(set(), Retention(workloads=DAY, records=DAY, most_records=100))
    store.crash(10, evidence=lambda n: said(noise(4000, n)))
    assert [seq for (seq,) in store.rows(KEPT)] == [1, 8, 9, 10]


def test_the_oldest_of_all_series_go_first(place: Place) -> None:
    store = Store(place, most_log_bytes=16_000)
    for number in range(10):
        store.crash(number, pod="ab"[number % 2], evidence=lambda n: said(noise(4000, n)))
    assert [seq for (seq,) in store.rows(KEPT)] == [1, 2, 7, 8, 9, 10]


def test_a_record_takes_its_log_with_it_by_age_and_by_number(place: Place) -> None:
    store = Store(place)
    for number in range(6):
        store.now = NOW + number * 60
        store.crash(number, evidence=lambda n: said(noise(400, n)))
    store.journal.tidy(set(), Retention(workloads=DAY, records=270.0, most_records=100))
    assert [seq for (seq,) in store.rows(KEPT)] == [2, 3, 4, 5, 6]
    store.journal.tidy(set(), Retention(workloads=DAY, records=DAY, most_records=2))
    assert [seq for (seq,) in store.rows(KEPT)] == [2, 6]
    assert store.one("SELECT count(*) FROM kubevigil_crash_logs") == 2


@given(BODIES, st.sets(st.integers(0, 29)), st.integers(0, 1000))
def test_no_body_that_a_sink_is_to_get_goes_before_all_others(
    bodies: list[Body], waiting: set[int], surplus: int
) -> None:
    bodies = [body._replace(waits=int(body.id) in waiting) for body in bodies]
    gone = chosen(bodies, surplus)
    if any(body.waits for body in gone):
        assert all(body.waits for body in bodies if body not in gone)
    assert [body.waits for body in gone] == sorted(body.waits for body in gone)


def test_of_bodies_those_that_were_sent_go_first(place: Place) -> None:
    store = Store(place, sinks=("es",))
    store.crash(*range(10), evidence=lambda n: said(noise(4000, n)))
    outbox = opened_outbox(place, "es")
    outbox.sent([record(number).id for number in (0, 4, 9)], NOW)
    outbox.dead(record(6).id, "no")
    with store.engine.begin() as connection:
        gone = give_up(connection, CLUSTER, int(bytes_kept(connection, CLUSTER) * 0.45))
    assert [body.id for body in gone] == [record(number).id for number in (4, 6, 0, 9, 1, 2)]
