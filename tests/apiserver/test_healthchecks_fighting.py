"""Several who write one check: strangers, exporters that take turns, and exporters that all believe to lead."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest

from kubevigil.healthchecks.resources import HealthCheckObject, Meta
from kubevigil.kube.connection import Connection
from kubevigil.kube.errors import Conflict
from kubevigil.kube.writing import Writer
from tests.chart.apiserver import ApiServer
from tests.cluster.cluster import wait_for
from tests.conftest import Tell
from tests.faults.conftest import LONG

from .checks_stage import FOREIGN, Exporters, Stage, frequent, nurseries, path_of, stop
from .test_healthchecks import known, looked_after, status

__all__ = ["known"]
pytestmark = pytest.mark.timeout(300)

Object = dict[str, Any]
SEED = 4711
WRITERS = 20
WRITES = 50 if LONG else 6
"""Of each writer."""
CHECKS = 6
RUNS = 200 if LONG else 30


@pytest.fixture
def stage(known: ApiServer, connection: Connection, namespace: str) -> Iterator[Stage]:
    del known  # which knows checks and workflows now
    with Stage(connection, [namespace], seed=SEED) as stage:
        yield stage


class Stranger:
    """Counts one field of a check's status up, and puts a text of its own beside it, as fast as the others let it."""

    def __init__(self, connection: Connection, check: Meta, number: int) -> None:
        self._connection = connection
        self._writer = Writer(connection)
        self._path = path_of(check)
        self._pause = Random(number)
        self._number = number
        self.conflicts = 0
        self.thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        for _ in range(WRITES):
            while not self._counted():
                self.conflicts += 1
            time.sleep(self._pause.uniform(0, 0.1))

    def _counted(self) -> bool:
        seen = self._connection.get_json(self._path, Object)
        status = {"remedyTotalRuns": seen["status"]["remedyTotalRuns"] + 1, "remedyErrorMessage": f"{self._number}"}
        try:
            version = seen["metadata"]["resourceVersion"]
            self._writer.merge(self._path + "/status", {"status": status}, HealthCheckObject, version=version)
        except Conflict:
            return False
        return True


def test_20_strangers_who_write_a_checks_status_lose_nothing_and_double_no_run(
    known: ApiServer, connection: Connection, stage: Stage, namespace: str, tell: Tell
) -> None:
    check = stage.put(frequent(namespace, "fought-over"))
    with looked_after(connection, f"{namespace}/lease", namespaces=(namespace,)):
        strangers = [Stranger(connection, check, number) for number in range(WRITERS)]
        for stranger in strangers:
            stranger.thread.start()
        for stranger in strangers:
            stranger.thread.join(120)
            assert not stranger.thread.is_alive()
        fought = stage.runs()
        wait_for("it runs on", lambda: stage.runs() > fought)
        verdict = stage.verdict()
    counted = status(known, namespace, "fought-over")["remedyTotalRuns"] - FOREIGN["remedyTotalRuns"]
    conflicts = sum(stranger.conflicts for stranger in strangers)
    tell(writes=counted, conflicts=conflicts, runs_meanwhile=fought, **verdict.counted)
    assert verdict.clean, str(verdict)
    assert counted == WRITERS * WRITES
    assert fought > 1
    assert conflicts > WRITERS


@contextmanager
def all_lead(server: ApiServer, stage: Stage, folder: Path, twin: str = "") -> Iterator[None]:
    """Three exporters, each with a lease of its own, look after the same checks at the same time."""
    for number in range(CHECKS):
        stage.put(frequent(stage.namespaces[0], f"c{number}"))
    with nurseries(folder, 3) as three:
        children = []
        for number, nursery in enumerate(three):
            home = folder / f"exporter-{number}"
            home.mkdir()
            exporters = Exporters(server, nursery, home, stage.namespaces)
            children.append(exporters.start(lease=f"lease-of-{number}", twin=twin))
        yield
        for child in children:  # one of them may not even have begun
            child.kill()


def test_three_exporters_that_all_believe_to_lead_double_no_run_and_lose_no_result(
    known: ApiServer, stage: Stage, tmp_path: Path, tell: Tell
) -> None:
    with all_lead(known, stage, tmp_path):
        wait_for("there were runs enough", lambda: stage.runs() >= RUNS, 120)
        verdict = stage.verdict()
    tell(runs=verdict.runs, succeeded=verdict.succeeded, failed=verdict.failed, **verdict.counted)
    assert verdict.clean, str(verdict)


def test_three_that_name_workflows_by_chance_double_runs_and_the_audit_says_so(
    known: ApiServer, stage: Stage, tmp_path: Path
) -> None:
    with all_lead(known, stage, tmp_path, "names by chance"):
        wait_for("it is found", lambda: any("workflows, " in fault for fault in stage.audit().doubled), 120)


def test_three_that_write_over_each_other_count_wrongly_and_the_audit_says_so(
    known: ApiServer, stage: Stage, tmp_path: Path
) -> None:
    def found() -> bool:
        faults = (*stage.audit().lost, *stage.audit().doubled)
        return any("without a result" in fault or "in one step" in fault for fault in faults)

    with all_lead(known, stage, tmp_path, "names no version"):
        wait_for("it is found", found, 120)


def test_when_the_leader_is_killed_the_other_takes_over_and_no_run_is_doubled(
    known: ApiServer, connection: Connection, stage: Stage, tmp_path: Path, tell: Tell
) -> None:
    (namespace,) = stage.namespaces
    for number in range(CHECKS):
        stage.put(frequent(namespace, f"c{number}", 2))
    with nurseries(tmp_path, 2) as two:
        homes = [tmp_path / "one", tmp_path / "two"]
        for home in homes:
            home.mkdir()
        one, other = (Exporters(known, nursery, home, [namespace]) for nursery, home in zip(two, homes, strict=True))
        leader = one.start(lease="shared")
        first = wait_for("it leads", partial(holder, connection, namespace))
        waiting = other.start(lease="shared")
        wait_for("it looks after the checks", lambda: stage.runs() > 2 * CHECKS)
        leader.kill()
        killed, before = time.monotonic(), stage.runs()
        wait_for("the other takes over", lambda: holder(connection, namespace) not in {"", first}, 40)
        taken = time.monotonic() - killed
        wait_for("it looks after the checks", lambda: stage.runs() > before + 2 * CHECKS)
        verdict = stage.verdict()
        stop(waiting)
    tell(taken_over_after_seconds=round(taken, 1), runs=verdict.runs, **verdict.counted)
    assert verdict.clean, str(verdict)


def holder(connection: Connection, namespace: str) -> str:
    """Of the one lease in a namespace; '' for nobody."""
    items = connection.get_json(f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases", Object)["items"]
    return str(items[0]["spec"].get("holderIdentity", "")) if items else ""
