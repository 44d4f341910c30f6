"""Every panel of the boards, asked of a real engine: the numbers are those of the crashes that were sent."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from kubevigil.delivery.client import Client
from kubevigil.delivery.documents import Format
from kubevigil.delivery.setup.applying import set_up
from kubevigil.delivery.setup.wanted import Wanted
from kubevigil.delivery.verdicts import Sent
from kubevigil.model.record import Record
from tests.unit.kibana.boards import Saved, board, fields_of_link, index_pattern

from .crashes import DAYS, ended_at, most, sent, three_days
from .engine import Engine, index_prefix
from .panels import Row, body_of, rows_of, within

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

RECORDS = three_days()
ALL = ("2026-11-19", "2026-11-22")
SECOND_DAY = ("2026-11-20", "2026-11-21")
EXIT_CODES = (0, 1, 2, 126, 127, 128, 132, 134, 135, 136, 137, 139, 143, 255)
REASONS = ("Error", "OOMKilled", "Completed", "StartError", "ContainerCannotRun")


@pytest.fixture(scope="module", params=list(Format))
def shown(request: pytest.FixtureRequest, engine: Engine) -> "Shown":
    """An engine that has all crashes in one of the formats, and that format's board."""
    client = Client([engine.url])
    prefix = index_prefix(f"boards-{request.param}")
    set_up(client, Wanted(prefix))
    assert set(sent(client, request.param, prefix, RECORDS).values()) == {Sent()}
    client.close()
    return Shown(engine, request.param, prefix)


class Shown:
    """What Kibana shows of a board."""

    def __init__(self, engine: Engine, format_: Format, prefix: str) -> None:
        self.format = format_
        self._engine = engine
        self._objects = board(format_, indexPattern=f"{prefix}*")
        self._ids = "kubevigil-crash-" + ("" if format_ is Format.ECS else "legacy-")

    def object(self, name: str) -> Saved:
        return self._objects[self._ids + name]

    def names(self) -> set[str]:
        """Of all that show documents."""
        shows = (each.id for each in self._objects.values() if each.type == "search" or each.aggs)
        return {id_.removeprefix(self._ids) for id_ in shows}

    def rows(self, name: str, days: tuple[str, str] = ALL) -> list[Row]:
        saved = self.object(name)
        return rows_of(saved, self._search(body_of(saved, self._within(days))))

    def hits(self, days: tuple[str, str] = ALL) -> list[Any]:
        """Of the saved search, in its order."""
        sort = [{field: {"order": order}} for field, order in self.object("logs").attributes["sort"]]
        body = {"size": 1_000, "query": self._within(days), "sort": sort}
        hits: list[Any] = self._search(body)["hits"]["hits"]
        return hits

    def found(self, phrases: dict[str, str]) -> set[str]:
        """The crashes that have all of these, as KQL finds them."""
        query = {"bool": {"filter": [{"match_phrase": {field: phrase}} for field, phrase in phrases.items()]}}
        return {hit["_id"] for hit in self._search({"size": 1_000, "query": query})["hits"]["hits"]}

    def _search(self, body: dict[str, Any]) -> Any:
        return self._engine.search(index_pattern(self._objects).attributes["title"], body)

    def _within(self, days: tuple[str, str]) -> dict[str, Any]:
        return within(index_pattern(self._objects).attributes["timeFieldName"], *days)


def of(days: tuple[str, str]) -> list[Record]:
    return [record for record in RECORDS if days[0] <= (record.termination.finished_at or "") < days[1]]


def day(record: Record) -> str:
    return (record.termination.finished_at or "")[:10]


def pods(shown: Shown, records: Iterable[Record]) -> int:
    """Pods of one name in two namespaces are two, which the legacy fields cannot tell."""
    return len({record.pod_uid if shown.format is Format.ECS else record.pod for record in records})


def latest(records: Iterable[Record]) -> float:
    return max(map(ended_at, records)) * 1_000


def grouped(records: Iterable[Record], *keys: Callable[[Record], Any]) -> dict[tuple[Any, ...], list[Record]]:
    groups: dict[tuple[Any, ...], list[Record]] = defaultdict(list)
    for record in records:
        groups[tuple(key(record) for key in keys)].append(record)
    return groups


def counted(records: Iterable[Record], *keys: Callable[[Record], Any]) -> dict[tuple[Any, ...], tuple[int]]:
    return {labels: (len(found),) for labels, found in grouped(records, *keys).items()}


def namespace(record: Record) -> str:
    return record.namespace


def busiest(records: list[Record]) -> list[Record]:
    """Those in the ten namespaces that a board names."""
    names = most(records, namespace, 10)
    return [record for record in records if record.namespace in names]


def test_the_crashes_are_such_that_a_wrong_panel_shows() -> None:
    assert {day(record) for record in RECORDS} == set(DAYS)
    assert len({record.namespace for record in RECORDS}) > 10
    assert len({record.workload.name for record in RECORDS}) > 20
    assert len({(record.termination.reason, record.termination.exit_code) for record in RECORDS}) == 8


