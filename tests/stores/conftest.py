"""The store's tests on real servers, selected with KUBEVIGIL_STORES=1: its contract, which SQLite keeps too, and more.

A test takes `place`, a new store's address, on each of the servers; it is the fixture that tests/unit/store has for
SQLite. Of the modules that are taken over from there only what takes it is run here.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, event
from sqlalchemy.pool import Pool

from . import servers
from .servers import Server

_HERE = Path(__file__).parent
_OURS = {"place", "server"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    wanted = os.environ.get("KUBEVIGIL_STORES") == "1"
    away = [item for item in items if _HERE in item.path.parents and not (wanted and _needs_server(item))]
    config.hook.pytest_deselected(items=away)
    gone = {*map(id, away)}
    items[:] = [item for item in items if id(item) not in gone]


def _needs_server(item: pytest.Item) -> bool:
    """What takes a folder, too, is about SQLite's file."""
    names = {*getattr(item, "fixturenames", ())}
    return bool(_OURS & names) and "tmp_path" not in names


@pytest.fixture(scope="session", params=list(servers.STARTERS))
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server for the whole run."""
    server = servers.STARTERS[request.param]()
    yield server
    server.close()


@pytest.fixture
def place(server: Server, _closing: None) -> URL:
    """A store in which nothing is yet."""
    return server.emptied()


@pytest.fixture
def empty(server: Server, _closing: None) -> URL:
    """A database without tables."""
    return server.create()


@pytest.fixture
def _closing() -> Iterator[None]:
    """Closes after a test what it opened and left open."""
    opened: list[Any] = []

    def note(connection: Any, _record: object) -> None:
        opened.append(connection)

    event.listen(Pool, "connect", note)
    yield
    event.remove(Pool, "connect", note)
    for connection in opened:
        with suppress(Exception):  # each driver has its own words for what is closed already
            connection.close()
