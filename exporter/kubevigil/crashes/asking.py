"""Asks the API server for one crash, again and again until a deadline where trying again can help."""

from collections.abc import Callable
from random import Random
from typing import Final, Protocol, TypeVar

from kubevigil.kube.errors import Interrupted, KubeError, ServerError, Stalled, TooManyRequests, Unreachable
from kubevigil.kube.interrupt import Interrupt
from kubevigil.kube.roles import Stream
from kubevigil.model.clock import Monotonic

T = TypeVar("T")

_SILENCE: Final = 5.0
"""Seconds without a byte after which a request is given up; a kubelet answers within 0.3 s (p99, three at once)."""

_FIRST_WAIT: Final = 0.2
_LONGEST_WAIT: Final = 2.0
_SCATTER: Final = 0.2


class OutOfTime(Exception):
    """The deadline has come; the cause is what kept the last attempt from an answer, if there was one."""


class NotYet(KubeError):
    """An answer that is an error now and that time alone changes; its cause is what was answered."""


class Api(Protocol):
    """What is needed of a `Connection`."""

    def get_bytes(  # noqa: D102  as the connection says
        self,
        path: str,
        query: dict[str, str],
        *,
        read_timeout: float,
        limit: int,
        deadline: float,
        interrupt: Interrupt,
    ) -> bytes: ...

    def open(  # noqa: D102  as the connection says
        self, path: str, query: dict[str, str], *, read_timeout: float, interrupt: Interrupt
    ) -> Stream: ...


class Asking:
    """The requests for one crash, in one thread. `deadline` is monotonic; `interrupt` ends them."""

    def __init__(self, api: Api, clock: Monotonic, random: Random, *, deadline: float, interrupt: Interrupt) -> None:
        self._api = api
        self._clock = clock
        self._random = random
        self._deadline = deadline
        self._interrupt = interrupt

    def insist(self, attempt: Callable[[], T]) -> T:
        """What `attempt` returns, tried again after failures that pass, with growing waits and `Retry-After` honoured.

        Raises OutOfTime once no further attempt fits before the deadline, Interrupted, and every KubeError that
        trying again does not change.
        """
        wait = _FIRST_WAIT
        while True:
            try:
                return attempt()
            except (TooManyRequests, ServerError, Stalled, Unreachable, NotYet) as error:
                asked_for = getattr(error, "retry_after", 0.0)
                self._pause(max(wait * self._random.uniform(1 - _SCATTER, 1 + _SCATTER), asked_for), error)
            wait = min(wait * 2, _LONGEST_WAIT)

    def whole(self, path: str, query: dict[str, str], *, limit: int) -> bytes:
        """The body of one GET, of at most `limit` bytes. Raises a KubeError or OutOfTime."""
        left = self._left()
        return self._api.get_bytes(
            path,
            query,
            read_timeout=min(left, _SILENCE),
            limit=limit,
            deadline=left,
            interrupt=self._interrupt,
        )

    def stream(self, path: str, query: dict[str, str], feed: Callable[[bytes], None]) -> None:
        """Feeds the body of one GET as it comes in. Raises a KubeError, or OutOfTime for one that never ends."""
        timeout = min(self._left(), _SILENCE)
        with self._api.open(path, query, read_timeout=timeout, interrupt=self._interrupt) as answer:
            while data := answer.read():
                feed(data)
                self._left()

    def _left(self, cause: KubeError | None = None) -> float:
        left = self._deadline - self._clock()
        if left <= 0:
            raise OutOfTime("no time was left") from cause
        return left

    def _pause(self, seconds: float, error: KubeError) -> None:
        if seconds >= self._left(error):
            raise OutOfTime(f"no time was left for another attempt: {error}") from error
        self._interrupt.wait(seconds)
        if self._interrupt.fired:
            raise Interrupted("no further attempt after a stop") from error
