"""SIGTERM while containers die: the exporter ends in good order and in time, and nothing is lost."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.running import until

from .conftest import LONG, Tell
from .killing_stage import SETTLE_SECONDS, Stage
from .process import Nursery

SEED = 4711
TIMES = 100 if LONG else 20
PROMISED_SECONDS = 10.0


@pytest.fixture(scope="module")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    with Nursery(tmp_path_factory.mktemp("nursery") / "log") as nursery:
        yield nursery


def test_sigterm_under_load_ends_it_with_0_in_time_and_loses_nothing(
    nursery: Nursery, tmp_path: Path, tell: Tell
) -> None:
    slowest = 0.0
    with Stage(tmp_path, nursery.start, seed=SEED, pause=0.005) as stage:
        for _ in range(TIMES):
            child = stage.exporter()
            until(stage.ready, SETTLE_SECONDS)
            time.sleep(stage.random.uniform(0, 0.1))
            began = time.monotonic()
            stage.stop(child)
            slowest = max(slowest, time.monotonic() - began)
            assert not list(stage.data.glob("*-wal"))
        verdict = stage.verdict()
    tell(
        times=TIMES,
        slowest_seconds=f"{slowest:.2f}",
        ends=verdict.ends,
        lost=len(verdict.lost),
        doubled=len(verdict.doubled),
    )
    assert slowest < PROMISED_SECONDS
    assert verdict.clean, f"seed {SEED}\n{verdict}"
