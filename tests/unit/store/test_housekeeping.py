import json
from pathlib import Path

from sqlalchemy import Engine, Table, func, select

from kubevigil.model.record import Record, RecordedContainer, RecordedTermination, TerminationClass, Workload
from kubevigil.store import schema
from kubevigil.store.database import open_sqlite
from kubevigil.store.housekeeping import Retention, tidy
from kubevigil.store.journal import Batch, Entry, Journal, PodRow

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


def store(directory: Path, *entries: Entry, at: float = 0.0) -> tuple[Engine, Journal]:
    engine = open_sqlite(directory, now=lambda: at)
    journal = Journal(engine, cluster="test", wall=lambda: at)
    journal.commit(Batch(rows={"uid": PodRow("shop", "{}")}, entries=list(entries)))
    return engine, journal


def count(engine: Engine, table: Table) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def test_the_rows_of_a_gone_pod_are_kept_for_a_day_and_then_dropped(tmp_path: Path) -> None:
    engine, journal = store(tmp_path)
    journal.commit(Batch(gone={"uid"}))
    tidy(engine, "test", set(), KEEP, now=DAY)
    assert count(engine, schema.ledger) == 1
    tidy(engine, "test", set(), KEEP, now=DAY + 1)
    assert count(engine, schema.ledger) == 0


def test_the_row_of_a_pod_that_is_there_stays_for_ever(tmp_path: Path) -> None:
    engine, _ = store(tmp_path)
    tidy(engine, "test", set(), KEEP, now=1000 * DAY)
    assert count(engine, schema.ledger) == 1


def test_identities_are_dropped_after_a_day(tmp_path: Path) -> None:
    engine, _ = store(tmp_path, entry("a", labels("web")))
    tidy(engine, "test", set(), KEEP, now=DAY + 1)
    assert count(engine, schema.seen) == 0


def test_records_are_bounded_by_age_and_by_number(tmp_path: Path) -> None:
    engine, _ = store(tmp_path, *(entry(str(i), labels("web")) for i in range(5)))
    tidy(engine, "test", set(), KEEP, now=1.0)
    assert count(engine, schema.crashes) == 3
    tidy(engine, "test", set(), KEEP, now=31 * DAY)
    assert count(engine, schema.crashes) == 0


def test_of_too_many_records_the_first_and_the_latest_of_a_container_stay_longest(tmp_path: Path) -> None:
    names = [f"{n:064}" for n in range(6)]
    engine, _ = store(tmp_path, *(entry(name, labels("web")) for name in names))
    tidy(engine, "test", set(), KEEP, now=DAY)
    assert kept(engine) == [names[0], names[4], names[5]]
    tidy(engine, "test", set(), KEEP._replace(most_records=2), now=DAY)
    assert kept(engine) == [names[0], names[5]]
    tidy(engine, "test", set(), KEEP._replace(most_records=1), now=DAY)
    assert kept(engine) == [names[5]]


def kept(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.scalars(select(schema.crashes.c.id).order_by(schema.crashes.c.id)))


def test_a_workloads_counters_go_seven_days_after_its_last_pod(tmp_path: Path) -> None:
    engine, _ = store(tmp_path, entry("a", labels("web")), entry("b", labels("gone")), entry("c", labels("", "Job")))
    live = {("shop", "Deployment", "web"), ("shop", "Job", "import")}
    assert tidy(engine, "test", live, KEEP, now=DAY) == []
    assert tidy(engine, "test", live, KEEP, now=8 * DAY) == []
    assert tidy(engine, "test", live, KEEP, now=8 * DAY + 1) == [labels("gone")]
    with engine.connect() as connection:
        left = connection.scalars(select(schema.workload_counters.c.labels)).all()
    assert sorted(json.loads(text)[2] for text in left) == ["", "web"]


def test_a_workload_that_has_a_pod_again_in_time_keeps_its_counters(tmp_path: Path) -> None:
    engine, _ = store(tmp_path, entry("a", labels("web")))
    tidy(engine, "test", set(), KEEP, now=0.0)
    tidy(engine, "test", {("shop", "Deployment", "web")}, KEEP, now=6 * DAY)
    assert tidy(engine, "test", set(), KEEP, now=8 * DAY) == []
