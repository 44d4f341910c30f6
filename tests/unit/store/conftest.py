"""SQLite's `place` for the store's contract; tests/stores has the servers'."""

from pathlib import Path

import pytest


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A new store's folder."""
    return tmp_path
