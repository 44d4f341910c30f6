"""The fault runs: a short form by default, the long one with KUBEVIGIL_FAULTS=long. Each test tells its figures."""

import os

import pytest

from tests.conftest import Tell

LONG = os.environ.get("KUBEVIGIL_FAULTS") == "long"


@pytest.fixture(scope="session")
def long_form() -> bool:
    """Whether this is the long form."""
    return LONG


__all__ = ["LONG", "Tell", "long_form"]
