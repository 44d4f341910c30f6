"""The contract of tests/unit/store/test_settling.py on real servers."""

from tests.unit.store.test_settling import *  # noqa: F403  the same tests, with another place
