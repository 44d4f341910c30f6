"""A driver's peers without sockets: an API that plays a script, a handler that keeps a state, a clock of the test's."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from random import Random
from typing import Self

from kubevigil.kube.answers import Skipped
from kubevigil.kube.driver import READ_TIMEOUT, Driver, Scope
from kubevigil.kube.errors import KubeError
from kubevigil.kube.interrupt import Interrupt
from kubevigil.kube.roles import Cause

from .objects import Thing


class Stream:
    """A body in pieces; a piece that is an error is raised."""

    def __init__(self, pieces: Iterator[bytes | KubeError]) -> None:
        self._pieces = pieces
        self.closed = False

    def read(self) -> bytes:
        piece = next(self._pieces, b"")
        if isinstance(piece, KubeError):
            raise piece
        return piece

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.closed = True


Answer = bytes | KubeError | Sequence[bytes | KubeError]


class ScriptedApi:
    """Answers requests by the script, in order: bytes for a list, pieces for a watch, or an error."""

    def __init__(self, answer: Callable[[Mapping[str, str]], Answer]) -> None:
        self._answer = answer
        self.queries: list[dict[str, str]] = []
        self.streams: list[Stream] = []

    def get_bytes(
        self, path: str, query: Mapping[str, str], *, read_timeout: float, interrupt: Interrupt | None
    ) -> bytes:
        answer = self._asked(path, query, read_timeout, interrupt)
        assert isinstance(answer, bytes), f"a list was asked for: {query}"
        return answer

    def open(self, path: str, query: Mapping[str, str], *, read_timeout: float, interrupt: Interrupt | None) -> Stream:
        answer = self._asked(path, query, read_timeout, interrupt)
        assert not isinstance(answer, bytes), f"a watch was asked for: {query}"
        self.streams.append(Stream(iter(answer)))
        return self.streams[-1]

    @property
    def lists(self) -> list[dict[str, str]]:
        return [query for query in self.queries if "watch" not in query]

    @property
    def watches(self) -> list[dict[str, str]]:
        return [query for query in self.queries if "watch" in query]

    def _asked(
        self, path: str, query: Mapping[str, str], read_timeout: float, interrupt: Interrupt | None
    ) -> bytes | Sequence[bytes | KubeError]:
        assert (path, read_timeout) == ("/api/v1/pods", READ_TIMEOUT)
        assert interrupt is not None
        self.queries.append(dict(query))
        answer = self._answer(query)
        if isinstance(answer, KubeError):
            raise answer
        return answer


class Keeper:
    """The simplest handler: what is there now, and what was called."""

    def __init__(self) -> None:
        self.state: dict[str, int] = {}
        self.calls: list[str] = []
        self._next: dict[str, int] = {}

    def sync_started(self) -> None:
        self.calls.append("sync_started")
        self._next = {}

    def page(self, items: Sequence[Thing]) -> None:
        self.calls.append(f"page {len(items)}")
        self._next |= {item.metadata.uid: item.value for item in items}

    def unreadable(self, uid: str) -> None:
        self.calls.append(f"unreadable {uid}")

    def vanished(self, uid: str) -> None:
        self.calls.append(f"vanished {uid}")

    def sync_finished(self, resource_version: str) -> None:
        self.calls.append(f"sync_finished {resource_version}")
        self.state = self._next

    def changed(self, item: Thing) -> None:
        self.calls.append(f"changed {item.metadata.uid}")
        self.state[item.metadata.uid] = item.value

    def deleted(self, item: Thing) -> None:
        self.calls.append(f"deleted {item.metadata.uid}")
        self.state.pop(item.metadata.uid, None)

    def batch_done(self) -> None:
        self.calls.append("batch_done")


class Notes:
    """An observer that writes everything down."""

    def __init__(self) -> None:
        self.active: list[float] = []
        self.causes: list[Cause] = []
        self.lost: list[Skipped] = []
        self.sync: list[bool] = []
        self.errors: list[KubeError] = []

    def activity(self, monotonic: float) -> None:
        self.active.append(monotonic)

    def reconnect(self, cause: Cause) -> None:
        self.causes.append(cause)

    def skipped(self, item: Skipped) -> None:
        self.lost.append(item)

    def synced(self, yes: bool) -> None:
        if self.sync[-1:] != [yes]:
            self.sync.append(yes)

    def failure(self, error: KubeError) -> None:
        self.errors.append(error)


class Follow:
    """A driver that follows `answers`, one a request, and stops when they are used up."""

    def __init__(
        self,
        *answers: Answer,
        line_limit: int = 8 * 1024 * 1024,
        then: Callable[[Mapping[str, str]], Answer] | None = None,
        keeper: Keeper | None = None,
        query: Mapping[str, str] | None = None,
    ) -> None:
        self.now = 0.0
        self.waits: list[float] = []
        self.asked_at: list[float] = []
        self.keeper = keeper or Keeper()
        self.notes = Notes()
        self._answers = list(answers)
        self._then = then
        self.api = ScriptedApi(self._answer)
        self.driver = Driver(
            self.api,
            Scope("/api/v1/pods", Thing, query or {}),
            self.keeper,
            self.notes,
            clock=lambda: self.now,
            random=Random(7),
            line_limit=line_limit,
            pause=self._pause,
        )

    def run(self) -> Self:
        self.driver.run()
        return self

    def _pause(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    def _answer(self, query: Mapping[str, str]) -> Answer:
        self.asked_at.append(self.now)
        if self._answers:
            return self._answers.pop(0)
        if self._then is not None:
            return self._then(query)
        self.driver.stop()
        return [] if "watch" in query else KubeError("the script is over")
