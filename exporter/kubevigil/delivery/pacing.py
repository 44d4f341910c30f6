"""How long to wait before the next attempt, and how much to send in it. Pure; times are in seconds.

Two paces, never mixed: a document of which the server said "not now" waits by itself and holds up no other; where the
server as a whole does not answer, the pipe waits and no document pays for it.
"""

from random import Random
from typing import Final

from kubevigil.delivery.bulk import MOST_BYTES, MOST_ITEMS
from kubevigil.delivery.errors import DeliveryError, Reason

SHORTEST: Final = 1.0
LONGEST_ITEM: Final = 300.0
LONGEST_PIPE: Final = 30.0
LONGEST_CREDENTIALS: Final = 300.0
"""Servers log each refusal, and some lock an account out for it."""

_FACTOR: Final = 2.0
_SCATTER: Final = 0.2
_DOUBLINGS: Final = 32
"""Enough for any longest wait, few enough for a float."""


def wait_of(attempts: int, random: Random, *, longest: float, at_least: float = 0.0) -> float:
    """The wait after so many attempts (1 for the first): 1 s ± 20 %, twice that each time up to `longest`."""
    base = SHORTEST * _FACTOR ** min(max(attempts - 1, 0), _DOUBLINGS)
    return max(min(base, longest / (1.0 + _SCATTER)) * random.uniform(1.0 - _SCATTER, 1.0 + _SCATTER), at_least)


class Pacing:
    """The pace of the pipe. It starts with full requests, since what is well is the rule. Not thread-safe."""

    def __init__(self, random: Random, *, most_items: int = MOST_ITEMS, most_bytes: int = MOST_BYTES) -> None:
        self._random = random
        self._most_items = most_items
        self._items = most_items
        self._failures = 0
        self.bytes = most_bytes
        """How large the next request may be, where it has more than one document."""

    @property
    def items(self) -> int:
        """How many documents the next request may have: after a failure one, to see whether things are well again."""
        return 1 if self._failures else self._items

    def worked(self, sent: int) -> None:
        """The server took or judged a request with so many documents; as many as were allowed may be doubled."""
        self._failures = 0
        if sent >= self._items:
            self._items = min(self._items * 2, self._most_items)

    def too_large(self, size: int) -> None:
        """A request of so many bytes was too large: send no more of those."""
        self.bytes = max(1, min(self.bytes, size // 2))

    def failed(self, error: DeliveryError, sent: int) -> float:
        """How long the pipe has to wait after a request with so many documents failed as a whole."""
        if error.blames_body:
            self._items = max(1, min(self._items, sent) // 2)
        return self.wait(error.reason, at_least=error.retry_after)

    def wait(self, reason: Reason, *, at_least: float = 0.0) -> float:
        """How long the pipe has to wait since nothing came of the last attempt."""
        self._failures += 1
        longest = LONGEST_CREDENTIALS if reason is Reason.CREDENTIALS else LONGEST_PIPE
        return wait_of(self._failures, self._random, longest=longest, at_least=at_least)

    def wait_of_item(self, attempts: int, *, at_least: float = 0.0) -> float:
        """How long a document has to wait after so many attempts."""
        return wait_of(attempts, self._random, longest=LONGEST_ITEM, at_least=at_least)
