"""The servers of one cluster, and which of them to ask next. Pure, not locked.

Each in turn; one that failed is put aside, longer each time, and asked again before that only if all the others are
put aside too.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random
from typing import Final
from urllib.parse import urlsplit

from kubevigil.delivery.pacing import wait_of
from kubevigil.model.clock import Monotonic

ALLOWED: Final = "http://HOST:PORT or https://HOST:PORT, with a path if need be, without a user or a password"
LONGEST_ASIDE: Final = 60.0
"""Seconds."""

_DEFAULT_PORT: Final = 9200
_NAME: Final = re.compile(r"[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]")
_PATH: Final = re.compile(r"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*/?")


class BadHost(ValueError):
    """That is no server's address; the message does not show it, since it may hold a password."""


def checked_url(url: str) -> str:
    """The address without a slash at its end, with port 9200 where it has none. Raises BadHost."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadHost(f"allowed: {ALLOWED}") from None
    name = parts.netloc.rpartition(":")[0] if port is not None else parts.netloc.removesuffix(":")
    extra = parts.query or parts.fragment or url != url.strip()
    if parts.scheme not in {"http", "https"} or extra or not (_NAME.fullmatch(name) and _PATH.fullmatch(parts.path)):
        raise BadHost(f"allowed: {ALLOWED}")
    return f"{parts.scheme}://{name}:{_DEFAULT_PORT if port is None else port}{parts.path.rstrip('/')}"


@dataclass(slots=True)
class _Host:
    url: str
    failures: int = 0
    aside_until: float = 0.0


class Hosts:
    """At least one address, as `checked_url` gives them."""

    def __init__(self, urls: Iterable[str], *, random: Random, monotonic: Monotonic) -> None:
        self._random = random
        self._clock = monotonic
        self._hosts = {url: _Host(url) for url in urls}
        if not self._hosts:
            raise BadHost(f"there is none; allowed: {ALLOWED}")
        self._turn = 0

    def in_order(self) -> list[str]:
        """All of them, in the order to ask: those that are well in turn, then those nearest to their return."""
        hosts = list(self._hosts.values())
        start = self._turn % len(hosts)
        self._turn += 1
        now = self._clock()
        turned = hosts[start:] + hosts[:start]
        return [host.url for host in sorted(turned, key=lambda host: max(host.aside_until - now, 0.0))]

    def worked(self, url: str) -> None:
        """It answered."""
        self._hosts[url].failures, self._hosts[url].aside_until = 0, 0.0

    def failed(self, url: str) -> None:
        """It did not answer, or cannot serve: put it aside for a while."""
        host = self._hosts[url]
        host.failures += 1
        host.aside_until = self._clock() + wait_of(host.failures, self._random, longest=LONGEST_ASIDE)
