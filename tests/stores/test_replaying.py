"""The contract of tests/unit/store/test_replaying.py on real servers."""

from tests.unit.store.test_replaying import *  # noqa: F403  the same tests, with another place
