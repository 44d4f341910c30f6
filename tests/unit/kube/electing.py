"""A small world for elections: a server that keeps one lease, candidates, a network that delays and loses."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from kubevigil.kube.election import Election, Hold, Lease, LeaseMetadata, LeaseSpec, Look, Rhythm

TICK = 0.25
TIMEOUT = 5.0
"""Seconds after which a candidate gives up a request."""


@dataclass
class Server:
    """One lease; a write of another version than its own is refused."""

    lease: Lease | None = None
    version: int = 0

    def write(self, step: Hold) -> Lease | None:
        """The lease as it is after the write, None where that was refused."""
        if step.version != (self.lease.metadata.resource_version if self.lease else ""):
            return None
        before = self.lease.spec if self.lease else LeaseSpec()
        self.version += 1
        get = step.spec.get
        spec = LeaseSpec(
            get("holderIdentity"),
            get("leaseDurationSeconds"),
            get("acquireTime", before.acquire_time),
            get("renewTime"),
            get("leaseTransitions", before.lease_transitions),
        )
        self.lease = Lease(LeaseMetadata(str(self.version)), spec)
        return self.lease


@dataclass
class Candidate:
    """One process: its clock is `ahead` of the world's; `dead` and `asleep` (until then) it does nothing."""

    name: str
    election: Election
    ahead: float
    dead: bool = False
    asleep: float = 0.0
    waits: float = 0.0
    todo: list[tuple[float, Callable[[], None]]] = field(default_factory=list)

    def leads(self, now: float) -> bool:
        return not self.dead and self.election.leads(now + self.ahead)


class World:
    """`step` lets a moment pass. `trouble` is the share of requests that something happens to."""

    def __init__(self, seed: int, count: int, rhythm: Rhythm | None = None) -> None:
        self.random = Random(seed)
        self.server = Server()
        self.now = 0.0
        self.trouble = 0.0
        self.candidates = [self.born(f"c{number}", rhythm) for number in range(count)]

    def born(self, name: str, rhythm: Rhythm | None = None) -> Candidate:
        return Candidate(name, Election(name, Random(self.random.random()), rhythm), self.random.uniform(0, 1e6))

    def leaders(self) -> list[str]:
        return [one.name for one in self.candidates if one.leads(self.now)]

    def run(self, seconds: float) -> None:
        """Lets time pass; fails where two lead."""
        end = self.now + seconds
        while self.now < end:
            self.step()
            assert len(self.leaders()) < 2, f"at {self.now}: {self.leaders()}"

    def step(self) -> None:
        self.now += TICK
        self.random.shuffle(self.candidates)
        for one in self.candidates:
            due = [act for at, act in one.todo if at <= self.now]
            one.todo = [(at, act) for at, act in one.todo if at > self.now]
            for act in due:
                act()
            if not (one.dead or one.todo or self.now < max(one.asleep, one.waits)):
                self._ask(one)

    def _ask(self, one: Candidate) -> None:
        asked = self.now + one.ahead
        step = one.election.next(asked, f"at {self.now}")
        if not isinstance(step, Look | Hold):
            one.waits = self.now + step.seconds
            return
        there, back = self._delay(), self._delay()
        if there is not None:
            one.todo.append((self.now + there, lambda: self._arrives(one, step, asked, back)))
        if there is None or back is None or there + back >= TIMEOUT:
            one.todo.append((self.now + TIMEOUT, lambda: self._failed(one)))

    def _arrives(self, one: Candidate, step: Look | Hold, asked: float, back: float | None) -> None:
        wanted = isinstance(step, Look)
        lease = self.server.lease if isinstance(step, Look) else self.server.write(step)
        if back is None or self.now + one.ahead + back >= asked + TIMEOUT:
            return  # the answer comes to nobody

        def answer() -> None:
            now = max(self.now, one.asleep) + one.ahead
            if wanted:
                one.election.saw(lease, now)
            elif lease is None:
                self._failed(one)
            else:
                one.election.holds(lease, asked, now)

        one.todo.append((self.now + back, answer))

    def _failed(self, one: Candidate) -> None:
        one.election.failed(self.now + one.ahead)

    def _delay(self) -> float | None:
        """Seconds on one way; None for ever."""
        if self.random.random() >= self.trouble:
            return 0.0
        return self.random.choice([None, 0.5, 2.0, 4.5])
