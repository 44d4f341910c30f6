"""The contract of tests/unit/store/test_outbox.py on real servers."""

from tests.unit.store.test_outbox import *  # noqa: F403  the same tests, with another place
