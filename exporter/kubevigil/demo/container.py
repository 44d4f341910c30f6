"""One container of a pod and its instances, as a kubelet keeps them. Pure: no clock, no lock, no I/O.

Flows in: what happens to it, each with its moment. Flows out: `state`, `last`, `restart_count` and `container_id`,
which are what the kubelet shows, and the logs that the runtime still has. A container keeps two logs at the most: the
newest instance's and that of the one before; the older is dropped when the newer dies.

Imitated from a real kubelet on containerd: an end is shown first as `state.terminated` of the same containerID; in
CrashLoopBackOff it moves to `lastState` with count and containerID still the dead one's; only the next instance raises
the count. An instance that could not be started has a containerID, and a start in 1970.
"""

from dataclasses import dataclass
from typing import Final

from kubevigil.demo.logs import LogLine
from kubevigil.demo.plan import ContainerPlan

SIGKILL_EXIT: Final = 137
START_ERROR_EXIT: Final = 128
UNKNOWN_REASON: Final = "ContainerStatusUnknown"
_UNKNOWN_MESSAGE: Final = "The container could not be located when the pod was terminated"


class NotPossible(Exception):
    """What was asked cannot happen to this container or pod in its present state."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """It cannot run yet, and why."""

    reason: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class Running:
    """It runs since `started_at`."""

    started_at: float


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of one instance; `container_id` is '' and both moments are None where the kubelet does not know."""

    container_id: str
    exit_code: int
    reason: str
    message: str = ""
    started_at: float | None = None
    finished_at: float | None = None


State = Waiting | Running | Ended


class Container:
    """The kubelet's view of one container."""

    def __init__(self, plan: ContainerPlan, state: State) -> None:
        self.plan = plan
        self.state: State = state
        self.last: Ended | None = None
        self.restart_count = 0
        self.container_id = ""
        self.logs: dict[str, list[LogLine]] = {}
        self._created = False

    @property
    def running(self) -> bool:
        """Whether an instance is alive."""
        return isinstance(self.state, Running)

    @property
    def ever_created(self) -> bool:
        """Whether there has been an instance."""
        return self._created or self.restart_count > 0

    def shown_ends(self) -> set[str]:
        """The containerIDs whose end the present status tells."""
        ends = (self.state, self.last)
        return {end.container_id for end in ends if isinstance(end, Ended) and end.container_id}

    def run(self, container_id: str, now: float) -> None:
        """The next instance starts."""
        if self.running:
            raise NotPossible(f"container {self.plan.name!r} runs already: end its instance first")
        self._create(container_id)
        self.state = Running(now)

    def end(self, exit_code: int, reason: str, message: str, now: float) -> Ended:
        """The living instance ends; the log of the one before it is gone."""
        if not isinstance(self.state, Running):
            raise NotPossible(f"container {self.plan.name!r} does not run: start it first")
        ended = Ended(self.container_id, exit_code, reason, message, self.state.started_at, now)
        self.logs = {self.container_id: self.logs.get(self.container_id, [])}
        self.state = ended
        return ended

    def fail_start(self, container_id: str, message: str, now: float) -> Ended:
        """An instance is created and cannot be started: StartError, shown in `lastState` only."""
        if self.running:
            raise NotPossible(f"container {self.plan.name!r} runs already: end its instance first")
        self._create(container_id)
        self.logs = {container_id: []}
        self.last = Ended(container_id, START_ERROR_EXIT, "StartError", message, 0.0, now)
        self.state = Waiting("RunContainerError", message)
        return self.last

    def wait(self, reason: str, message: str) -> None:
        """It waits for `reason`. An end that was in `state` moves to `lastState`."""
        if self.running:
            raise NotPossible(f"container {self.plan.name!r} runs: it cannot wait for {reason}")
        self._move_end()
        self.state = Waiting(reason, message)

    def lose(self, *, for_ever: bool) -> None:
        """The living instance vanishes behind the kubelet: the count rises at once, nothing is known of the end.

        With an earlier end in `lastState` that one stays there. `for_ever` where nothing restarts it.
        """
        if not self.running:
            raise NotPossible(f"container {self.plan.name!r} does not run: nothing to lose")
        unknown = Ended("", SIGKILL_EXIT, UNKNOWN_REASON, _UNKNOWN_MESSAGE)
        self.last = self.last or unknown
        self.logs.pop(self.container_id, None)
        self.container_id = ""
        self.restart_count += 1
        self._created = False
        self.state = unknown if for_ever else Waiting("ContainerCreating")

    def settle(self) -> None:
        """Its pod is being deleted while it waits after an end: the kubelet shows that end in `state` again."""
        if isinstance(self.state, Waiting) and self.last and self.last.container_id == self.container_id != "":
            self.state, self.last = self.last, None

    def end_unrun(self) -> None:
        """Its pod is deleted before any instance ran: the kubelet shows an end that never was."""
        self.state = Ended("", SIGKILL_EXIT, UNKNOWN_REASON, _UNKNOWN_MESSAGE)

    def forget_last(self) -> None:
        """The kubelet's clean-up took the dead instance: `lastState` is empty and its log is gone."""
        if self.last is not None:
            self.logs.pop(self.last.container_id, None)
        self.last = None

    def write(self, lines: list[LogLine]) -> None:
        """The newest instance prints."""
        self.logs.setdefault(self.container_id, []).extend(lines)

    def _create(self, container_id: str) -> None:
        self._move_end()
        # A lost instance was counted when it was lost, so its successor does not raise the count again.
        if self._created:
            self.restart_count += 1
        self._created = True
        self.container_id = container_id
        self.logs[container_id] = []

    def _move_end(self) -> None:
        if isinstance(self.state, Ended):
            self.last = self.state
