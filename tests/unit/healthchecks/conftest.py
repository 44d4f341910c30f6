"""promtool for the tests that ask it; they are selected with KUBEVIGIL_RULES=1 only, as those of the rules are."""

from pathlib import Path

import pytest

from tests.binary import Binary
from tests.selection import where_asked

pytest_collection_modifyitems = where_asked("KUBEVIGIL_RULES", Path(__file__).parent, {"promtool"})


@pytest.fixture(scope="session")
def promtool() -> str:
    """Its path."""
    return Binary.found("promtool").path
