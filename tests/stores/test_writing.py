"""The contract of tests/unit/store/test_writing.py on real servers."""

from tests.unit.store.test_writing import *  # noqa: F403  the same tests, with another place
