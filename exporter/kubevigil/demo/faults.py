"""Faults as plug-ins: what goes wrong between the API server and its client.

A fault is asked twice: before a request is answered, and for every piece of a body that goes out (a whole document,
or one line of a watch). It returns steps; the server carries them out. So faults are pure, touch no socket, and wait
only in steps that a stop of the server ends. Each is bounded by `times` uses and by the seconds of its pauses.
`FaultSet` is thread-safe; a fault's hooks are called under its lock.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from kubevigil.demo.calls import Call
from kubevigil.demo.replies import Reply, error_line, status

_LONGEST_PAUSE: Final = 600.0
"""Seconds that a silence lasts at the most."""


@dataclass(frozen=True, slots=True)
class Send:
    """Send these bytes of the body."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer with this instead, whole."""

    reply: Reply


@dataclass(frozen=True, slots=True)
class Pause:
    """Say nothing for so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Close:
    """Close the connection at once, in the middle of whatever was said; `reset` with a TCP RST."""

    reset: bool = False


Step = Send | Answer | Pause | Close


class Fault(Protocol):
    """What the server asks of a fault."""

    def before(self, call: Call, /) -> list[Step] | None:
        """Steps that come before the call's answer, or replace it (Answer, Send, Close); None: not concerned."""

    def piece(self, call: Call, data: bytes, /) -> list[Step]:
        """What goes out in place of `data`; `[Send(data)]` for no change."""

    def end(self, call: Call, /) -> list[Step]:
        """What goes out once the body is complete, for faults that kept something back."""

    def retire(self) -> bool:
        """The fault was taken out: it concerns nothing new. Whether it still has to let go of something it kept."""


When = Callable[[Call], bool]


def watches(call: Call) -> bool:
    """Selects watches."""
    return call.verb == "watch"


def lists(call: Call) -> bool:
    """Selects lists."""
    return call.verb == "list"


def logs(call: Call) -> bool:
    """Selects reads of a container's log."""
    return call.subresource == "log"


def every(_call: Call) -> bool:
    """Selects every request."""
    return True


class Quiet:
    """A fault that does nothing; the base of those below. `times` None: as often as it is asked."""

    def __init__(self, *, when: When = every, times: int | None = None) -> None:
        self._when = when
        self._left = times

    def before(self, _call: Call, /) -> list[Step] | None:
        """Nothing."""
        return None

    def piece(self, _call: Call, data: bytes, /) -> list[Step]:
        """The data unchanged."""
        return [Send(data)]

    def end(self, _call: Call, /) -> list[Step]:
        """Nothing more."""
        return []

    def retire(self) -> bool:
        """Nothing was kept back."""
        return False

    def _concerns(self, call: Call) -> bool:
        """Whether this use is one of the fault's; counts it."""
        if self._left == 0 or not self._when(call):
            return False
        if self._left is not None:
            self._left -= 1
        return True


class Before(Quiet):
    """Steps before the answer."""

    def __init__(self, *steps: Step, when: When = every, times: int | None = None) -> None:
        super().__init__(when=when, times=times)
        self._steps = steps

    def before(self, call: Call, /) -> list[Step] | None:
        """The steps, if the call is concerned."""
        return list(self._steps) if self._concerns(call) else None


def black_hole(*, seconds: float = _LONGEST_PAUSE, when: When = every, times: int | None = None) -> Before:
    """Accepts the request and stays silent, then closes."""
    return Before(Pause(min(seconds, _LONGEST_PAUSE)), Close(), when=when, times=times)


def reset(*, when: When = every, times: int | None = None) -> Before:
    """Resets the connection instead of an answer."""
    return Before(Close(reset=True), when=when, times=times)


def slow(seconds: float, *, when: When = every, times: int | None = None) -> Before:
    """Answers only after so many seconds."""
    return Before(Pause(min(seconds, _LONGEST_PAUSE)), when=when, times=times)


def failing(
    code: int, *, message: str = "", retry_after: int | None = None, when: When = every, times: int | None = None
) -> Before:
    """Answers with a Status: 401, 403, 410, 429 (with `retry_after` seconds), 500, 503, and so on."""
    reply = status(code, message or f"fault: the server answers with {code}", retry_after=retry_after)
    return Before(Answer(reply), when=when, times=times)


def expired_status(*, times: int | None = 1) -> Before:
    """410 as the HTTP status of a watch."""
    return failing(410, message="too old resource version", when=watches, times=times)


def expired_continue(*, times: int | None = 1) -> Before:
    """410 as the HTTP status of a list's later page."""
    return failing(
        410,
        message="The provided continue parameter is too old to display a consistent list result",
        when=lambda call: lists(call) and "continue" in call.query,
        times=times,
    )


def expired_in_stream(*, times: int | None = 1) -> Before:
    """410 as the ERROR event of a watch that is answered with HTTP 200."""
    return Before(Send(error_line(410, "too old resource version: 1 (2)")), when=watches, times=times)


