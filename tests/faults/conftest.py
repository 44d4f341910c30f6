"""The fault runs: a short form by default, the long one with KUBEVIGIL_FAULTS=long. Each test tells its figures."""

import os
from collections.abc import Callable

import pytest

LONG = os.environ.get("KUBEVIGIL_FAULTS") == "long"

Tell = Callable[..., None]
_told = pytest.StashKey[list[str]]()


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Tell:
    """`tell(kills=200, lost=0)`: figures that the run prints at its end, a line a test."""

    def figures(**values: object) -> None:
        line = f"{request.node.name}: " + ", ".join(f"{k.replace('_', ' ')} {v}" for k, v in values.items())
        request.config.stash.setdefault(_told, []).append(line)

    return figures


@pytest.fixture(scope="session")
def long_form() -> bool:
    """Whether this is the long form."""
    return LONG


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    lines = config.stash.get(_told, [])
    if lines:
        terminalreporter.section("figures of the fault runs")
        for line in lines:
            terminalreporter.write_line(line)
