"""Fixtures for the tests on real parts (marker `real`): the cluster of the testbed in which they run."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from .cluster import Apply, Kubectl, WitnessLog, wait_for


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
