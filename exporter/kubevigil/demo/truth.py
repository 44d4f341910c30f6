"""What really happened: every end of a container instance, in order, as a person would tell it.

The world writes an end down when it happens, and marks it when a published version of the pod lets a client know of
it. Nothing here is derived from the API's answers. Grows by one small struct an end; bounded only by the run.
"""

from msgspec import Struct
from msgspec.structs import replace


class TrueEnd(Struct, frozen=True):
    """One end.

    `container` is '' where a whole pod ended (an eviction). `restart_count` is the instance's index, from 0.
    `class_` is one of error, oom, start_error, exited, completed, graceful, evicted, preempted, lost.
    `shown`: a version of the pod let a client count it. `detailed`: one told its containerID too.
    `at` is in seconds since the epoch. `exit_code` is None for the end of a whole pod.
    """

    namespace: str
    pod: str
    uid: str
    container: str
    container_id: str
    restart_count: int
    exit_code: int | None
    reason: str
    class_: str
    at: float
    shown: bool = False
    detailed: bool = False


class Truth:
    """The book of ends. Not locked by itself: the world's lock guards it."""

    def __init__(self) -> None:
        self._ends: list[TrueEnd] = []
        self._open: dict[str, set[int]] = {}

    def add(self, end: TrueEnd) -> None:
        """Write an end down; it has not been shown yet."""
        self._open.setdefault(end.uid, set()).add(len(self._ends))
        self._ends.append(end)

    def show(self, uid: str, container_ids: set[str]) -> None:
        """A version of pod `uid` was published that counts all its ends so far and tells details of these ids."""
        for index in sorted(self._open.get(uid, ())):
            end = self._ends[index]
            self._ends[index] = replace(end, shown=True, detailed=end.detailed or end.container_id in container_ids)

    def close(self, uid: str) -> None:
        """The pod is gone: nothing more can be shown of it."""
        self._open.pop(uid, None)

    def ends(self) -> list[TrueEnd]:
        """A copy of the book, oldest first."""
        return list(self._ends)
