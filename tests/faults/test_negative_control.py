"""The negative control: journals that are wrong on purpose fail the same audit under the same kills, so it can fail."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from .audit import Verdict
from .conftest import Tell
from .killing_stage import Stage
from .process import Nursery

SEED = 4711
POINTS = ("before the commit", "in the transaction, after its entries", "after the commit, before memory")
KILLS_AT_A_POINT = 3


@pytest.fixture(scope="module")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    with Nursery(tmp_path_factory.mktemp("nursery") / "log") as nursery:
        yield nursery


def play(nursery: Nursery, folder: Path, twin: str) -> Verdict:
    """Few kills at some of the named points; each is survived by the real journal ten times."""
    with Stage(folder, nursery.start, seed=SEED, twin=twin, pause=0.01) as stage:
        for point in POINTS:
            for passing in range(1, KILLS_AT_A_POINT + 1):
                child = stage.exporter(point=point, passing=passing)
                assert stage.end_of(child) == -signal.SIGKILL
        return stage.verdict()


def test_a_journal_that_marks_before_it_records_loses_ends_and_the_audit_says_so(
    nursery: Nursery, tmp_path: Path, tell: Tell
) -> None:
    verdict = play(nursery, tmp_path, "marks first")
    tell(kills=len(POINTS) * KILLS_AT_A_POINT, ends=verdict.ends, places_lost=len(verdict.lost))
    assert any(fault.startswith("counters: ") for fault in verdict.lost)
    assert not verdict.doubled


def test_a_journal_that_knows_no_identities_doubles_ends_and_the_audit_says_so(
    nursery: Nursery, tmp_path: Path, tell: Tell
) -> None:
    verdict = play(nursery, tmp_path, "records first")
    tell(kills=len(POINTS) * KILLS_AT_A_POINT, ends=verdict.ends, places_doubled=len(verdict.doubled))
    assert any(fault.startswith("counters: ") for fault in verdict.doubled)
    assert not any(fault.startswith("counters: ") for fault in verdict.lost)


def test_the_journal_that_ships_passes_the_same_kills(nursery: Nursery, tmp_path: Path, tell: Tell) -> None:
    verdict = play(nursery, tmp_path, "")
    tell(kills=len(POINTS) * KILLS_AT_A_POINT, ends=verdict.ends, lost=len(verdict.lost), doubled=len(verdict.doubled))
    assert verdict.clean, str(verdict)
