"""The tests of the built site run with KUBEVIGIL_SITE=1 only, after `make site`."""

import os
from pathlib import Path

import pytest

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if os.environ.get("KUBEVIGIL_SITE") == "1":
        return
    away = [item for item in items if _HERE in item.path.parents]
    config.hook.pytest_deselected(items=away)
    items[:] = [item for item in items if item not in away]
