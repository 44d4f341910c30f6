"""How long one connection may keep us waiting. Pure: the server tells what happened and asks now and then.

A connection is receiving a header, being answered, or idle between two requests; each has its own deadline. Nothing
that a client sends byte by byte moves the deadline of the state that it is in.
"""

import enum

from kubevigil.web.limits import Limits


class _State(enum.Enum):
    RECEIVING = "receiving"
    ANSWERING = "answering"
    IDLE = "idle"


class Patience:
    """The deadlines of one connection. Times are monotonic seconds; used by one thread."""

    def __init__(self, limits: Limits, now: float) -> None:
        self._limits = limits
        self._state, self._since = _State.RECEIVING, now
        self._pending, self._moved = 0, now

    def received(self, now: float, *, complete: bool) -> None:
        """Bytes came in; `complete` if no part of a request is left waiting for the rest."""
        if complete:
            self._enter(_State.ANSWERING, now)
        elif self._state is not _State.RECEIVING:
            self._enter(_State.RECEIVING, now)

    def overdue(self, now: float, *, working: bool, pending: int) -> bool:
        """Whether to close: `working` while a worker answers, `pending` bytes wait for the client to take them."""
        busy = working or pending > 0
        if busy and self._state is not _State.ANSWERING:
            self._enter(_State.ANSWERING, now)
        elif not busy and self._state is _State.ANSWERING:
            self._enter(_State.IDLE, now)
        if pending != self._pending:
            self._pending, self._moved = pending, now
        return self._stalled(now) or now - self._since > self._allowed()

    def _stalled(self, now: float) -> bool:
        return self._pending > 0 and now - self._moved > self._limits.stall_seconds

    def _allowed(self) -> float:
        if self._state is _State.RECEIVING:
            return self._limits.header_seconds
        return self._limits.answer_seconds if self._state is _State.ANSWERING else self._limits.idle_seconds

    def _enter(self, state: _State, now: float) -> None:
        self._state, self._since = state, now
        self._pending, self._moved = 0, now
