"""Fixtures for the tests on a real MariaDB, selected with KUBEVIGIL_STORES=1 only: they need mariadbd and pymysql."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .server import Server, Theirs

_HERE = Path(__file__).parent
_SELECTED = os.environ.get("KUBEVIGIL_STORES") == "1"

# Not even collected otherwise: the modules import pymysql, which need not be there.
collect_ignore_glob = [] if _SELECTED else ["test_*.py"]


@pytest.fixture(scope="session")
def server() -> Iterator["Server"]:
    from .server import running  # noqa: PLC0415  needs pymysql

    with running() as found:
        yield found


@pytest.fixture
def theirs(server: "Server", request: pytest.FixtureRequest) -> Iterator["Theirs"]:
    """A database with its tables, of the test's own."""
    from .server import Theirs  # noqa: PLC0415  needs pymysql

    name = re.sub(r"\W", "_", request.node.name)[:60]
    yield Theirs(server, name)
    server.run("", f"DROP DATABASE {name}")
