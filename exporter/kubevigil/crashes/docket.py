"""What is assigned and not settled: who comes next, and who has waited too long. Pure, not locked.

Newest first, for a log lives until the next instance dies: in a storm that comes faster than it can be worked off, the
first come are dead by the time it is their turn, and every later one waits behind them. For the same reason a
container waits once only: of its logs Kubernetes keeps the newest dead one's. When the room is full the oldest leaves.
"""

from typing import NamedTuple

from kubevigil.crashes.assignment import Assignment
from kubevigil.model.record import CaptureResult


class Displaced(NamedTuple):
    """An assignment that ends unread, and as what."""

    assignment: Assignment
    result: CaptureResult


class Docket:
    """`room` assignments may wait; each is overdue `patience` seconds after it was assigned."""

    def __init__(self, *, room: int, patience: float) -> None:
        self._room = room
        self._patience = patience
        self._open: dict[str, Assignment] = {}
        self._waiting: dict[tuple[str, str], Assignment] = {}

    def __len__(self) -> int:
        return len(self._open)

    @property
    def waiting(self) -> int:
        """How many are not begun."""
        return len(self._waiting)

    def admit(self, assignment: Assignment) -> Displaced | None:
        """Puts an assignment in, unless it is in already; who has to leave for it, which may be itself."""
        if assignment.record_id in self._open:
            return None
        older = self._waiting.get(assignment.series)
        if older is not None and assignment.before(older):
            return Displaced(assignment, CaptureResult.SUPERSEDED)
        displaced = self._make_room(older)
        self._open[assignment.record_id] = assignment
        self._waiting[assignment.series] = assignment
        return displaced

    def next(self) -> Assignment | None:
        """The newest that waits, which from now on is being read; None if none waits."""
        return self._waiting.popitem()[1] if self._waiting else None

    def close(self, assignment: Assignment) -> bool:
        """Takes an assignment out; whether it still was to be settled."""
        if self._open.pop(assignment.record_id, None) is None:
            return False
        if self._waiting.get(assignment.series) is assignment:
            del self._waiting[assignment.series]
        return True

    def overdue(self, now: float) -> Assignment | None:
        """The oldest that is overdue, if any, taken out."""
        oldest = next(iter(self._open.values()), None)
        if oldest is None or now < self.due(oldest):
            return None
        self.close(oldest)
        return oldest

    def next_due(self) -> float | None:
        """When (monotonic) the next will be overdue."""
        oldest = next(iter(self._open.values()), None)
        return None if oldest is None else self.due(oldest)

    def due(self, assignment: Assignment) -> float:
        """When (monotonic) it is overdue."""
        return assignment.assigned_at + self._patience

    def _make_room(self, older: Assignment | None) -> Displaced | None:
        if older is not None:
            self.close(older)
            return Displaced(older, CaptureResult.SUPERSEDED)
        if len(self._waiting) < self._room:
            return None
        oldest = next(iter(self._waiting.values()))
        self.close(oldest)
        return Displaced(oldest, CaptureResult.TIMEOUT)
