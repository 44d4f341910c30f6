"""Fixtures for the tests on real search engines (marker `real`): each test runs on OpenSearch and on Elasticsearch.

They need no cluster: KUBEVIGIL_TESTBED=search is enough to have them selected; they run inside a testbed as well.
"""

from collections.abc import Iterator

import pytest

from kubevigil.delivery.client import Client

from .engine import NAMES, Engine, index_prefix, running


@pytest.fixture(scope="session", params=NAMES)
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """One after the other, never both at once."""
    with running(request.param, tmp_path_factory.mktemp(request.param)) as found:
        yield found


@pytest.fixture
def client(engine: Engine) -> Iterator[Client]:
    """The product's own, as the sidecar has it."""
    client = Client([engine.url])
    yield client
    client.close()


@pytest.fixture
def prefix(request: pytest.FixtureRequest) -> str:
    """Begins the names of the test's own indices."""
    return index_prefix(request.node.name)
