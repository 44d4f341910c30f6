"""Which of several processes leads, by a Lease: what to do next as a function of what was seen and a monotonic clock.

The rules are client-go's. A holder renews every `retry`; one that could not for `renew` leads no longer, by its own
clock and without anybody's help. The others take the lease when they saw it unchanged for the time that it names, by
their own clocks: the times written in it are for people. So two never lead together while clocks run equally fast and
nobody edits the lease. After a pause of a whole machine they may for a moment: what a leader does must bear that.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from random import Random
from typing import Any, Final

from msgspec import Struct, field

_NEVER: Final = float("-inf")
_SCATTER: Final = 1.2
"""client-go's JitterFactor: candidates wait `retry` and up to that much more of it."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Seconds: how long a lease holds, how long a holder tries to renew it, how often one tries.

    The defaults are client-go's; so is the rule that Kubernetes' own election has for other values.
    """

    lease: float = 15.0
    renew: float = 10.0
    retry: float = 2.0

    def __post_init__(self) -> None:
        if not self.lease > self.renew > _SCATTER * self.retry > 0:
            raise ValueError(
                f"a lease must hold longer than its renewal may take, and that {_SCATTER:g} retries: {self}"
            )


class LeaseMetadata(Struct, frozen=True, rename="camel"):
    """The version of a Lease."""

    resource_version: str = ""


class LeaseSpec(Struct, frozen=True, rename="camel"):
    """Who holds a Lease (coordination.k8s.io/v1), how long after each renewal, and how often it changed hands."""

    holder_identity: str | None = None
    lease_duration_seconds: int | None = None
    acquire_time: str | None = None
    renew_time: str | None = None
    lease_transitions: int | None = None


class Lease(Struct, frozen=True):
    """A Lease as far as an election reads it."""

    metadata: LeaseMetadata = field(default_factory=LeaseMetadata)
    spec: LeaseSpec = field(default_factory=LeaseSpec)


@dataclass(frozen=True, slots=True)
class Pause:
    """Do nothing for so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Look:
    """Get the lease."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Write this into the spec of the lease of that version; '' for a lease that is to be created."""

    version: str
    spec: Mapping[str, Any]


Step = Pause | Look | Hold


class Election:
    """One candidate's view. Times are of one monotonic clock, `stamp`s RFC 3339 with microseconds.

    `leads` may be asked by any thread; everything else belongs to one. After each step that was taken, one of `saw`,
    `holds` and `failed` must follow.
    """

    def __init__(self, identity: str, random: Random, rhythm: Rhythm | None = None) -> None:
        self.identity = identity
        self._random = random
        self.rhythm = rhythm or Rhythm()
        self._lease: Lease | None = None
        self._current = False  # whether the lease was read since something may have changed it
        self._since = _NEVER
        self._due = _NEVER
        self._until = _NEVER

    def leads(self, now: float) -> bool:
        """Whether this candidate leads at that moment."""
        return now < self._until

    def next(self, now: float, stamp: str) -> Step:
        """What to do now."""
        if now < self._due:
            return Pause(min(self._due, self._until if self.leads(now) else self._due) - now)
        if not self._current:
            return Look()
        if self._is_held_by_another(now):
            return self._later(now)
        return Hold(self._lease.metadata.resource_version if self._lease else "", self._claim(stamp))

    def saw(self, lease: Lease | None, now: float) -> None:
        """The lease as it was read, None if there is none."""
        if lease is None or self._lease is None or lease != self._lease:
            self._since = now
        self._lease, self._current = lease, True
        if not self._is_ours():
            self._until = _NEVER

    def holds(self, lease: Lease, asked: float, now: float) -> None:
        """The lease was written, as asked for at `asked`: the others count from later than that."""
        self.saw(lease, now)
        self._until = asked + self.rhythm.renew
        self._due = asked + self.rhythm.retry

    def failed(self, now: float) -> None:
        """A step failed, and it may have had an effect: look again, later."""
        self._current = False
        self._later(now)

    def resign(self, stamp: str) -> Hold | None:
        """Leads no longer. What to write so that another can take the lease at once; None if it is not ours."""
        self._until = _NEVER
        if self._lease is None or not self._is_ours():
            return None
        released = {"holderIdentity": None, "leaseDurationSeconds": 1, "renewTime": stamp}
        return Hold(self._lease.metadata.resource_version, released)

    def _later(self, now: float) -> Pause:
        """Candidates scatter, so that they do not come together."""
        self._current = False
        scattered = 1.0 if self.leads(now) else 1.0 + _SCATTER * self._random.random()
        self._due = now + self.rhythm.retry * scattered
        return Pause(self._due - now)

    def _is_ours(self) -> bool:
        return self._lease is not None and self._lease.spec.holder_identity == self.identity

    def _is_held_by_another(self, now: float) -> bool:
        if self._lease is None or not self._lease.spec.holder_identity or self._is_ours():
            return False
        seconds = self._lease.spec.lease_duration_seconds
        return now < self._since + (self.rhythm.lease if seconds is None else seconds)

    def _claim(self, stamp: str) -> dict[str, Any]:
        claim: dict[str, Any] = {
            "holderIdentity": self.identity,
            "leaseDurationSeconds": ceil(self.rhythm.lease),
            "renewTime": stamp,
        }
        if not self._is_ours():
            before = self._lease.spec.lease_transitions if self._lease else None
            claim |= {"acquireTime": stamp, "leaseTransitions": 0 if self._lease is None else (before or 0) + 1}
        return claim
