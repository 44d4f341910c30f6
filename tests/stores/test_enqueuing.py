"""The contract of tests/unit/store/test_enqueuing.py on real servers."""

from tests.unit.store.test_enqueuing import *  # noqa: F403  the same tests, with another place
