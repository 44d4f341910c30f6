"""The contract of tests/unit/store/test_yielding.py on real servers."""

from tests.unit.store.test_yielding import *  # noqa: F403  the same tests, with another place
