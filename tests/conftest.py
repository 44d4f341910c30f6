"""For all tests: which of them run where, and the figures that some of them tell.

Tests on real parts (marker `real`) run inside a testbed: `testbed/run pytest -m real`. Without KUBEVIGIL_TESTBED, which
the testbed sets, they are not selected: not skipped, which would look like a result. Tests with the marker `host` too
run beside the testbed and start their own: KUBEVIGIL_TESTBED=host, as root. The marker `long` is the long form's.
"""

import os
import signal
from collections.abc import Callable

import pytest
from hypothesis import settings

HOST = "host"

settings.register_profile("untimed", deadline=None)  # that a machine is busy is no fault of an example
settings.load_profile("untimed")

Tell = Callable[..., None]
_told = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        # So it is in a shell's background, and every command that a test starts would have it so and mind no Ctrl-C.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    config.addinivalue_line("markers", "host: starts testbeds itself, so it runs outside of one")
    config.addinivalue_line("markers", "long: part of the long form of the fault runs only: KUBEVIGIL_FAULTS=long")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    where = os.environ.get("KUBEVIGIL_TESTBED", "")
    long_form = os.environ.get("KUBEVIGIL_FAULTS") == "long"

    def belongs_here(item: pytest.Item) -> bool:
        if item.get_closest_marker("long") is not None:
            return long_form
        if item.get_closest_marker("real") is None:
            return True
        return where == HOST if item.get_closest_marker("host") else where not in {"", HOST}

    config.hook.pytest_deselected(items=[item for item in items if not belongs_here(item)])
    items[:] = [item for item in items if belongs_here(item)]


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Tell:
    """`tell(kills=200, lost=0)`: figures that the run prints at its end, a line a test."""

    def figures(**values: object) -> None:
        line = f"{request.node.name}: " + ", ".join(f"{k.replace('_', ' ')} {v}" for k, v in values.items())
        request.config.stash.setdefault(_told, []).append(line)

    return figures


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    lines = config.stash.get(_told, [])
    if lines:
        terminalreporter.section("figures")
        for line in lines:
            terminalreporter.write_line(line)
