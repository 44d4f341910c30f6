"""Decides what to ask the API server next, so that the handler's state follows the cluster whatever happens.

A machine without I/O: `next_step` says list, watch or wait; the driver does it and tells what came of it. It knows the
phase, the version to watch from, the continue token, how long to back off, and the uids of the objects there are, so
that those missing from a new list can be told as vanished. Only uids are kept (as the very strings that the decoder
made), no object bodies: memory is one or, during a list, two sets of them.

Rules, as client-go's reflector has them where it has them:
- A list is a consistent read (no resourceVersion) in pages; a page that fails is asked for again with its token.
- 410 anywhere, and any other 4xx of a list or watch, starts a new list; every failure waits its turn in the backoff.
- The version only moves forward where two versions can be compared as numbers, and moves after the handler returned.
- A watch that brings nothing several times in a row (undecodable lines, silence, 5xx) gives way to a new list: the
  version itself may be what the server cannot serve, as after etcd was restored from an older backup.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Final

from kubevigil.kube.backoff import HEALTHY_AFTER, Backoff
from kubevigil.kube.errors import (
    BadConfig,
    Gone,
    KubeError,
    NotFound,
    Refused,
    ServerError,
    TooLarge,
    TooManyRequests,
)
from kubevigil.kube.roles import Cause, cause_of
from kubevigil.model.clock import Monotonic

PAGE_SIZE: Final = 500
_SHORTEST_WATCH: Final = 300
_LONGEST_WATCH: Final = 600
_DENIED_WAIT: Final = 5.0
_FULL_LIFE: Final = 5.0
"""Seconds. A watch that the server ends in good order after this long is opened again at once."""

_FRUITLESS: Final[Mapping[Cause, int]] = {Cause.DECODE: 2, Cause.STALLED: 3, Cause.HTTP: 5}
"""So many watches in a row that ended this way and brought nothing, and a new list is due."""

_DIGITS: Final = 20
"""etcd's revisions have 64 bits."""


class Phase(StrEnum):
    """What the reflector is about to do, or doing."""

    LISTING = "listing"
    WATCHING = "watching"


@dataclass(frozen=True, slots=True)
class Wait:
    """Do nothing for so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class ListPage:
    """Get one page; `first` where it begins a list."""

    query: Mapping[str, str]
    first: bool


@dataclass(frozen=True, slots=True)
class Watch:
    """Open a watch."""

    query: Mapping[str, str]


class Reflector:
    """The state of following one scope. Not thread-safe: it belongs to its driver."""

    def __init__(
        self, clock: Monotonic, random: Random, *, page_size: int = PAGE_SIZE, first_delay: float = 0.0
    ) -> None:
        self._clock = clock
        self._random = random
        self._backoff = Backoff(random)
        self._page_size = page_size
        self._due = clock() + first_delay
        self._continue = ""
        self._known: set[str] = set()
        self._listed: set[str] = set()
        self._since: float | None = None
        self._fruitless: dict[Cause, int] = {}
        self.phase = Phase.LISTING
        self.resource_version = ""

    def next_step(self) -> Wait | ListPage | Watch:
        """What to do now."""
        if (wait := self._due - self._clock()) > 0:
            return Wait(wait)
        if self.phase is Phase.WATCHING:
            return Watch(self._watch_query())
        query = {"limit": str(self._page_size)}
        return ListPage(query | ({"continue": self._continue} if self._continue else {}), first=not self._continue)

    def page_listed(self, uids: Iterable[str], continue_token: str) -> bool:
        """One page came in, with these objects; whether it was the last."""
        self._listed.update(uids)
        self._continue = continue_token
        return not continue_token

    def vanished(self) -> set[str]:
        """The uids that were there before the list and are not in it; asked for when the last page is in."""
        return self._known - self._listed

    def list_finished(self, resource_version: str) -> None:
        """The handler has taken the whole list: watch from here."""
        self._known, self._listed = self._listed, set()
        self._fruitless.clear()
        self.phase, self.resource_version = Phase.WATCHING, resource_version

    def watch_opened(self) -> None:
        """The server accepted the watch."""
        self._since = self._clock()

    def present(self, uid: str, resource_version: str) -> None:
        """The handler has taken an object that was added or modified."""
        self._known.add(uid)
        self.advance(resource_version)

    def absent(self, uid: str, resource_version: str) -> None:
        """The handler has taken a deletion."""
        self._known.discard(uid)
        self.advance(resource_version)

    def knows(self, uid: str) -> bool:
        """Whether the object is in the handler's state, as far as we were told."""
        return uid in self._known

    def advance(self, resource_version: str) -> None:
        """All up to this version has been taken."""
        self._fruitless.clear()
        self.resource_version = newer(self.resource_version, resource_version)

    def start_anew(self) -> None:
        """List from the beginning, when the backoff allows."""
        self.phase, self._continue, self._listed = Phase.LISTING, "", set()
        self._fruitless.clear()

    def watch_ended(self) -> None:
        """The server ended the watch in good order."""
        lasted = self._health()
        self._due = self._clock() + (0.0 if lasted >= _FULL_LIFE else self._backoff.next())

    def failed(self, error: KubeError) -> None:
        """A list or watch could not be opened, or broke off."""
        self._health()
        cause = cause_of(error)
        wait_at_least = _DENIED_WAIT if cause is Cause.DENIED or isinstance(error, BadConfig) else 0.0
        if isinstance(error, TooManyRequests | ServerError):
            wait_at_least = error.retry_after
        self._due = self._clock() + self._backoff.next(at_least=wait_at_least)
        if isinstance(error, TooLarge) and self.phase is Phase.LISTING:
            self._page_size = max(1, self._page_size // 2)
        elif isinstance(error, Gone | NotFound | Refused) or self._is_fruitless(error, cause):
            self.start_anew()

    def _watch_query(self) -> dict[str, str]:
        return {
            "watch": "1",
            "resourceVersion": self.resource_version,
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(self._random.randint(_SHORTEST_WATCH, _LONGEST_WATCH)),
        }

    def _health(self) -> float:
        """How long the watch that just ended was open; a long one makes the backoff forget."""
        lasted = 0.0 if self._since is None else self._clock() - self._since
        self._since = None
        if lasted >= HEALTHY_AFTER:
            self._backoff.forget()
        return lasted

    def _is_fruitless(self, error: KubeError, cause: Cause) -> bool:
        if self.phase is not Phase.WATCHING or isinstance(error, TooManyRequests) or cause not in _FRUITLESS:
            return False
        self._fruitless[cause] = self._fruitless.get(cause, 0) + 1
        return self._fruitless[cause] >= _FRUITLESS[cause]


def newer(known: str, seen: str) -> str:
    """The later of two resourceVersions: the greater where both are numbers (KEP-5504), else the one seen last."""
    if not seen:
        return known
    return known if 0 <= _number(seen) <= _number(known) else seen


def _number(version: str) -> int:
    return int(version) if version.isascii() and version.isdigit() and len(version) <= _DIGITS else -1
