"""The contract of tests/unit/store/test_outbox_processes.py on real servers."""

from tests.unit.store.test_outbox_processes import *  # noqa: F403  the same tests, with another place
