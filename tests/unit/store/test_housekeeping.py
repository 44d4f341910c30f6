import json
from collections.abc import Iterable

from sqlalchemy import Engine, Table, func, select

from kubevigil.model.record import Record, RecordedContainer, RecordedTermination, TerminationClass, Workload
from kubevigil.store import schema
from kubevigil.store.housekeeping import Retention, tidy
from kubevigil.store.journal import Batch, Entry, Journal, PodRow

from .making import Store, said
from .making import record as made
from .places import Place, opened, opened_archive, opened_outbox

DAY = 24 * 3600.0
KEEP = Retention(workloads=7 * DAY, records=30 * DAY, most_records=3)


def labels(name: str, kind: str = "Deployment") -> tuple[str, ...]:
    return ("shop", kind, name, "app", "app", "error", "Error", "1")


def entry(id_: str, counter: tuple[str, ...]) -> Entry:
    record = Record(
        id=id_,
        cluster="test",
        namespace="shop",
        pod="p",
        pod_uid="uid",
        node="n",
        workload=Workload("Deployment", "web"),
        container=RecordedContainer("app", "app"),
        termination=RecordedTermination(class_=TerminationClass.ERROR, observed_at="2026-01-01T00:00:00.000Z"),
    )
    return Entry(record, counter)


def store(place: Place, *entries: Entry, at: float = 0.0) -> tuple[Engine, Journal]:
    engine = opened(place, now=lambda: at)
    journal = Journal(engine, cluster="test", wall=lambda: at)
    journal.commit(Batch(rows={"uid": PodRow("shop", "{}")}, entries=list(entries)))
    return engine, journal


def count(engine: Engine, table: Table) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def test_the_rows_of_a_gone_pod_are_kept_for_a_day_and_then_dropped(place: Place) -> None:
    engine, journal = store(place)
    journal.commit(Batch(gone={"uid"}))
    tidy(engine, "test", set(), KEEP, now=DAY)
    assert count(engine, schema.ledger) == 1
    tidy(engine, "test", set(), KEEP, now=DAY + 1)
    assert count(engine, schema.ledger) == 0


def test_the_row_of_a_pod_that_is_there_stays_for_ever(place: Place) -> None:
    engine, _ = store(place)
    tidy(engine, "test", set(), KEEP, now=1000 * DAY)
    assert count(engine, schema.ledger) == 1


def test_identities_are_dropped_after_a_day(place: Place) -> None:
    engine, _ = store(place, entry("a", labels("web")))
    tidy(engine, "test", set(), KEEP, now=DAY + 1)
    assert count(engine, schema.seen) == 0


def test_records_are_bounded_by_age_and_by_number(place: Place) -> None:
    engine, _ = store(place, *(entry(str(i), labels("web")) for i in range(5)))
    tidy(engine, "test", set(), KEEP, now=1.0)
    assert count(engine, schema.crashes) == 3
    tidy(engine, "test", set(), KEEP, now=31 * DAY)
    assert count(engine, schema.crashes) == 0


def test_of_too_many_records_the_first_and_the_latest_of_a_container_stay_longest(place: Place) -> None:
    names = [f"{n:064}" for n in range(6)]
    engine, _ = store(place, *(entry(name, labels("web")) for name in names))
    tidy(engine, "test", set(), KEEP, now=DAY)
    assert kept(engine) == [names[0], names[4], names[5]]
    tidy(engine, "test", set(), KEEP._replace(most_records=2), now=DAY)
    assert kept(engine) == [names[0], names[5]]
    tidy(engine, "test", set(), KEEP._replace(most_records=1), now=DAY)
    assert kept(engine) == [names[5]]


def kept(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.scalars(select(schema.crashes.c.id).order_by(schema.crashes.c.id)))


def test_a_workloads_counters_go_seven_days_after_its_last_pod(place: Place) -> None:
    engine, _ = store(place, entry("a", labels("web")), entry("b", labels("gone")), entry("c", labels("", "Job")))
    live = {("shop", "Deployment", "web"), ("shop", "Job", "import")}
    assert tidy(engine, "test", live, KEEP, now=DAY) == []
    assert tidy(engine, "test", live, KEEP, now=8 * DAY) == []
    assert tidy(engine, "test", live, KEEP, now=8 * DAY + 1) == [labels("gone")]
    with engine.connect() as connection:
        left = connection.scalars(select(schema.workload_counters.c.labels)).all()
    assert sorted(json.loads(text)[2] for text in left) == ["", "web"]


