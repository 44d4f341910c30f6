"""Fixtures for the tests of the rules. Those that run a binary are selected with KUBEVIGIL_RULES=1 only.

The binary is the one that the testbed builds (`testbed/build promtool`), or that of the PATH.
"""

import os
from pathlib import Path

import pytest

from .promtool import Promtool
from .rendering import write

_HERE = Path(__file__).parent
_NEED_BINARIES = frozenset({"promtool", "binaries"})


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if os.environ.get("KUBEVIGIL_RULES") == "1":
        return
    away = [
        item
        for item in items
        if _HERE in item.path.parents and _NEED_BINARIES.intersection(getattr(item, "fixturenames", ()))
    ]
    config.hook.pytest_deselected(items=away)
    items[:] = [item for item in items if item not in away]


@pytest.fixture(scope="session")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with exporter.yaml, kube-state-metrics.yaml and both.yaml: the mixin's rules by source."""
    return write(tmp_path_factory.mktemp("rules"))


@pytest.fixture(scope="session")
def promtool(rendered: Path) -> Promtool:
    return Promtool.found(rendered)
