"""Fixtures for tests on a real API server without a kubelet; they are selected with KUBEVIGIL_CHART=1 only.

It runs the programs that the testbed builds: `testbed/build etcd kube-apiserver kubectl`.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kubevigil.kube.connection import Connection, connect
from tests.chart import apiserver
from tests.chart.apiserver import ApiServer
from tests.chart.binaries import Binaries
from tests.selection import where_asked

pytest_collection_modifyitems = where_asked("KUBEVIGIL_CHART", Path(__file__).parent, {"server"})


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    with apiserver.running(Binaries.found(), tmp_path_factory.mktemp("apiserver")) as server:
        yield server


@pytest.fixture(scope="session")
def connection(server: ApiServer) -> Iterator[Connection]:
    """Of `admin`, who may do everything."""
    connection = connect(str(server.kubeconfigs["admin"]))
    yield connection
    connection.close()


@pytest.fixture
def team(server: ApiServer) -> Iterator[Connection]:
    """Of `team`, who may do nothing that no test grants."""
    connection = connect(str(server.kubeconfigs["team"]))
    yield connection
    connection.close()


@pytest.fixture
def namespace(server: ApiServer, request: pytest.FixtureRequest) -> str:
    """One that is the test's own."""
    _namespaces.append(request.node.name)
    name = f"test-{len(_namespaces)}"
    server.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    return name


_namespaces: list[str] = []
