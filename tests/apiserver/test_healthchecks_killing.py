"""`kill -9` of the exporter while its health checks run: no run has two workflows, and each result counts once.

The control is a controller that is wrong on purpose, under the same kills.
"""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

import pytest

from kubevigil.kube.connection import Connection
from tests.chart.apiserver import ApiServer
from tests.conftest import Tell
from tests.faults.conftest import LONG
from tests.faults.process import Nursery

from .checks_audit import Verdict
from .checks_nursery import MODULE
from .checks_points import POINTS
from .checks_stage import Exporters, Stage, frequent
from .test_healthchecks import known

__all__ = ["known"]
pytestmark = pytest.mark.timeout(600 if LONG else 120)

SEED = 4711
CHECKS = 12
KILLS_AT_RANDOM = 110 if LONG else 1
KILLS_AT_A_POINT = 10 if LONG else 1
LONGEST_LIFE = 1.5
"""Seconds from the fork to the kill."""


@pytest.fixture(scope="module")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    with Nursery(tmp_path_factory.mktemp("nursery") / "log", MODULE) as nursery:
        yield nursery


@pytest.fixture
def exporters(known: ApiServer, nursery: Nursery, namespace: str, tmp_path: Path) -> Exporters:
    return Exporters(known, nursery, tmp_path, [namespace])


@pytest.fixture
def stage(known: ApiServer, connection: Connection, namespace: str) -> Iterator[Stage]:
    del known  # which knows checks and workflows now
    with Stage(connection, [namespace], seed=SEED) as stage:
        for number in range(CHECKS):
            stage.put(frequent(namespace, f"c{number}"))
        yield stage


def play(stage: Stage, exporters: Exporters, deaths: Sequence[str], twin: str = "") -> Verdict:
    """An exporter for each death, and a sound one that ends all runs."""
    with exporters.one_after_another(deaths, Random(SEED), longest=LONGEST_LIFE, twin=twin):
        return stage.verdict()


def test_kills_at_any_moment_double_no_run_and_lose_no_result(stage: Stage, exporters: Exporters, tell: Tell) -> None:
    deaths = [""] * KILLS_AT_RANDOM + [point for point in POINTS for _ in range(KILLS_AT_A_POINT)]
    Random(SEED).shuffle(deaths)
    began = time.monotonic()
    verdict = play(stage, exporters, deaths)
    tell(
        seed=SEED,
        kills=len(deaths),
        runs=verdict.runs,
        succeeded=verdict.succeeded,
        failed=verdict.failed,
        **verdict.counted,
        seconds=round(time.monotonic() - began),
    )
    assert verdict.clean, f"seed {SEED}\n{verdict}"
    assert verdict.runs > len(deaths)


def test_one_that_forgets_what_it_began_loses_results_and_the_audit_says_so(stage: Stage, exporters: Exporters) -> None:
    verdict = play(stage, exporters, ["after a workflow is created"] * 4, "forgets")
    assert any("a run was forgotten" in fault for fault in verdict.lost)
