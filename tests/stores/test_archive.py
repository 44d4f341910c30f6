"""The contract of tests/unit/store/test_archive.py on real servers."""

from tests.unit.store.test_archive import *  # noqa: F403  the same tests, with another place