class Pieces(Quiet):
    """What becomes of the pieces of a body: `change` gets the piece's bytes and returns steps.

    Counts pieces, not requests, after `skip` of them have passed unchanged.
    """

    def __init__(
        self,
        change: Callable[[bytes], list[Step]],
        *,
        when: When = watches,
        skip: int = 0,
        times: int | None = 1,
    ) -> None:
        super().__init__(when=when, times=times)
        self._change = change
        self._skip = skip

    def piece(self, call: Call, data: bytes, /) -> list[Step]:
        """The steps in place of the piece."""
        if not self._when(call):
            return [Send(data)]
        if self._skip:
            self._skip -= 1
            return [Send(data)]
        return self._change(data) if self._concerns(call) else [Send(data)]


def half_open(*, after: int = 0, seconds: float = _LONGEST_PAUSE, when: When = watches) -> Pieces:
    """A stream that goes silent after so many pieces, as if the peer had lost power; closed after `seconds`."""
    return Pieces(lambda _: [Pause(min(seconds, _LONGEST_PAUSE)), Close()], when=when, skip=after)


def cut(after_bytes: int, *, when: When = watches, times: int | None = 1) -> Pieces:
    """Ends the connection inside a piece, after so many bytes of it."""
    return Pieces(lambda data: [Send(data[:after_bytes]), Close()], when=when, times=times)


def garbage(line: bytes = b'{"type":"MODIFIED","object":\x00\xff nonsense\n', *, times: int | None = 1) -> Pieces:
    """Puts a line that is no JSON before a piece."""
    return Pieces(lambda data: [Send(line), Send(data)], times=times)


def duplicate(*, times: int | None = None) -> Pieces:
    """Sends each event twice."""
    return Pieces(lambda data: [Send(data), Send(data)], times=times)


def slow_stream(seconds: float, *, times: int | None = None) -> Pieces:
    """Waits so many seconds before each event."""
    return Pieces(lambda data: [Pause(min(seconds, _LONGEST_PAUSE)), Send(data)], times=times)


class Reorder(Quiet):
    """Swaps pairs of events of a stream: each first one is kept back until the next has gone."""

    def __init__(self, *, times: int | None = 1) -> None:
        super().__init__(when=watches, times=times)
        self._kept: dict[int, tuple[Call, bytes]] = {}

    def piece(self, call: Call, data: bytes, /) -> list[Step]:
        """Nothing for the first of a pair, both for the second."""
        if id(call) in self._kept:
            return [Send(data), *self.end(call)]
        if not self._concerns(call):
            return [Send(data)]
        # The call is kept too: while it lives its id is not another's.
        self._kept[id(call)] = (call, data)
        return []

    def end(self, call: Call, /) -> list[Step]:
        """What was kept back, so that nothing is lost."""
        kept = self._kept.pop(id(call), None)
        return [] if kept is None else [Send(kept[1])]

    def retire(self) -> bool:
        """No new pairs; an event that was kept back still goes, after the next one of its stream."""
        self._left = 0
        return bool(self._kept)


class Replay(Quiet):
    """Sends the last `depth` events, of whichever watch, again after a new one, `times` times."""

    def __init__(self, depth: int, *, times: int | None = 1) -> None:
        super().__init__(when=watches, times=times)
        self._seen: deque[bytes] = deque(maxlen=depth)

    def piece(self, call: Call, data: bytes, /) -> list[Step]:
        """The event, and those before it once more."""
        if not watches(call):
            return [Send(data)]
        old = list(self._seen)
        self._seen.append(data)
        again = bool(old) and self._concerns(call)
        return [Send(data), *(Send(line) for line in old if again)]


F = TypeVar("F", bound=Fault)


class FaultSet:
    """The faults of a server. The first that concerns a request decides how it begins; pieces pass through all."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, fault: F) -> F:
        """Put a fault in; it works from the next request or piece on. Returns it, for `remove`."""
        with self._lock:
            self._faults.append(fault)
        return fault

    def remove(self, fault: Fault) -> None:
        """Take a fault out; nothing happens if it is not in."""
        with self._lock:
            self._faults = [f for f in self._faults if f is not fault or f.retire()]

    def clear(self) -> None:
        """Take all faults out. Silences that have begun last until their end."""
        with self._lock:
            self._faults = [f for f in self._faults if f.retire()]

    def before(self, call: Call) -> list[Step]:
        """The steps before the call's answer."""
        with self._lock:
            return next((steps for f in self._faults if (steps := f.before(call)) is not None), [])

    def piece(self, call: Call, data: bytes) -> list[Step]:
        """The steps for a piece of the call's body."""
        with self._lock:
            return self._through(self._faults, call, [Send(data)])

    def end(self, call: Call) -> list[Step]:
        """The steps once the call's body is complete."""
        with self._lock:
            steps: list[Step] = []
            for place, fault in enumerate(self._faults):
                steps += self._through(self._faults[place + 1 :], call, fault.end(call))
            return steps

    @staticmethod
    def _through(faults: Iterable[Fault], call: Call, steps: list[Step]) -> list[Step]:
        for fault in faults:
            steps = [
                new for step in steps for new in (fault.piece(call, step.data) if isinstance(step, Send) else [step])
            ]
        return steps
