"""Each promise of the contract is asked of the simulated cluster and, inside a testbed, of a real API server."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from .clusters import Cluster, Real, Simulated


@pytest.fixture(params=["simulated", pytest.param("real", marks=pytest.mark.real)])
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """A cluster, with an empty namespace."""
    if request.param == "simulated":
        with Simulated.running() as simulated:
            yield simulated
    else:
        with Real.running(Path(os.environ["KUBECONFIG"])) as real:
            yield real
