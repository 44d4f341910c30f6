"""Fixtures for tests on a real Alertmanager: those with the fixture `binaries` run with KUBEVIGIL_RULES=1 only.

It is the one that the testbed builds (`testbed/build alertmanager`), or one on the PATH.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.chart.binaries import Binaries
from tests.selection import where_asked

from .alertmanager import Alertmanager
from .deployment import deployed
from .rendering import Config
from .slack_stand_in import Slack, Workspace

Started = Callable[[Slack, Config], Alertmanager]


pytest_collection_modifyitems = where_asked("KUBEVIGIL_RULES", Path(__file__).parent, {"binaries"})


@pytest.fixture(scope="session")
def binaries() -> Binaries:
    return Binaries.found()


CHANNELS = {"#crashes": "C0CRASHES", "#payments": "C0PAYMENTS", "#shop": "C0SHOP"}
WEBHOOKS = {"webhook": "/services/T0/B0/one", "second": "/services/T0/B0/two"}


@pytest.fixture
def slack() -> Iterator[Slack]:
    """A workspace with some channels and webhooks. At the end, no message may have had what ours must not have.

    It puts nothing off by itself, so that a message which is due has come when a later one has.
    """
    with Slack(Workspace(channels=CHANNELS | WEBHOOKS, clock=time.monotonic, seconds_between=0.0)) as server:
        yield server
    assert server.workspace.faults == []


@pytest.fixture
def alertmanager(binaries: Binaries, tmp_path: Path) -> Iterator[Started]:
    """Starts an Alertmanager whose routes to Slack are rendered from a `_config`, and stops it at the end."""
    with ExitStack() as running:

        def start(slack: Slack, config: Config) -> Alertmanager:
            made = deployed(config, slack, tmp_path)
            return running.enter_context(Alertmanager(binaries["alertmanager"], tmp_path, made))

        yield start
