"""One pod as its kubelet and the API server keep it. Pure: no clock, no lock, no I/O.

Owns the containers; derives phase and conditions from them as the kubelet does. `render` makes the JSON of it.
"""

from dataclasses import dataclass

from kubevigil.demo.container import Container, Ended, NotPossible, State, Waiting
from kubevigil.demo.plan import PodPlan, PodRef, Role


@dataclass(frozen=True, slots=True)
class Condition:
    """One aspect of the pod: since when it holds, and why."""

    status: bool
    since: float
    reason: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Deletion:
    """Somebody asked for the pod's deletion at `asked`, with `grace` seconds to stop."""

    asked: float
    grace: int


class Pod:
    """The state of one pod. `silent`: the kubelet does not report, so that nothing of its status is published."""

    def __init__(self, plan: PodPlan, uid: str, now: float) -> None:
        self.plan = plan
        self.uid = uid
        self.created_at = now
        self.scheduled_at: float | None = None
        self.deletion: Deletion | None = None
        self.failure: tuple[str, str] | None = None
        self.silent = False
        self.shown_status: dict[str, object] = {}
        self.conditions: dict[str, Condition] = {}
        self._containers = {c.name: Container(c, self._first_state(plan)) for c in plan.containers}

    @property
    def ref(self) -> PodRef:
        """Its name."""
        return self.plan.ref

    def container(self, name: str) -> Container:
        """The container of that name. Raises NotPossible if there is none."""
        try:
            return self._containers[name]
        except KeyError:
            raise NotPossible(
                f"pod {'/'.join(self.ref)} has no container {name!r}, it has {', '.join(self._containers)}"
            ) from None

    def of_role(self, *roles: Role) -> list[Container]:
        """The containers of these roles, in their order."""
        return [c for c in self._containers.values() if c.plan.role in roles]

    def restarts(self, container: Container) -> bool:
        """Whether the kubelet restarts the container once it has ended the way it did."""
        if self.deletion or self.failure:
            return False
        role, policy = container.plan.role, self.plan.restart_policy
        failed = isinstance(container.state, Ended) and container.state.exit_code != 0
        if role is Role.SIDECAR:
            return True
        return (policy == "Always" and (role is Role.APP or failed)) or (policy == "OnFailure" and failed)

    def phase(self) -> str:
        """The phase, by the kubelet's rules."""
        if self.failure:
            return "Failed"
        apps = self.of_role(Role.APP)
        inits = self.of_role(Role.INIT)
        for_good = [c for c in (*inits, *apps) if isinstance(c.state, Ended) and not self.restarts(c)]
        if any(c in for_good and _failed(c.state) for c in inits):
            return "Failed"
        if all(c in for_good for c in apps) and not any(c.running for c in self._containers.values()):
            return "Failed" if any(_failed(c.state) for c in apps) else "Succeeded"
        ready_to_run = all(_succeeded(c.state) for c in inits) and all(c.ever_created for c in apps)
        return "Running" if ready_to_run else "Pending"

    def refresh(self, now: float) -> None:
        """Bring the conditions up to the containers' states."""
        placed = self.scheduled_at is not None
        initialised = placed and all(_succeeded(c.state) for c in self.of_role(Role.INIT))
        ready = initialised and all(c.running for c in self.of_role(Role.APP, Role.SIDECAR))
        self.set_condition("PodScheduled", Condition(placed, now))
        self.set_condition("Initialized", Condition(initialised, now))
        self.set_condition("ContainersReady", Condition(ready, now, "" if ready else "ContainersNotReady"))
        self.set_condition("Ready", Condition(ready, now, "" if ready else "ContainersNotReady"))

    def set_condition(self, type_: str, condition: Condition) -> None:
        """Set a condition; its moment stays while its status does."""
        known = self.conditions.get(type_)
        if known is None or known.status != condition.status:
            self.conditions[type_] = condition

    @staticmethod
    def _first_state(plan: PodPlan) -> State:
        initialising = any(c.role is not Role.APP for c in plan.containers)
        return Waiting("PodInitializing" if initialising else "ContainerCreating")


def _failed(state: State) -> bool:
    return isinstance(state, Ended) and state.exit_code != 0


def _succeeded(state: State) -> bool:
    return isinstance(state, Ended) and state.exit_code == 0
