"""Rows of its history as records: the same for the same row, of its moment, with a pod only where that is sure."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from kubevigil.moving.history import Pods, id_of, moment_of, record_of, series_of
from kubevigil.moving.rows import Counted, Crash, counted_of, crash_of

DATE = datetime(2026, 3, 1, 12, 0, 0)  # noqa: DTZ001  as the database gives it
MOMENT = 1_772_366_400.0
CRASH = Crash(7, "shop", "app", 3, DATE)
NOBODY = Pods([])


def counted(ahead: float = 0.0, pod: str = "web-1", **changes: Any) -> Counted:
    row = Counted("shop", pod, "app", 3, int(MOMENT + ahead))
    return row._replace(**changes)


def test_the_same_row_has_the_same_id_and_every_other_row_another() -> None:
    others = [
        CRASH._replace(id=8),
        CRASH._replace(namespace="pay"),
        CRASH._replace(container="db"),
        CRASH._replace(restart_count=4),
        CRASH._replace(date=DATE + timedelta(seconds=1)),
    ]
    assert id_of(CRASH, "dev") == id_of(Crash(*CRASH), "dev")
    assert len({id_of(one, "dev") for one in (CRASH, *others)} | {id_of(CRASH, "prod")}) == 7


def test_a_date_is_a_moment_in_the_zone_of_its_container() -> None:
    assert moment_of(CRASH, UTC) == MOMENT
    assert moment_of(CRASH, ZoneInfo("Asia/Kolkata")) == MOMENT - 19_800


def test_the_id_does_not_change_with_the_zone() -> None:
    ids = {record_of(CRASH, "dev", moment_of(CRASH, zone), NOBODY).id for zone in (UTC, ZoneInfo("Asia/Tokyo"))}
    assert len(ids) == 1


def test_namespaces_do_not_share_a_series() -> None:
    records = [record_of(CRASH._replace(namespace=name), "dev", MOMENT, NOBODY) for name in ("shop", "pay")]
    assert series_of(records[0]) != series_of(records[1])
    assert series_of(records[0]) == series_of(record_of(CRASH._replace(id=9), "dev", MOMENT, NOBODY))


def test_a_pod_is_named_only_where_one_and_only_one_fits() -> None:
    assert Pods([counted(1)]).of(CRASH, MOMENT) == "web-1"
    assert Pods([counted(60)]).of(CRASH, MOMENT) == ""
    assert Pods([counted(1), counted(1, "web-2")]).of(CRASH, MOMENT) == ""
    assert Pods([counted(1), counted(3600, "web-2")]).of(CRASH, MOMENT) == "web-1"
    assert Pods([counted(1, restart_count=4)]).of(CRASH, MOMENT) == ""
    assert Pods([counted(1, namespace="pay")]).of(CRASH, MOMENT) == ""


def some(number: int, ahead: float) -> tuple[list[Crash], list[Counted]]:
    crashes = [CRASH._replace(restart_count=count) for count in range(number)]
    return crashes, [counted(-ahead, restart_count=count) for count in range(number)]


@given(quarters=st.integers(-56, 56), jitter=st.floats(-9, 9))
def test_a_zone_that_is_not_utc_shows(quarters: int, jitter: float) -> None:
    crashes, rows = some(3, quarters * 900 + jitter)
    assert Pods(rows).offset(crashes, UTC) == quarters * 900


def test_few_or_contradicting_rows_show_no_zone() -> None:
    crashes, rows = some(2, 3600)
    assert Pods(rows).offset(crashes, UTC) == 0
    crashes, rows = some(3, 3600)
    more = [counted(count * 900.0, restart_count=10 + count) for count in range(1, 5)]
    crashes += [CRASH._replace(restart_count=10 + count) for count in range(1, 5)]
    assert Pods(rows).offset(crashes, UTC) == 3600
    assert Pods(rows + more).offset(crashes, UTC) == 0
    assert NOBODY.offset(crashes, UTC) == 0
    days, rows = some(3, 86_400 * 30)
    assert Pods(rows).offset(days, UTC) == 0


ODD = st.one_of(st.none(), st.text(), st.integers(), st.datetimes(), st.binary())
NAMES = st.one_of(st.just("app"), ODD)
COUNTS = st.one_of(st.integers(0, 9), ODD)


@given(st.tuples(st.integers(1), NAMES, NAMES, COUNTS, st.one_of(st.just(DATE), ODD)))
def test_a_row_of_anything_is_a_crash_or_none(row: tuple[Any, ...]) -> None:
    found = crash_of(row)
    if found is not None:
        record = record_of(found, "dev", moment_of(found, UTC), NOBODY)
        assert (record.namespace + record.container.name).isascii()
        assert 0 <= record.container.restart_count < 2**31


@given(st.tuples(NAMES, NAMES, NAMES, COUNTS, COUNTS))
def test_a_row_of_anything_is_of_a_pod_or_none(row: tuple[Any, ...]) -> None:
    found = counted_of(row)
    assert found is None or Pods([found]).of(CRASH, MOMENT) == ""
