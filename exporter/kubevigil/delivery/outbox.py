"""What delivery asks of the store: crashes that are due at a sink, and a place to say what became of them.

`kubevigil.store.outbox` is one. Every call may raise StoreError.
"""

from collections.abc import Collection, Sequence
from typing import Protocol

from kubevigil.model.record import Record


class Due(Protocol):
    """A crash to be sent."""

    @property
    def record(self) -> Record:
        """The crash, with its log."""

    @property
    def day(self) -> str:
        """Of its index, in UTC, such as 2026-01-31."""

    @property
    def attempts(self) -> int:
        """How often it was tried before."""


class Balance(Protocol):
    """How many crashes wait and what became of the others."""

    @property
    def waiting(self) -> int:
        """Neither sent nor dead."""

    @property
    def sent(self) -> int:
        """Acknowledged."""

    @property
    def dead(self) -> int:
        """Refused for good."""


class Outbox(Protocol):
    """The crashes of one sink. Times are Unix seconds."""

    def claim(self, now: float, most: int, most_bytes: int) -> Sequence[Due]:
        """What is due, the longest due first, within so many crashes and bytes, but at least one if any is."""

    def sent(self, ids: Collection[str], now: float) -> None:
        """The sink has them."""

    def retry(self, ids: Collection[str], next_at: float, error: str) -> None:
        """Not now: again at `next_at` at the earliest."""

    def dead(self, id_: str, error: str) -> None:
        """Never, as it is."""

    def balance(self, now: float) -> Balance:
        """How it stands."""
