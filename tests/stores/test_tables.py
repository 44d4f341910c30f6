"""The tables on a server: made once by whoever is first, refused when they are newer, readable as SQL before."""

import re
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import URL, Engine, event, inspect, text

from kubevigil.cli.main import main
from kubevigil.cli.store_migrate import COMMAND
from kubevigil.model.record import CaptureResult, Evidence, RecordedEvent, RecordedLog
from kubevigil.store import schema
from kubevigil.store.batch import Batch
from kubevigil.store.errors import CannotOpen, NewerSchema, NoStore, WriteFailed
from kubevigil.store.housekeeping import Retention
from kubevigil.store.review import statements, version_of
from kubevigil.store.server import WRITING, migrate_server, server_engine
from tests.unit.store.making import LABELS, NOW, Store, crash, noise, record, said
from tests.unit.store.places import opened_archive, opened_outbox, url_of

from .servers import Server

NEW_SINCE_5_7 = re.compile(r"\b(RETURNING|WITH|OVER|LATERAL|INTERSECT|EXCEPT|SKIP LOCKED|CHECK)\b")
ONE_AT_A_TIME = 3


def shape(url: URL) -> dict[str, object]:
    """Columns, keys and indexes, table by table."""
    engine = server_engine(url, WRITING, pooled=False)
    found = inspect(engine)
    return {
        table: (
            [(column["name"], str(column["type"]), column["nullable"]) for column in found.get_columns(table)],
            found.get_pk_constraint(table)["constrained_columns"],
            sorted((str(index["name"]), index["column_names"]) for index in found.get_indexes(table)),
        )
        for table in found.get_table_names()
    }


def run(url: URL, *queries: str) -> None:
    engine = server_engine(url, WRITING, pooled=False)
    with engine.begin() as connection:
        for query in queries:
            connection.execute(text(query))


def test_a_database_without_tables_is_no_store_for_a_reader_and_none_is_made(empty: URL) -> None:
    with pytest.raises(NoStore, match="has not made its tables in it yet"):
        opened_archive(empty)
    with pytest.raises(NoStore):
        opened_outbox(empty, "es").balance(NOW)
    assert (shape(empty), version_of(empty)) == ({}, None)