def test_every_panel_has_a_test_below(shown: Shown) -> None:
    common = {"total", "over-time", "by-namespace", "namespaces-over-time", "by-reason", "logs"}
    own = {"by-workload"} if shown.format is Format.ECS else {"by-container", "by-exit-code"}
    assert shown.names() == common | own


@pytest.mark.parametrize("days", [ALL, SECOND_DAY], ids=["all", "one day"])
def test_total(shown: Shown, days: tuple[str, str]) -> None:
    records = of(days)
    assert shown.rows("total", days) == [
        ((), (len(records), pods(shown, records), len({record.namespace for record in records})))
    ]


def test_over_time(shown: Shown) -> None:
    by_class = shown.format is Format.ECS
    keys = [lambda record: record.termination.class_.value, day] if by_class else [day]
    assert dict(shown.rows("over-time")) == counted(RECORDS, *keys)


@pytest.mark.parametrize("days", [ALL, SECOND_DAY], ids=["all", "one day"])
def test_by_namespace(shown: Shown, days: tuple[str, str]) -> None:
    records = of(days)
    named = busiest(records)
    rows = shown.rows("by-namespace", days)
    assert dict(rows) == {**counted(named, namespace), ("other",): (len(records) - len(named),)}
    assert [labels[0] for labels, _ in rows] == [*most(records, namespace, 10), "other"]


def test_by_namespace_over_time(shown: Shown) -> None:
    assert dict(shown.rows("namespaces-over-time")) == counted(busiest(RECORDS), namespace, day)


def test_by_reason_and_exit_code(shown: Shown) -> None:
    if shown.format is Format.LEGACY:
        reasons = Counter(record.termination.reason for record in RECORDS)
        codes = Counter(record.termination.exit_code for record in RECORDS)
        assert dict(shown.rows("by-reason")) == {(name,): (reasons[name],) for name in REASONS if reasons[name]}
        assert dict(shown.rows("by-exit-code")) == {(str(code),): (codes[code],) for code in EXIT_CODES if codes[code]}
        return
    groups = grouped(
        RECORDS, lambda record: record.termination.reason or "none given", lambda record: record.termination.exit_code
    )
    assert dict(shown.rows("by-reason")) == {
        labels: (len(found), pods(shown, found)) for labels, found in groups.items()
    }


def test_by_workload_or_container(shown: Shown) -> None:
    columns: list[tuple[Callable[[Record], str], int]] = (
        [(container, 20), (namespace, 10)]
        if shown.format is Format.LEGACY
        else [(workload_name, 20), (workload_kind, 10), (namespace, 10)]
    )
    groups = grouped(named(RECORDS, columns), *(column for column, _ in columns))
    expected = {labels: (len(found), pods(shown, found), latest(found)) for labels, found in groups.items()}
    assert dict(shown.rows("by-container" if shown.format is Format.LEGACY else "by-workload")) == expected


def named(records: list[Record], columns: list[tuple[Callable[[Record], str], int]]) -> list[Record]:
    """Those that have a row in a table of these columns, of each so many values with the most crashes."""
    if not columns:
        return records
    (column, size), *inner = columns
    parts = ([each for each in records if column(each) == value] for value in most(records, column, size))
    return [record for part in parts for record in named(part, inner)]


def container(record: Record) -> str:
    return record.container.name


def workload_kind(record: Record) -> str:
    return record.workload.kind


def workload_name(record: Record) -> str:
    return record.workload.name or "without a name"


@pytest.mark.parametrize("days", [ALL, SECOND_DAY], ids=["all", "one day"])
def test_logs_are_all_crashes_the_latest_first(shown: Shown, days: tuple[str, str]) -> None:
    newest_first = sorted(of(days), key=ended_at, reverse=True)
    assert [hit["_id"] for hit in shown.hits(days)] == [record.id for record in newest_first]


def test_the_link_of_alerts_finds_the_crashes_of_its_container_and_no_others(shown: Shown) -> None:
    if shown.format is Format.LEGACY:
        assert shown.found(dict.fromkeys(fields_of_link(), "team-a")) == set()
        return
    wanted = {record.id for record in RECORDS if record.namespace == "team-a"}
    assert shown.found(dict(zip(fields_of_link(), ("team-a", "app"), strict=True))) == wanted
    assert shown.found(dict(zip(fields_of_link(), ("team", "app"), strict=True))) == set()


def test_logs_show_of_each_crash_where_it_was_and_its_last_words(shown: Shown) -> None:
    records = {record.id: record for record in RECORDS}
    for hit in shown.hits():
        record = records[hit["_id"]]
        told = [_at(hit["_source"], column) for column in shown.object("logs").attributes["columns"]]
        wanted = [record.namespace, record.pod, record.container.name, record.log and record.log.text]
        assert [value for value in wanted if value not in told] == []
        assert record.container.restart_count in told


def _at(document: Any, column: str) -> Any:
    for part in column.split("."):
        document = document.get(part, {})
    return document
