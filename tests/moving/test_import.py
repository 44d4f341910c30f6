"""`kubevigil import pod-monitor --mysql` on a real MariaDB: the four tables as kubernetes-pod-monitor writes them."""

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
import yaml

from kubevigil.cli import main as frame
from kubevigil.cli.main import main
from kubevigil.model import clock
from kubevigil.model.clock import rfc3339
from kubevigil.model.record import CaptureResult, Record, TerminationClass
from kubevigil.moving.mysql import Source
from kubevigil.store.archive import ALL, open_archive
from kubevigil.store.batch import Batch, Entry
from kubevigil.store.database import open_sqlite
from kubevigil.store.housekeeping import Retention
from kubevigil.store.journal import Journal
from tests.conftest import Tell
from tests.unit.cli.crashes_cast import crash as crash_of_ours

from .server import PASSWORD, USER, Theirs

NAME = "import pod-monitor"
ODD = (
    "left    {} crashes of its history: their names or numbers are none that Kubernetes has, or their dates are still"
    " to come"
)
NOW = datetime.fromtimestamp(int(clock.wall()), UTC).replace(tzinfo=None)
MINUTE = timedelta(minutes=1)


def stamp(moment: datetime) -> str:
    """As it writes a date."""
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def unix(moment: datetime) -> float:
    return moment.replace(tzinfo=UTC).timestamp()


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in [name for name in os.environ if name.startswith("KUBEVIGIL_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("MYSQL_PWD", PASSWORD)
    monkeypatch.setattr(frame, "COMMANDS", {**frame.COMMANDS, NAME: "kubevigil.cli.import_pod_monitor"})


class Told:
    """One run of the command, for the cluster dev unless told otherwise."""

    def __init__(self, capsys: pytest.CaptureFixture[str], folder: Path, url: str, *more: str | Path) -> None:
        cluster = [] if "--cluster-name" in more or "--config" in more else ["--cluster-name", "dev"]
        self.code = main([*NAME.split(), "--mysql", url, "--data-dir", str(folder), *cluster, *map(str, more)])
        self.out, self.err = capsys.readouterr()

    def remarks(self) -> list[str]:
        return [line.removeprefix("# ") for line in self.out.splitlines() if not line.startswith("# For")]

    def values(self) -> Any:
        return next(document for document in yaml.safe_load_all(self.out) if document and "slack" in document)


def kept(folder: Path) -> list[Record]:
    with closing(open_archive(folder)) as archive:
        return archive.records(ALL, 1_000_000)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """The exporter's own way to the store, with a sink."""
    found = Journal(open_sqlite(tmp_path, now=clock.wall), cluster="dev", wall=clock.wall, sinks=("elasticsearch",))
    yield found
    found.close()


def test_its_history_becomes_records_of_their_own_moments(
    theirs: Theirs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs.crashed(stamp(NOW - 60 * MINUTE), count=3)
    theirs.crashed(stamp(NOW - 5 * MINUTE), count=1, namespace="payments", container="api")
    told = Told(capsys, tmp_path, theirs.url)
    assert told.code == 0, told.err
    latest, first = kept(tmp_path)
    assert (latest.namespace, latest.container.name, latest.container.restart_count) == ("payments", "api", 1)
    assert (first.namespace, first.container.name, first.container.restart_count) == ("shop", "app", 3)
    assert first.termination.observed_at == rfc3339(unix(NOW - 60 * MINUTE))
    assert {record.cluster for record in (latest, first)} == {"dev"}
    assert {record.termination.class_ for record in (latest, first)} == {TerminationClass.UNSEEN}
    assert "changed 2 crashes of its history -> records in the store: class unseen; 0 with their pod's name" in told.out


def test_a_second_import_takes_what_is_new_and_nothing_twice(
    theirs: Theirs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs.crashed(stamp(NOW - 2 * MINUTE))
    Told(capsys, tmp_path, theirs.url)
    before = kept(tmp_path)
    Told(capsys, tmp_path, theirs.url)
    assert kept(tmp_path) == before
    theirs.crashed(stamp(NOW - MINUTE), count=2)
    told = Told(capsys, tmp_path, theirs.url)
    assert sorted(record.container.restart_count for record in kept(tmp_path)) == [1, 2]
    assert "2 crashes of its history" in told.out
    assert "1 of them were there before" in told.out


def test_an_import_that_broke_off_is_completed_by_the_next(
    theirs: Theirs, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs.crashed(stamp(NOW - MINUTE), times=1500)
    whole = Source.history

    def broken(source: Source, cluster: str, since: datetime) -> Iterator[Any]:
        for page in whole(source, cluster, since):
            yield page
            for (connection,) in theirs.run("SELECT id FROM information_schema.processlist WHERE user = %s", USER):
                theirs.run(f"KILL {connection}")

    with monkeypatch.context() as patch:
        patch.setattr(Source, "history", broken)
        told = Told(capsys, tmp_path, theirs.url)
    assert told.code == 3
    assert re.fullmatch(r"the database: [^\n]+\n", told.err)
    assert len(kept(tmp_path)) == 1000
    assert Told(capsys, tmp_path, theirs.url).code == 0
    assert sorted(record.container.restart_count for record in kept(tmp_path)) == list(range(1, 1501))


def test_what_the_exporter_records_stays_the_newest(
    theirs: Theirs, tmp_path: Path, capsys: pytest.CaptureFixture[str], journal: Journal
) -> None:
    theirs.crashed(stamp(NOW - MINUTE), times=300)
    ours = crash_of_ours(cluster="dev", log=None)
    journal.commit(Batch(entries=[Entry(ours, None)]))
    with closing(open_archive(tmp_path)) as archive:
        tail = archive.end()
        Told(capsys, tmp_path, theirs.url)
        assert [record.id for record in archive.records(ALL, 1)] == [ours.id]
        assert archive.newer_than(tail)[0] == []
        counts = [record.container.restart_count for record in archive.records(ALL, 400)[1:]]
    assert counts == list(range(300, 0, -1))


@pytest.mark.parametrize(
    ("scopes", "taken"),
    [([], {1, 2, 3, 4}), ([""], {1, 2}), (["shop"], {1, 2, 4}), (["payments"], {1, 2, 3})],
    ids=["never-ran", "cluster", "its-namespace", "another"],
)
def test_crashes_that_the_exporter_saw_itself_are_left(
    theirs: Theirs, tmp_path: Path, capsys: pytest.CaptureFixture[str], scopes: list[str], taken: set[int]
) -> None:
    """It began half an hour ago, and tells what was at most ten minutes old then."""
    began = unix(NOW - 30 * MINUTE)
    with closing(Journal(open_sqlite(tmp_path, now=clock.wall), cluster="dev", wall=lambda: began)) as journal:
        journal.commit(Batch(baselined=scopes))
    theirs.crashed(stamp(NOW - 60 * MINUTE), count=1)
    theirs.crashed(stamp(NOW - 41 * MINUTE), count=2, namespace="payments")
    theirs.crashed(stamp(NOW - 39 * MINUTE), count=3)
    theirs.crashed(stamp(NOW - MINUTE), count=4, namespace="payments")
    told = Told(capsys, tmp_path, theirs.url)
    assert {record.container.restart_count for record in kept(tmp_path)} == taken
    assert ("Kubevigil was watching by then" in told.out) == (len(taken) < 4)


def test_nobody_asks_for_the_logs_of_imported_crashes_and_they_go_to_no_sink(
    theirs: Theirs, tmp_path: Path, capsys: pytest.CaptureFixture[str], journal: Journal
) -> None:
    theirs.crashed(stamp(NOW - MINUTE))
    Told(capsys, tmp_path, theirs.url)
    assert journal.unsettled(10) == []
    (record,) = kept(tmp_path)
    assert record.log is not None
    assert (record.log.result, record.delivery) == (CaptureResult.GONE, ())


def test_a_store_of_another_version_is_left_to_the_exporter(
    theirs: Theirs, tmp_path: Path, capsys: pytest.CaptureFixture[str], journal: Journal
) -> None:
    theirs.crashed(stamp(NOW - MINUTE))
    journal.close()
    with closing(sqlite3.connect(tmp_path / "kubevigil.db")) as connection, connection:
        connection.execute("UPDATE kubevigil_meta SET value = '2' WHERE name = 'schema'")
    told = Told(capsys, tmp_path, theirs.url)
    assert (told.code, told.out) == (3, "")
    assert "its schema is version 2" in told.err
    with closing(sqlite3.connect(tmp_path / "kubevigil.db")) as connection:
        assert connection.execute("SELECT value FROM kubevigil_meta WHERE name = 'schema'").fetchall() == [("2",)]


def test_a_damaged_store_is_left_where_it_is(
    theirs: Theirs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs.crashed(stamp(NOW - MINUTE))
    (tmp_path / "kubevigil.db").write_bytes(b"no database" * 1000)
    assert Told(capsys, tmp_path, theirs.url).code == 3
    assert [path.name for path in tmp_path.glob("kubevigil.db*")] == ["kubevigil.db"]


def test_housekeeping_takes_them_for_as_old_as_they_are(
    theirs: Theirs, tmp_path: Path, capsys: pytest.CaptureFixture[str], journal: Journal
) -> None:
    theirs.crashed(stamp(NOW - 120 * MINUTE), count=1)
    theirs.crashed(stamp(NOW - MINUTE), count=2)
    Told(capsys, tmp_path, theirs.url)
    journal.tidy(set(), Retention(3600.0, 3600.0, 100))
    assert [record.container.restart_count for record in kept(tmp_path)] == [2]


def test_crashes_beyond_the_limits_of_the_store_are_left(
    theirs: Theirs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs.crashed(None)
    theirs.crashed(stamp(NOW - 40 * 24 * 60 * MINUTE))
    theirs.crashed(stamp(NOW - MINUTE), times=130)
    told = Told(capsys, tmp_path, theirs.url, "--records-limit", "100")
    assert sorted(record.container.restart_count for record in kept(tmp_path)) == list(range(31, 131))
    assert "left    2 crashes of its history: without a date, or older than records.retention (30d)" in told.remarks()
    assert "left    30 crashes of its history: the oldest beyond records.limit (100)" in told.remarks()
    Told(capsys, tmp_path, theirs.url, "--records-retention", "60d")
    assert len(kept(tmp_path)) == 131


def test_names_that_kubernetes_has_not_are_left(
    theirs: Theirs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs.crashed(stamp(NOW - MINUTE), container="\x1b[2Japp")
    theirs.crashed(stamp(NOW - MINUTE), namespace="<script>")
    theirs.crashed(stamp(NOW - MINUTE), count=-1)
    theirs.crashed(stamp(NOW - MINUTE))
    told = Told(capsys, tmp_path, theirs.url)
    assert len(kept(tmp_path)) == 1
    assert ODD.format(3) in told.remarks()


def test_rows_of_tables_that_somebody_altered_are_taken_or_told_and_stop_nothing(
    theirs: Theirs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs.run(
        "ALTER TABLE k8s_pod_crash MODIFY clustername varchar(120) CHARACTER SET latin1,"
        " MODIFY namespace varbinary(120), MODIFY containername longtext, MODIFY restartcount int"
    )
    theirs.run(
        "ALTER TABLE k8s_pod_crash_notify DROP PRIMARY KEY, MODIFY clustername varchar(255),"
        " MODIFY namespace varchar(255), MODIFY slack_channel varbinary(255)"
    )
    theirs.run(
        "ALTER TABLE k8s_crash_ignore_notify DROP PRIMARY KEY, MODIFY namespace varbinary(255),"
        " MODIFY containername varchar(255) CHARACTER SET latin1"
    )
    theirs.crashed(stamp(NOW - MINUTE), count=1)
    theirs.crashed(stamp(NOW - MINUTE), count=2)
    theirs.crashed(stamp(NOW - MINUTE), container="x" * 3_000_000)
    theirs.crashed(stamp(NOW - MINUTE), namespace="n" * 100)
    theirs.crashed("9999-12-31 23:59:59", count=3)
    theirs.run(
        "INSERT INTO k8s_pod_crash (clustername, namespace, containername, restartcount, date) VALUES"
        " ('dev', NULL, NULL, NULL, NOW()), (NULL, 'shop', 'app', 1, NOW()), (0xE9, 'shop', 'app', 1, NOW())"
    )
    theirs.run("INSERT INTO k8s_pod_crash_notify VALUES ('dev', NULL, NULL), ('dev', 'pay', 'pay'), (NULL, 'a', 'b')")
    theirs.run("INSERT INTO k8s_crash_ignore_notify VALUES ('dev', 0x80, 0xE9), ('dev', 'shop', 'istio-proxy')")
    told = Told(capsys, tmp_path, theirs.url, "--mysql-time-zone", "America/New_York")
    assert told.code == 0, told.err
    assert [record.container.restart_count for record in kept(tmp_path)] == [2, 1]
    assert ODD.format(4) in told.remarks()
    assert told.values()["slack"] == {
        "routes": [{"name": "pay", "namespaces": ["pay"], "channel": "#pay"}],
        "ignore": {"containers": ["istio-proxy"]},
    }
    assert "left    channel  of namespace : no channel's name" in told.remarks()
    assert "left    ignored container \xe9 of namespace \ufffd: no name that Kubernetes has" in told.remarks()


def test_the_pod_is_known_where_the_state_still_tells(
    theirs: Theirs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    moments = {count: NOW - (10 - count) * MINUTE for count in (1, 2, 3)}
    for count, moment in moments.items():
        theirs.crashed(stamp(moment), count=count)
    theirs.counted("web-7d4b9c-p8qfz", unix(moments[3]) + 1, count=3)
    theirs.counted("web-7d4b9c-a", unix(moments[2]), count=2)
    theirs.counted("web-7d4b9c-b", unix(moments[2]), count=2)
    theirs.counted("web-7d4b9c-c", unix(moments[1]) + 3600, count=1)
    told = Told(capsys, tmp_path, theirs.url, "--mysql-time-zone", "UTC")
    assert {record.container.restart_count: record.pod for record in kept(tmp_path)} == {
        3: "web-7d4b9c-p8qfz",
        2: "",
        1: "",
    }
    assert "1 with their pod's name" in told.out
    assert "left    4 rows of its state" in told.out


def test_dates_in_another_time_zone_are_found_out_before_anything_is_taken(
    theirs: Theirs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for count in (1, 2, 3):
        moment = NOW - timedelta(hours=8) - count * MINUTE
        theirs.crashed(stamp(moment + timedelta(hours=5, minutes=30)), count=count)
        theirs.counted(f"web-{count}", unix(moment) + 1, count=count)
    told = Told(capsys, tmp_path, theirs.url)
    assert told.code == 2
    assert "5h30m ahead of UTC" in told.err
    assert kept(tmp_path) == []
    assert Told(capsys, tmp_path, theirs.url, "--mysql-time-zone", "Asia/Kolkata").code == 0
    assert {record.pod for record in kept(tmp_path)} == {"web-1", "web-2", "web-3"}
    assert max(record.termination.observed_at for record in kept(tmp_path)) == rfc3339(
        unix(NOW - timedelta(hours=8) - MINUTE)
    )


def test_channels_and_ignored_containers_become_values_of_the_chart(
    theirs: Theirs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs.channel("shop", "team-shop")
    theirs.channel("payments", "C01ABCDEF23")
    theirs.channel("odd", "two words")
    theirs.ignore("shop", "istio-proxy")
    theirs.ignore("dev", "app")
    theirs.counted("other", unix(NOW), namespace="payments", container="app")
    told = Told(capsys, tmp_path, theirs.url)
    assert told.values() == {
        "slack": {
            "routes": [
                {"name": "payments", "namespaces": ["payments"], "channel": "C01ABCDEF23"},
                {"name": "shop", "namespaces": ["shop"], "channel": "#team-shop"},
            ],
            "ignore": {"containers": ["istio-proxy"]},
        }
    }
    assert "left    channel two words of namespace odd: no channel's name" in told.remarks()
    assert [line for line in told.remarks() if line.startswith("left    ignored container app of namespace dev")]


def test_reading_is_all_that_is_done_to_the_database(
    theirs: Theirs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs.crashed(stamp(NOW - MINUTE))
    theirs.counted("web-1", unix(NOW))
    theirs.channel("shop", "x")
    before = theirs.fingerprint()
    assert Told(capsys, tmp_path, theirs.url).code == 0
    assert theirs.fingerprint() == before


def test_the_settings_of_its_file_name_the_cluster_the_password_and_the_table(
    theirs: Theirs, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MYSQL_PWD")
    theirs.crashed(stamp(NOW - MINUTE))
    theirs.counted("web-1", unix(NOW - MINUTE))
    theirs.run("RENAME TABLE k8s_crash_monitor TO `odd ``name`")
    config = tmp_path / "application.yml"
    sql = {"password": PASSWORD, "table_name": "odd `name"}
    config.write_text(yaml.safe_dump({"CLUSTER_NAME": "dev", "sql": sql}), encoding="utf-8")
    told = Told(capsys, tmp_path, theirs.url, "--config", config)
    assert told.code == 0, told.err
    assert [record.pod for record in kept(tmp_path)] == ["web-1"]
    assert PASSWORD not in told.out + told.err


def test_the_password_may_stand_in_a_file(
    theirs: Theirs, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MYSQL_PWD", "wrong")
    theirs.crashed(stamp(NOW - MINUTE))
    (tmp_path / "password").write_text(PASSWORD + "\n", encoding="utf-8")
    assert Told(capsys, tmp_path, theirs.url, "--mysql-password-file", tmp_path / "password").code == 0


def test_the_exporters_own_settings_name_the_store_and_the_cluster(
    theirs: Theirs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs.crashed(stamp(NOW - MINUTE))
    settings = tmp_path / "settings.yaml"
    settings.write_text(f"cluster_name: dev\ndata_dir: {tmp_path / 'data'}\n", encoding="utf-8")
    assert main([*NAME.split(), "--mysql", theirs.url, "--settings", str(settings)]) == 0
    assert len(kept(tmp_path / "data")) == 1
    assert "records in the store" in capsys.readouterr().out


def test_who_is_not_let_in_is_told_so(
    theirs: Theirs, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MYSQL_PWD", "wr0ng")
    told = Told(capsys, tmp_path, theirs.url)
    assert told.code == 3
    assert "Access denied" in told.err
    assert "wr0ng" not in told.err


def test_a_server_that_is_away_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = Told(capsys, tmp_path, "mysql://admin@127.0.0.1:1/x")
    assert (told.code, told.out) == (3, "")
    assert told.err.startswith("mysql://admin@127.0.0.1:1/x: ")


def test_a_connection_that_cannot_be_encrypted_as_asked_is_none(
    theirs: Theirs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = Told(capsys, tmp_path, f"{theirs.url}?ssl_ca={tmp_path}/none.pem")
    assert (missing.code, missing.out) == (2, "")
    assert re.fullmatch(r"mysql://\S+: ssl_ca: cannot read \S+/none\.pem: .*No such file.*\n", missing.err)
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    refused = Told(capsys, tmp_path, f"{theirs.url}?ssl_ca={tmp_path}/authority.pem")
    assert (refused.code, refused.out) == (3, "")
    assert "SSL is required but the server doesn't support it" in refused.err


def test_an_unknown_cluster_is_told_with_those_that_there_are(
    theirs: Theirs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs.crashed(stamp(NOW))
    told = Told(capsys, tmp_path, theirs.url, "--cluster-name", "prod")
    assert (told.code, told.err) == (
        1,
        "the database knows no cluster 'prod'; its clusters: 'dev' (--cluster-name)\n",
    )


def test_tables_that_are_missing_are_as_empty_ones(
    theirs: Theirs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs.crashed(stamp(NOW - MINUTE))
    theirs.run("DROP TABLE k8s_crash_monitor, k8s_pod_crash_notify, k8s_crash_ignore_notify")
    assert Told(capsys, tmp_path, theirs.url).code == 0
    theirs.run("DROP TABLE k8s_pod_crash")
    told = Told(capsys, tmp_path, theirs.url)
    assert told.code == 1
    assert "none of kubernetes-pod-monitor's tables" in told.err


def test_other_clusters_of_the_same_database_stay_out(
    theirs: Theirs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    theirs.crashed(stamp(NOW - MINUTE))
    theirs.run(
        "INSERT INTO k8s_pod_crash (clustername, namespace, containername, date) VALUES ('prod', 'a', 'b', NOW())"
    )
    theirs.run("INSERT INTO k8s_pod_crash_notify VALUES ('prod', 'a', 'x')")
    told = Told(capsys, tmp_path, theirs.url)
    assert [record.namespace for record in kept(tmp_path)] == ["shop"]
    assert "namespace a" not in told.out


def test_a_long_history_is_taken_with_progress(
    theirs: Theirs, tmp_path: Path, capsys: pytest.CaptureFixture[str], tell: Tell
) -> None:
    theirs.crashed(stamp(NOW - MINUTE), times=11_000)
    began = clock.monotonic()
    told = Told(capsys, tmp_path, theirs.url)
    tell(crashes=11_000, seconds=round(clock.monotonic() - began, 1))
    assert told.err == "".join(f"kubevigil import pod-monitor: {n} of 11000 crashes\n" for n in (10_000, 11_000))
    assert len(kept(tmp_path)) == 11_000
