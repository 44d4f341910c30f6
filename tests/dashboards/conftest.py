"""Fixtures for the tests of the dashboards. Those that run a binary are selected with KUBEVIGIL_RULES=1 only.

The binaries are those that the testbed builds (`testbed/build promtool prometheus`), or those of the PATH.
"""

from pathlib import Path

import pytest

from tests.binary import Binary
from tests.selection import where_asked

pytest_collection_modifyitems = where_asked("KUBEVIGIL_RULES", Path(__file__).parent, {"promtool", "prometheus"})


@pytest.fixture(scope="session")
def promtool() -> Binary:
    return Binary.found("promtool")
