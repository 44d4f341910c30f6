"""Tests that need programs which not everybody has: they run where a variable of the environment asks for them."""

import os
from collections.abc import Callable, Collection
from pathlib import Path

import pytest

Hook = Callable[[pytest.Config, list[pytest.Item]], None]


def where_asked(variable: str, folder: Path, fixtures: Collection[str]) -> Hook:
    """A conftest's `pytest_collection_modifyitems`: without VARIABLE=1 it leaves out what takes one of these fixtures.

    Left out is not skipped, which would look like a result. Only tests below `folder` are looked at.
    """

    def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
        if os.environ.get(variable) == "1":
            return
        away = [
            item
            for item in items
            if folder in item.path.parents and not {*fixtures}.isdisjoint(getattr(item, "fixturenames", ()))
        ]
        config.hook.pytest_deselected(items=away)
        gone = {*map(id, away)}
        items[:] = [item for item in items if id(item) not in gone]

    return pytest_collection_modifyitems
