"""A container's log as the API serves it: tail first, then the byte brake from the front of the tail. Pure.

Source: Kubernetes API reference, `read log of the specified Pod`, and a real kubelet's behaviour.
"""

from datetime import UTC, datetime
from typing import NamedTuple


class LogLine(NamedTuple):
    """One printed line: when (seconds since the epoch) and what."""

    at: float
    text: str


def log_text(lines: list[LogLine], *, tail: int | None, limit_bytes: int | None, timestamps: bool) -> bytes:
    """The body of the answer. `tail` lines from the end, of which at most the first `limit_bytes`."""
    chosen = lines if tail is None else lines[-tail:] if tail else []
    body = "".join(f"{nano_stamp(line.at)} {line.text}\n" if timestamps else f"{line.text}\n" for line in chosen)
    encoded = body.encode("utf-8", "surrogateescape")
    return encoded if limit_bytes is None else encoded[:limit_bytes]


def nano_stamp(seconds: float) -> str:
    """The moment in RFC 3339 with nine decimals, as the runtime stamps lines."""
    # Microseconds are what a float of this size holds exactly enough; a real runtime's last three digits are noise.
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S.%f}000Z"
