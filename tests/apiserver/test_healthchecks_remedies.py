"""Remedies on a real API server, while the exporter is killed: none doubled, none lost, none beyond its limit.

The ledger judges each version of the statuses by what Argo's stand-in did, not by the counts that the exporter keeps.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from kubevigil.healthchecks.manifest import CHECK, REMEDY
from kubevigil.healthchecks.picture import check_of
from kubevigil.healthchecks.resources import HealthCheckObject
from kubevigil.healthchecks.results import Outcome, Result
from kubevigil.healthchecks.status import status_of
from kubevigil.kube.connection import Connection
from tests.chart.apiserver import ApiServer
from tests.cluster.cluster import wait_for
from tests.conftest import Tell
from tests.faults.conftest import LONG
from tests.faults.process import Nursery
from tests.unit.healthchecks.ledger import Ledger

from . import checks_argo
from .checks_nursery import MODULE
from .checks_points import POINTS, REMEDY_POINTS
from .checks_stage import FOREIGN, SETTLE_SECONDS, Exporters, Stage, frequent, path_of
from .test_healthchecks import known

__all__ = ["known"]
pytestmark = pytest.mark.timeout(600 if LONG else 120)

SEED = 815
CHECKS = 12
LIMIT, INTERVAL = 2, 20
KILLS_AT_RANDOM = 110 if LONG else 1
KILLS_AT_A_POINT = 6 if LONG else 1
LONGEST_LIFE = 2.0
"""Seconds from the fork to the kill."""

Told = tuple[Ledger, list[str]]
"""What the API server was told of a check, and what was wrong with it."""

RESULTS = {"Succeeded": Result.SUCCEEDED, "Failed": Result.FAILED}


@pytest.fixture(scope="module")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    with Nursery(tmp_path_factory.mktemp("nursery") / "log", MODULE) as nursery:
        yield nursery


@pytest.fixture
def stage(known: ApiServer, connection: Connection, namespace: str) -> Iterator[Stage]:
    del known  # which knows checks and workflows now
    with Stage(connection, [namespace], seed=SEED) as stage:
        for number in range(CHECKS):
            check = frequent(namespace, f"c{number}")
            spec = check["spec"]
            spec["remedyworkflow"] = {**spec["workflow"], "generateName": f"mend{number}-"}
            spec |= {"remedyRunsLimit": LIMIT, "remedyResetInterval": INTERVAL}
            meta = stage.put(check)
            counts_of_nobody = {"status": dict.fromkeys(FOREIGN)}
            stage.writer.merge(path_of(meta) + "/status", counts_of_nobody, HealthCheckObject)
        yield stage


@pytest.fixture
def exporters(known: ApiServer, nursery: Nursery, namespace: str, tmp_path: Path) -> Exporters:
    return Exporters(known, nursery, tmp_path, [namespace])


def ledger_of(check: HealthCheckObject, stage: Stage) -> Told:
    ledger = Ledger()
    for before, after in pairwise(stage.versions[check.metadata.uid]):
        told = status_of(after.status)
        moment = max(told.started_at or 0, told.finished_at or 0, told.remedy_triggered_at or 0)
        ledger.note(check_of(before), told, moment)
    outcomes: dict[tuple[str, int], list[Outcome]] = defaultdict(list)
    made: dict[tuple[str, int], list[str]] = defaultdict(list)
    for one in stage.argo.made:
        if one.check == check.metadata.uid:
            run = (REMEDY if one.name.startswith("mend") else CHECK, one.started_at)
            made[run].append(one.name)
            outcomes[run].append(Outcome(RESULTS[stage.argo.ends[one.uid]], "", one.name, 0))
    doubled = [f"{run}: {names}" for run, names in made.items() if len(names) > 1]
    return ledger, [*doubled, *ledger.faults(outcomes, made, forgetful=False)]


def is_over(stage: Stage) -> bool:
    statuses = [status_of(check.status) for check in stage.checks()]
    return stage.argo.idle() and not any(status.under_way or status.remedy_under_way for status in statuses)


def play(stage: Stage, exporters: Exporters, deaths: Sequence[str], twin: str = "") -> dict[str, Told]:
    """An exporter for each death, and a sound one that ends all runs."""
    with exporters.one_after_another(deaths, Random(SEED), longest=LONGEST_LIFE, twin=twin):
        # A remedy follows its check's failure in one write, so none begins behind this wait.
        stage.pause()
        wait_for("every run and remedy has ended", lambda: is_over(stage), SETTLE_SECONDS)
    return {check.metadata.name: ledger_of(check, stage) for check in stage.checks()}


def test_kills_at_any_moment_double_no_remedy_lose_none_and_let_none_run_beyond_its_limit(
    stage: Stage, exporters: Exporters, tell: Tell
) -> None:
    points = [point for point in (*POINTS, *REMEDY_POINTS) for _ in range(KILLS_AT_A_POINT)]
    deaths = [""] * KILLS_AT_RANDOM + points
    Random(SEED).shuffle(deaths)
    told = play(stage, exporters, deaths)
    assert {name: faults for name, (_, faults) in told.items() if faults} == {}
    remedies = sum(len(ledger.remedies()) for ledger, _ in told.values())
    assert remedies >= CHECKS
    tell(seed=SEED, kills=len(deaths), runs=stage.runs(), remedies=remedies, doubled=0, lost=0, beyond_the_limit=0)


def test_one_that_counts_remedies_by_itself_runs_too_many_and_the_ledger_says_so(
    stage: Stage, exporters: Exporters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks_argo, "FAILURES", 0.9)
    told = play(stage, exporters, ["after a remedy's beginning is written"] * 16, "counts by itself")
    assert [fault for _, faults in told.values() for fault in faults if " began though " in fault]
