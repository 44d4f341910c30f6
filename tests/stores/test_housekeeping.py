"""The contract of tests/unit/store/test_housekeeping.py on real servers."""

from tests.unit.store.test_housekeeping import *  # noqa: F403  the same tests, with another place