def test_a_workload_that_has_a_pod_again_in_time_keeps_its_counters(place: Place) -> None:
    engine, _ = store(place, entry("a", labels("web")))
    tidy(engine, "test", set(), KEEP, now=0.0)
    tidy(engine, "test", {("shop", "Deployment", "web")}, KEEP, now=6 * DAY)
    assert tidy(engine, "test", set(), KEEP, now=8 * DAY) == []


RECORD_DAYS = 30 * DAY


def waiting_store(place: Place, numbers: Iterable[int]) -> Store:
    """Crashes of one container, each of them waiting for the sink."""
    store = Store(place, sinks=("es",), now=0.0)
    store.crash(*numbers, evidence=lambda n: said(str(n)))
    return store


def left(store: Store) -> list[object]:
    """The numbers of the crashes that are left."""
    numbers = {made(n).id: n for n in range(20)}
    rows = store.rows("SELECT id FROM kubevigil_crash_order ORDER BY seq")
    return [numbers[str(id_)] for (id_,) in rows]


def test_a_crash_that_waits_for_its_sink_outlives_those_that_are_sent(place: Place) -> None:
    store = waiting_store(place, range(6))
    outbox = opened_outbox(place, "es")
    outbox.sent([made(n).id for n in (0, 1, 4)], 1.0)
    outbox.dead(made(5).id, "no")
    store.now = RECORD_DAYS + 1
    store.journal.tidy(set(), Retention(1.0, RECORD_DAYS, 100))
    assert left(store) == [2, 3]
    assert outbox.balance(1.0)[:5] == (6, 2, 3, 0, 1)


def test_of_too_many_crashes_those_that_are_sent_go_first_and_those_that_wait_last_and_counted(place: Place) -> None:
    store = waiting_store(place, range(6))
    outbox = opened_outbox(place, "es")
    outbox.sent([made(n).id for n in (0, 3, 5)], 1.0)
    for most, kept in ((4, [1, 2, 4, 5]), (3, [1, 2, 4]), (2, [1, 4]), (1, [4]), (0, [])):
        store.journal.tidy(set(), Retention(1.0, RECORD_DAYS, most))
        assert left(store) == kept
    assert outbox.balance(1.0)[:5] == (6, 0, 3, 0, 3)
    assert store.one("SELECT count(*) FROM kubevigil_outbox") == 0


def test_a_sink_that_is_not_configured_any_more_keeps_no_crash(place: Place) -> None:
    waiting_store(place, range(3))
    store = Store(place, sinks=("another",), now=RECORD_DAYS + 1)
    store.journal.tidy(set(), Retention(1.0, RECORD_DAYS, 100))
    assert left(store) == []
    assert opened_outbox(place, "es").balance(1.0)[:5] == (3, 0, 0, 0, 3)


def test_a_crash_that_one_of_two_sinks_has_waits_for_the_other(place: Place) -> None:
    store = Store(place, sinks=("a", "b"), now=0.0)
    store.crash(1)
    opened_outbox(place, "a").sent([made(1).id], 1.0)
    store.now = RECORD_DAYS + 1
    store.journal.tidy(set(), Retention(1.0, RECORD_DAYS, 100))
    assert left(store) == [1]
    opened_outbox(place, "b").sent([made(1).id], 1.0)
    store.journal.tidy(set(), Retention(1.0, RECORD_DAYS, 100))
    assert store.one("SELECT count(*) FROM kubevigil_outbox") == 0


def test_a_row_in_a_state_that_nobody_knows_does_not_stop_the_housekeeping(place: Place) -> None:
    store = waiting_store(place, [1])
    with store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE kubevigil_outbox SET state = 'odd'")
    assert opened_archive(place).find(made(1).id)[0].delivery == ()
    store.now = RECORD_DAYS + 1
    store.journal.tidy(set(), Retention(1.0, RECORD_DAYS, 100))
    assert store.one("SELECT count(*) FROM kubevigil_outbox") == 0
