"""What keeps strangers out of the HTTP port, as one value: TLS, passwords, headers, how many requests.

`app` makes a `Security` of a web configuration file; the server takes a new one at any time, whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from kubevigil.web.answering import SECURITY
from kubevigil.web.tls_context import Encryption


class Rate(NamedTuple):
    """One request each `interval` seconds, and `burst` at once after a pause."""

    interval: float
    burst: int


@dataclass(frozen=True, kw_only=True)
class Security:
    """All of it. `users` are names and their bcrypt hashes; without any, no password is asked for."""

    encryption: Encryption | None = None
    users: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: tuple[tuple[str, str], ...] = SECURITY
    rate: Rate | None = None


OPEN: Final = Security()
"""Plain HTTP for everybody."""
