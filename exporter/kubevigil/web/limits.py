"""How much of the process one client, and all clients together, may take."""

from typing import Final, NamedTuple


class Limits(NamedTuple):
    """Bounds of the HTTP server; times in seconds, sizes in bytes. Time limits are checked once a second.

    `header_seconds` runs from the connect, or from the first byte of a later request; single bytes do not extend it.
    `idle_seconds` outlasts the usual scrape intervals of up to a minute, so that a scraper keeps its connection.
    `stall_seconds` without a byte taken, or `answer_seconds` in all, end an answer that a client does not read.
    `connections` is lowered to what the limit of open files leaves.
    """

    header_seconds: float = 5.0
    idle_seconds: float = 75.0
    stall_seconds: float = 10.0
    answer_seconds: float = 60.0
    header_bytes: int = 16_384
    connections: int = 2_000
    workers: int = 4


DEFAULT: Final = Limits()

_SPARE_FILES: Final = 128
"""Left for the store, the watches and the logs."""

_FEWEST: Final = 16


def connections_within(limits: Limits, open_files: int) -> int:
    """How many connections may be open if the process may hold `open_files` (negative: no limit).

    One too many would make accept() fail at once, and again, for as long as a flood lasts.
    """
    if open_files < 0:
        return limits.connections
    return max(_FEWEST, min(limits.connections, open_files - _SPARE_FILES))
