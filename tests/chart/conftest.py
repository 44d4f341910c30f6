"""Fixtures for the chart's tests. Those that run a Helm are selected with KUBEVIGIL_CHART=1 only; the rest always.

They run the Helms that the testbed builds (`testbed/build helm3 helm4`), or `helm3` and `helm4` of the PATH.
"""

import os
from pathlib import Path

import pytest

from .binaries import Binaries
from .helm import Helm

_HERE = Path(__file__).parent
_NEED_BINARIES = "binaries"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if os.environ.get("KUBEVIGIL_CHART") == "1":
        return
    away = [
        item for item in items if _HERE in item.path.parents and _NEED_BINARIES in getattr(item, "fixturenames", ())
    ]
    config.hook.pytest_deselected(items=away)
    items[:] = [item for item in items if item not in away]


@pytest.fixture(scope="session")
def binaries() -> Binaries:
    """The parts of the testbed by name; fails with what to do where one is missing."""
    return Binaries.found()


@pytest.fixture(scope="session")
def helm3(binaries: Binaries, tmp_path_factory: pytest.TempPathFactory) -> Helm:
    return Helm(binaries["helm3"], tmp_path_factory.mktemp("helm3"))


@pytest.fixture(scope="session")
def helm4(binaries: Binaries, tmp_path_factory: pytest.TempPathFactory) -> Helm:
    return Helm(binaries["helm4"], tmp_path_factory.mktemp("helm4"))


@pytest.fixture(scope="session")
def helm(helm3: Helm) -> Helm:
    """The one that most people have, where one is enough: test_both_helms shows that they give the same objects."""
    return helm3