def test_several_that_begin_at_once_make_the_tables_once(empty: URL) -> None:
    failures: list[BaseException] = []

    def begin() -> None:
        try:
            migrate_server(empty)
        except BaseException as error:  # noqa: BLE001  told below
            failures.append(error)

    threads = [Thread(target=begin) for _ in range(ONE_AT_A_TIME)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert set(shape(empty)) == set(schema.metadata.tables)


def test_the_printed_sql_makes_the_same_tables_and_then_there_is_nothing_to_do(empty: URL, server: Server) -> None:
    other = server.create()
    migrate_server(other)
    printed = statements(empty)
    assert all(statement.endswith(";") for statement in printed)
    run(empty, *(statement.replace(":", r"\:") for statement in printed))
    assert shape(empty) == shape(other)
    assert (statements(empty), version_of(empty)) == ([], schema.VERSION)
    assert Store(empty).journal.commit(crash(record(1))).workloads == {LABELS: 1}


def test_tables_that_an_interrupted_migration_left_are_taken_and_completed(empty: URL, place: URL) -> None:
    migrate_server(empty)
    dropped = "DROP INDEX kubevigil_seen_by_pod" + (" ON kubevigil_seen" if "mysql" in empty.drivername else "")
    run(empty, dropped, "DROP TABLE kubevigil_vanished_counters", "DELETE FROM kubevigil_meta")
    migrate_server(empty)
    assert shape(empty) == shape(place)
    assert Store(empty).journal.commit(crash(record(1))).workloads == {LABELS: 1}


def test_the_printed_sql_completes_what_an_interrupted_migration_left(empty: URL, place: URL) -> None:
    migrate_server(empty)
    dropped = "DROP INDEX kubevigil_seen_by_pod" + (" ON kubevigil_seen" if "mysql" in empty.drivername else "")
    run(empty, dropped, "DROP TABLE kubevigil_vanished_counters", "DELETE FROM kubevigil_meta WHERE name = 'schema'")
    printed = statements(empty)
    assert [statement.split()[:2] for statement in printed] == [
        ["CREATE", "INDEX"],
        ["CREATE", "TABLE"],
        ["INSERT", "INTO"],
    ]
    run(empty, *printed)
    assert shape(empty) == shape(place)
    assert (statements(empty), version_of(empty)) == ([], schema.VERSION)


def test_a_newer_schema_is_refused_in_a_line_and_left_alone(empty: URL) -> None:
    run(empty, "CREATE TABLE kubevigil_meta (name varchar(64), value varchar(255))")
    run(empty, "INSERT INTO kubevigil_meta VALUES ('schema', '99')")
    for opening in (Store, opened_archive, statements):
        with pytest.raises(
            NewerSchema, match=rf"^store: its schema is version 99, this Kubevigil knows {schema.VERSION}: [^\n]*$"
        ):
            opening(empty)
    assert list(shape(empty)) == ["kubevigil_meta"]


def test_an_exporter_whose_tables_a_newer_one_migrated_meanwhile_writes_nothing_and_says_so(place: URL) -> None:
    store = Store(place)
    newer = schema.VERSION + 1
    run(place, f"UPDATE kubevigil_meta SET value = '{newer}' WHERE name = 'schema'")
    with pytest.raises(WriteFailed, match=f"version {newer}, this Kubevigil knows {schema.VERSION}"):
        store.journal.commit(crash(record(1)))
    assert store.one("SELECT count(*) FROM kubevigil_seen") == 0
    run(place, f"UPDATE kubevigil_meta SET value = '{schema.VERSION}' WHERE name = 'schema'")
    assert store.journal.commit(crash(record(1))).workloads == {LABELS: 1}


def test_a_schema_version_that_is_no_number_is_refused_in_a_line(place: URL) -> None:
    run(place, "UPDATE kubevigil_meta SET value = 'q' WHERE name = 'schema'")
    with pytest.raises(CannotOpen, match="its schema version is 'q'"):
        Store(place)


def test_an_account_that_may_not_change_tables_is_enough_once_they_are_there(place: URL, server: Server) -> None:
    user, password = "reader", "r"
    for statement in grants(server.name, user, password, str(place.database)):
        server.administer(place, statement)
    limited = server.url(str(place.database), user, password)
    store = Store(limited, sinks=("es",))
    store.crash(1, evidence=lambda _: said("panic"))
    assert [due.record.id for due in opened_outbox(limited, "es").claim(NOW, 9, 1 << 20)] == [record(1).id]
    with pytest.raises(Exception, match=r"(?i)denied|permission|owner"):
        run(limited, "DROP TABLE kubevigil_meta")


def grants(engine: str, user: str, password: str, database: str) -> list[str]:
    """As docs/stores.md has them."""
    if engine == "mariadb":
        return [
            f"CREATE USER IF NOT EXISTS '{user}'@'%' IDENTIFIED BY '{password}'",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON {database}.* TO '{user}'@'%'",
        ]
    return [
        f"DROP ROLE IF EXISTS {user}",
        f"CREATE ROLE {user} LOGIN PASSWORD '{password}'",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {user}",
    ]


def test_long_records_and_long_logs_fit(place: URL) -> None:
    store = Store(place)
    words = noise(2_000_000)
    store.crash(1, evidence=lambda _: said(words + "\0\U0001f4a5"))
    (found,) = opened_archive(place).find(record(1).id)
    assert found.log is not None
    assert found.log.text == words + "\0\U0001f4a5"


def test_a_database_made_for_latin_letters_keeps_every_character_or_is_refused_in_a_line(
    place: URL, server: Server
) -> None:
    name = f"latin_{server.name}"
    latin = "CHARACTER SET latin1" if server.name == "mariadb" else "TEMPLATE template0 LOCALE 'C' ENCODING 'LATIN1'"
    server.administer(place, f"CREATE DATABASE {name} {latin}")
    url = server.url(name)
    if server.name == "postgresql":
        with pytest.raises(CannotOpen, match=r"^store: .*/latin_postgresql: the database's encoding is LATIN1, it has"):
            Store(url)
        return
    store = Store(url)
    event_ = RecordedEvent("Warning", "BackOff", "\U0001f4a5")
    store.crash(1, evidence=lambda _: Evidence(RecordedLog(CaptureResult.EMPTY), (event_,)))
    (found,) = opened_archive(url).find(record(1).id)
    assert found.events == (event_,)


def test_no_statement_uses_what_mysql_5_7_does_not_know(place: URL) -> None:
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        store = Store(place, sinks=("es",))
        store.crash(1, 2, evidence=lambda n: said(f"{n}"))
        store.journal.commit(Batch(gone={"pod"}, vanished={"x": "shop"}, baselined=[""]))
        store.journal.load()
        store.journal.unsettled(9)
        opened_outbox(place, "es").dead(record(1).id, "no")
        opened_archive(place).dead_letters(9)
        opened_archive(place).history(record(1))
        store.now += 1e9
        store.journal.tidy(set(), Retention(1.0, 1.0, 1))
        seen.extend(statements(place))
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert len(seen) > ONE_AT_A_TIME * 10
    assert [statement for statement in seen if NEW_SINCE_5_7.search(statement)] == []


def test_the_command_prints_and_does_and_then_has_nothing_to_do(
    empty: URL, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("KUBEVIGIL_STORES")  # it is no setting
    monkeypatch.setenv("KUBEVIGIL_STORE", url_of(empty))
    monkeypatch.setattr("kubevigil.cli.main.COMMANDS", {"store migrate": COMMAND.run.__module__})
    assert main(["store", "migrate", "--print-sql"]) == 0
    assert capsys.readouterr().out.count("CREATE TABLE") == len(schema.metadata.tables)
    assert version_of(empty) is None
    assert main(["store", "migrate"]) == 0
    assert capsys.readouterr().out == f"The store's schema is version {schema.VERSION} now; there was none before.\n"
    for arguments in ([], ["--print-sql"]):
        assert main(["store", "migrate", *arguments]) == 0
        assert f"version {schema.VERSION} already; there is nothing to do." in capsys.readouterr().out
