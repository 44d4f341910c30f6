"""A port of loopback for a server that starts later, and perhaps again and again."""

import random
import socket
from contextlib import suppress
from pathlib import Path
from typing import Final

_OUTGOING: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST: Final = 10_000
_ATTEMPTS: Final = 100
_random: Final = random.SystemRandom()
"""Of its own: tests seed the other one, and two processes would look in the same places."""


def free_port() -> int:
    """Nobody listens there now, and no connection of this machine takes it for its own end while nobody does."""
    for _ in range(_ATTEMPTS):
        port = _random.randrange(_LOWEST, _first_outgoing())
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError(f"{_ATTEMPTS} ports below {_first_outgoing()} are taken")


def _first_outgoing() -> int:
    """The range that outgoing connections take their ports from, as Linux tells it; else where IANA's begins."""
    try:
        first = int(_OUTGOING.read_text(encoding="ascii").split()[0])
    except OSError:
        first = 49_152
    return max(first, _LOWEST + 1_000)
