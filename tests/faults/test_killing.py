"""`kill -9` of the exporter, at random and at every named point, while containers die: nothing lost or doubled."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import LONG, Tell
from .killing_points import POINTS
from .killing_prometheus import Prometheus
from .killing_stage import Stage
from .process import Nursery, command

pytestmark = pytest.mark.timeout(900 if LONG else 120)

SEED = 4711
KILLS_AT_RANDOM = 2000 if LONG else 200
KILLS_AT_A_POINT = 10
LONGEST_LIFE = 0.3
"""Seconds from the fork to the kill; some 0.05 of them pass until the first list is complete."""
KILLS_BESIDE_PROMETHEUS = 100
KILLS_OF_THE_COMMAND = 20 if LONG else 5


@pytest.fixture(scope="module")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    with Nursery(tmp_path_factory.mktemp("nursery") / "log") as nursery:
        yield nursery


def test_kills_at_random_moments_lose_and_double_nothing(nursery: Nursery, tmp_path: Path, tell: Tell) -> None:
    began = time.monotonic()
    with Stage(tmp_path, nursery.start, seed=SEED) as stage:
        for _ in range(KILLS_AT_RANDOM):
            child = stage.exporter()
            time.sleep(stage.random.uniform(0, LONGEST_LIFE))
            stage.kill(child)
        verdict = stage.verdict()
    tell(
        seed=SEED,
        kills=KILLS_AT_RANDOM,
        ends=verdict.ends,
        crash_records=verdict.crashes,
        without_details=verdict.unseen,
        scrapes=stage.scraper.scrapes,
        lost=len(verdict.lost),
        doubled=len(verdict.doubled),
        seconds=round(time.monotonic() - began),
    )
    assert verdict.clean, f"seed {SEED}\n{verdict}"
    assert verdict.ends > KILLS_AT_RANDOM


@pytest.mark.parametrize("point", POINTS)
def test_ten_kills_at_a_named_point_lose_and_double_nothing(
    nursery: Nursery, tmp_path: Path, tell: Tell, point: str
) -> None:
    with Stage(tmp_path, nursery.start, seed=SEED, pause=0.005) as stage:
        for _ in range(KILLS_AT_A_POINT):
            child = stage.exporter(point=point, passing=stage.random.randint(1, POINTS[point].most))
            assert stage.end_of(child) == -signal.SIGKILL, f"it never came to the point: {point}"
        verdict = stage.verdict()
    tell(kills=KILLS_AT_A_POINT, ends=verdict.ends, lost=len(verdict.lost), doubled=len(verdict.doubled))
    assert verdict.clean, f"seed {SEED}\n{verdict}"


@pytest.mark.long
def test_what_a_real_prometheus_scraped_under_kills_is_the_truth(nursery: Nursery, tmp_path: Path, tell: Tell) -> None:
    with Stage(tmp_path, nursery.start, seed=SEED) as stage, Prometheus(tmp_path, stage.port) as prometheus:
        for _ in range(KILLS_BESIDE_PROMETHEUS):
            child = stage.exporter()
            time.sleep(stage.random.uniform(0, LONGEST_LIFE))
            stage.kill(child)
        verdict = stage.verdict(scraped_elsewhere=prometheus.increases)
        samples = prometheus.samples()
    tell(
        kills=KILLS_BESIDE_PROMETHEUS,
        ends=verdict.ends,
        scrapes=samples,
        lost=len(verdict.lost),
        doubled=len(verdict.doubled),
    )
    assert verdict.clean, f"seed {SEED}\n{verdict}"
    assert samples > KILLS_BESIDE_PROMETHEUS / 10


def test_kills_of_the_command_as_users_start_it_lose_and_double_nothing(tmp_path: Path, tell: Tell) -> None:
    with Stage(tmp_path, command(tmp_path / "log"), seed=SEED) as stage:
        for _ in range(KILLS_OF_THE_COMMAND):
            child = stage.exporter()
            time.sleep(stage.random.uniform(0.3, 1.5))
            stage.kill(child)
        verdict = stage.verdict()
    tell(kills=KILLS_OF_THE_COMMAND, ends=verdict.ends, lost=len(verdict.lost), doubled=len(verdict.doubled))
    assert verdict.clean, f"seed {SEED}\n{verdict}"
