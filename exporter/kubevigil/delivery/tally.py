"""How the delivery goes: what became of documents, how fast, and what fails. Thread-safe."""

from dataclasses import dataclass
from enum import StrEnum
from threading import Lock
from typing import Protocol

from kubevigil.model.clock import Monotonic


class SinkResult(StrEnum):
    """What came of one document in one attempt. Closed: also the label `result` of the metric."""

    SENT = "sent"
    DUPLICATE = "duplicate"
    """It was there already."""
    RETRIED = "retried"
    """Not taken this time; it is sent again."""
    DEAD_LETTER = "dead_letter"
    """Refused for good; it is kept, and `kubevigil crashes replay` has it tried again."""


SETTLING = frozenset({SinkResult.SENT, SinkResult.DUPLICATE, SinkResult.DEAD_LETTER})


class Part(StrEnum):
    """What has to work for a crash to arrive."""

    STORE = "store"
    SERVER = "server"


class Observer(Protocol):
    """Keeps the figures."""

    def came_of(self, result: SinkResult, documents: int) -> None:
        """So many more documents had this result."""


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the last attempts got through, and if not, why and for how many seconds that has been so.

    `tried` is False until anything was sent to the server; until then nothing is known of that.
    """

    ok: bool = True
    detail: str = ""
    seconds: float = 0.0
    tried: bool = True


class Tally:
    """Counts, passes on to the observer, and remembers what fails."""

    def __init__(self, observer: Observer, monotonic: Monotonic) -> None:
        self._observer = observer
        self._clock = monotonic
        self._lock = Lock()
        self._settled = 0
        self._failing: dict[Part, tuple[float, str]] = {}
        self._tried = False

    def count(self, result: SinkResult, documents: int) -> None:
        """So many more documents had this result."""
        if documents:
            self._observer.came_of(result, documents)
            with self._lock:
                self._settled += documents if result in SETTLING else 0

    @property
    def settled(self) -> int:
        """Documents that need no further attempt: sent, duplicate, dead letter."""
        with self._lock:
            return self._settled

    def works(self, part: Part) -> bool:
        """This part does what it is asked; whether that is news."""
        with self._lock:
            self._tried |= part is Part.SERVER
            return self._failing.pop(part, None) is not None

    def fails(self, part: Part, why: str) -> bool:
        """This part does not; whether that is news."""
        with self._lock:
            self._tried |= part is Part.SERVER
            known = self._failing.get(part)
            self._failing[part] = self._clock() if known is None else known[0], why
            return known is None

    def health(self) -> Health:
        """How it stands; the part that has failed for longer is told."""
        with self._lock:
            if not self._failing:
                return Health(tried=self._tried)
            since, why = min(self._failing.values())
            return Health(ok=False, detail=why, seconds=self._clock() - since, tried=self._tried)
