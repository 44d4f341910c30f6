"""Names of the daily indices. Pure."""

import re
from typing import Final

DEFAULT_PREFIX: Final = "k8s-crash-monitor-"
"""What kubernetes-pod-monitor used; dashboards made for it look there."""

_PREFIX: Final = re.compile(r"[a-z0-9][a-z0-9._-]*", re.ASCII)
"""Narrower than Elasticsearch's rules for names of indices (its create index API): no escaping is ever needed."""

_MOST_BYTES: Final = 255
_DATE_LENGTH: Final = len("2026.01.31")
_DAY: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)

_TAKEN: Final = ("logs-", "metrics-", "synthetics-", "profiling-", "security_solution-")
"""Beginnings for which Elasticsearch's own templates would make data streams, in which an id is no longer unique."""

ALLOWED: Final = (
    "lower-case letters, digits, '-', '_' and '.', a letter or digit first, not beginning with " + ", ".join(_TAKEN)
)


class BadPrefix(ValueError):
    """The prefix cannot begin the names of our indices; the message says why."""


def checked_prefix(prefix: str) -> str:
    """The prefix itself. Raises BadPrefix."""
    if not _PREFIX.fullmatch(prefix):
        raise BadPrefix(f"{prefix!r} cannot begin the name of an index; allowed: {ALLOWED}")
    if len(prefix) + _DATE_LENGTH > _MOST_BYTES:
        raise BadPrefix(f"{len(prefix)} bytes are too long; at most {_MOST_BYTES - _DATE_LENGTH}")
    if prefix.startswith(_TAKEN):
        raise BadPrefix(f"{prefix!r} begins as what Elasticsearch keeps as data streams; allowed: {ALLOWED}")
    return prefix


def index_of(prefix: str, day: str) -> str:
    """`<prefix>2026.01.31` for the day `2026-01-31` (UTC). Raises ValueError for what is no day."""
    found = _DAY.fullmatch(day)
    if found is None:
        raise ValueError(f"{day!r} is no day such as 2026-01-31")
    return prefix + ".".join(found.groups())
