"""promtool for the tests that ask it; they are selected with KUBEVIGIL_RULES=1 only, as those of the rules are."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

_HERE = Path(__file__).parent
_ROOT = _HERE.parents[2]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if os.environ.get("KUBEVIGIL_RULES") == "1":
        return
    away = [item for item in items if _HERE in item.path.parents and "promtool" in getattr(item, "fixturenames", ())]
    config.hook.pytest_deselected(items=away)
    items[:] = [item for item in items if item not in away]


@pytest.fixture(scope="session")
def promtool() -> str:
    """The testbed's, else that of the PATH."""
    said = subprocess.run([_ROOT / "testbed" / "build", "--path"], capture_output=True, text=True, check=False)
    program = shutil.which("promtool", path=os.pathsep.join([said.stdout.strip(), os.environ["PATH"]]))
    assert program, "no promtool: run `testbed/build promtool`, or put one on the PATH"
    return program
