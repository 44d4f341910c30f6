"""Fixtures for the tests on real parts (marker `real`), which run inside a testbed: `testbed/run pytest -m real`.

Without KUBEVIGIL_TESTBED, which the testbed sets, they are not selected: not skipped, which would look like a result.
Tests with the marker `host` too run beside the testbed and start their own: KUBEVIGIL_TESTBED=host, as root.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from .cluster import Apply, Kubectl, WitnessLog, wait_for

HOST = "host"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "host: starts testbeds itself, so it runs outside of one")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    where = os.environ.get("KUBEVIGIL_TESTBED", "")

    def belongs_here(item: pytest.Item) -> bool:
        if item.get_closest_marker("real") is None:
            return True
        return where == HOST if item.get_closest_marker("host") else where not in {"", HOST}

    config.hook.pytest_deselected(items=[item for item in items if not belongs_here(item)])
    items[:] = [item for item in items if belongs_here(item)]


@pytest.fixture(scope="session")
def kubeconfig() -> Path:
    """The admin's; the address in it can be reached inside the testbed only."""
    return Path(os.environ["KUBECONFIG"])


@pytest.fixture(scope="session")
def kubectl(kubeconfig: Path) -> Kubectl:
    """Runs kubectl without a namespace: `kubectl("get", "nodes")`, `kubectl.json(...)`."""
    return Kubectl(kubeconfig)


@pytest.fixture(scope="session")
def witness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WitnessLog]:
    """What the container runtime did since the first test that asked; see WitnessLog."""
    with WitnessLog.running(tmp_path_factory.mktemp("witness") / "facts.ndjson") as log:
        yield log


@pytest.fixture
def namespace(kubectl: Kubectl, request: pytest.FixtureRequest) -> Iterator[Kubectl]:
    """kubectl bound to a namespace of the test's own, in which pods can be made; deleted afterwards."""
    with kubectl.fresh_namespace(request.node.name) as own:
        yield own


@pytest.fixture
def apply(namespace: Kubectl) -> Apply:
    """Applies a manifest (YAML text, or a file) in the test's namespace."""
    return namespace.apply


__all__ = ["apply", "kubeconfig", "kubectl", "namespace", "wait_for", "witness"]
