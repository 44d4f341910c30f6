"""Fixtures for the tests of the rules. Those that run a binary are selected with KUBEVIGIL_RULES=1 only.

The binary is the one that the testbed builds (`testbed/build promtool`), or that of the PATH.
"""

from pathlib import Path

import pytest

from tests.selection import where_asked

from .promtool import Promtool
from .rendering import write

pytest_collection_modifyitems = where_asked("KUBEVIGIL_RULES", Path(__file__).parent, {"promtool", "binaries"})


@pytest.fixture(scope="session")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with exporter.yaml, kube-state-metrics.yaml and both.yaml: the mixin's rules by source."""
    return write(tmp_path_factory.mktemp("rules"))


@pytest.fixture(scope="session")
def promtool(rendered: Path) -> Promtool:
    return Promtool.found(rendered)
