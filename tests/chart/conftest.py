"""Fixtures for the chart's tests. Those that run a Helm are selected with KUBEVIGIL_CHART=1 only; the rest always.

They run the Helms that the testbed builds (`testbed/build helm3 helm4`), or `helm3` and `helm4` of the PATH.
"""

from pathlib import Path

import pytest

from tests.selection import where_asked

from .binaries import Binaries
from .helm import Helm

pytest_collection_modifyitems = where_asked("KUBEVIGIL_CHART", Path(__file__).parent, {"binaries"})


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
