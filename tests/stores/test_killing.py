"""The exporter as users start it, on a server's store: both are killed, and the audit agrees."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, func, select

from kubevigil.store import schema
from kubevigil.store.database import open_sqlite
from kubevigil.store.server import READING, server_engine
from tests.api.running import until
from tests.conftest import Tell
from tests.faults import killing_stage
from tests.faults.audit_store import read_store
from tests.faults.killing_stage import SETTLE_SECONDS, Stage
from tests.faults.process import Child, Start
from tests.faults.process_nursery import CLUSTER_NAME, Order
from tests.unit.store.places import url_of

from .servers import Server

SEED = 20
KILLS = 4


def command(log: Path, url: URL) -> Start:
    """Starts `kubevigil run` with the URL in its environment, where its password belongs."""

    def start(order: Order) -> Child:
        flags = [f"--kubeconfig={order.kubeconfig}", f"--listen={order.listen}", f"--cluster-name={CLUSTER_NAME}"]
        environment = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
        with log.open("ab") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "kubevigil", "run", *flags],
                stderr=out,
                env=environment | {"KUBEVIGIL_STORE": url_of(url)},
            )
        return Child(process.pid, lambda: process.wait(order.seconds), log)

    return start


def rows(url: URL, statement: Any) -> list[Any]:
    engine = server_engine(url, READING, pooled=False)
    with engine.connect() as connection:
        return list(connection.execute(statement).mappings())


def as_file(url: URL, folder: Path) -> Path:
    """The same rows in a file, which the audit can read."""
    engine = open_sqlite(folder, now=lambda: 0.0)
    with engine.begin() as connection:
        for table in schema.metadata.sorted_tables:
            if table is not schema.meta and (found := rows(url, select(table))):
                connection.execute(table.insert(), [dict(row) for row in found])
    engine.dispose()
    return folder


def test_kills_of_the_exporter_and_of_the_server_lose_and_double_no_death(
    place: URL,
    server: Server,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    tell: Tell,
) -> None:
    folder = tmp_path_factory.mktemp("killing")
    baselined = select(func.count().label("many")).select_from(schema.scopes)
    monkeypatch.setattr(killing_stage, "is_baselined", lambda _: rows(place, baselined)[0]["many"] > 0)
    monkeypatch.setattr(killing_stage, "read_store", lambda _: read_store(as_file(place, folder / "copy")))
    log = folder / "log"
    with Stage(folder, command(log, place), seed=SEED) as stage:
        for number in range(KILLS):
            child = stage.exporter()
            until(stage.ready, SETTLE_SECONDS)
            if number % 2:
                server.kill()
                server.start()
                until(stage.ready, SETTLE_SECONDS)
            stage.kill(child)
        verdict = stage.verdict()
    lost, doubled = len(verdict.lost), len(verdict.doubled)
    tell(kills=KILLS, servers_killed=KILLS // 2, ends=verdict.ends, lost=lost, doubled=doubled)
    assert verdict.clean, f"seed {SEED}\n{verdict}"
    assert "Traceback" not in log.read_text(encoding="utf-8")
    assert url_of(place).split("@", maxsplit=1)[0].rpartition(":")[2] not in log.read_text(encoding="utf-8")
