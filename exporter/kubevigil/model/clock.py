"""Clocks, passed in wherever time matters, so that tests own the time.

Two kinds, never mixed: wall time dates a fact; monotonic time measures how long something took or has to wait, and
is the only one that a jump of the host's clock leaves alone.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

Wall = Callable[[], float]
"""Seconds since the Unix epoch."""

Monotonic = Callable[[], float]
"""Seconds since some moment in the past; never goes back."""

wall: Final[Wall] = time.time  # noqa: TID251  the one place
monotonic: Final[Monotonic] = time.monotonic


def rfc3339(seconds: float) -> str:
    """The moment `seconds` after the epoch as RFC 3339 UTC with milliseconds, as records show it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seconds_of(stamp: str | None) -> float | None:
    """The Unix time of an RFC 3339 stamp of the Kubernetes API; None for a missing or malformed one."""
    if not stamp:
        return None
    try:
        return datetime.fromisoformat(stamp).timestamp()
    except (ValueError, OverflowError):
        return None
