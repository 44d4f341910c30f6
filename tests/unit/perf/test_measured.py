"""A process that is measured."""

import os
import sys
from pathlib import Path

import pytest

from tests.perf.measured import Measured

BUSY = """
import time, threading
while time.process_time() < 0.5: pass
print('rested', flush=True)
threading.Event().wait()
"""
ENDS = "raise SystemExit('it has no reason to live')"


def measured(code: str, log: Path) -> Measured:
    return Measured([sys.executable, "-c", code], 0, log, {"PATH": os.environ["PATH"]})


def test_it_settles_only_when_its_work_is_done_and_all_its_cpu_is_counted(tmp_path: Path) -> None:
    with measured(BUSY, tmp_path / "log") as process:
        cpu = process.settle(60)
        assert (tmp_path / "log").read_text() == "rested\n"
        assert 0.5 <= cpu <= process.cpu
        resident, peak = process.memory()
        assert 1 < resident <= peak


def test_one_that_ended_is_told_with_its_last_words(tmp_path: Path) -> None:
    with measured(ENDS, tmp_path / "log") as process, pytest.raises(RuntimeError, match="no reason to live"):
        process.settle(60)
