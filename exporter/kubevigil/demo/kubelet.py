"""The kubelet at work by itself: restarts what has ended, with the real back-off, along a timeline.

The first restart comes at once (0.6 to 1.5 s), the following after 10 s, doubling up to 5 minutes; ten minutes of
life without an end start over. Source: Kubernetes, "Container restart policy", and a real kubelet.
"""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from kubevigil.demo.plan import PodRef
from kubevigil.demo.timeline import Timeline
from kubevigil.demo.world import World

_FIRST: Final = 10.0
_LONGEST: Final = 300.0
_FORGIVEN_AFTER: Final = 600.0

Life = Callable[["Place"], None]
"""What an instance does once it has been started (or, for one that cannot start, instead of starting)."""


@dataclass(slots=True)
class Place:
    """One container of one pod, and how it has fared: starts so far, ends in a row, when the newest instance began."""

    ref: PodRef
    uid: str
    container: str
    life: Life
    starts: int = 1
    ends_in_a_row: int = 0
    began: float = 0.0


def back_off_seconds(ends_in_a_row: int) -> float:
    """How long the kubelet waits after that many ends in a row; 0 after the first."""
    return 0.0 if ends_in_a_row <= 1 else min(_FIRST * 2 ** min(ends_in_a_row - 2, 10), _LONGEST)


class Kubelet:
    """Lets containers live, die and come again. Used by the timeline's thread only."""

    def __init__(self, world: World, timeline: Timeline, rng: random.Random) -> None:
        self._world = world
        self._timeline = timeline
        self._rng = rng

    def keep(self, ref: PodRef, container: str, life: Life, *, cannot_start: str = "") -> None:
        """Let `life` act for each instance of the container, from the present one on.

        `cannot_start`: the runtime's message for a container whose every start fails; `life` is not asked then.
        """
        place = Place(ref, self._world.uid(ref), container, life, began=self._timeline.now)
        if cannot_start:
            self._fail_start(place, cannot_start)
        else:
            life(place)

    def after(self, place: Place, seconds: float, action: Callable[[], None]) -> None:
        """Act later, unless the pod is gone by then."""
        self._timeline.after(seconds, lambda: action() if self.alive(place) else None)

    def alive(self, place: Place) -> bool:
        """Whether the pod is still there, and not another of the same name."""
        return place.ref in self._world.pods() and self._world.uid(place.ref) == place.uid

    def end(
        self, place: Place, exit_code: int, reason: str = "", *, log: Iterable[str] = (), message: str = ""
    ) -> None:
        """The living instance ends; it comes again where the pod's policy says so."""
        self._world.crash(place.ref, place.container, exit_code, reason, log=log, message=message)
        self.ended(place)

    def kill_unhealthy(self, place: Place, *, log: Iterable[str] = ()) -> None:
        """The liveness probe fails for good; it comes again."""
        self._world.kill_unhealthy(place.ref, place.container, log=log)
        self.ended(place)

    def ended(self, place: Place) -> None:
        """The instance has ended by some verb of the world: see to the next one."""
        pod = self._world.inspect(place.ref)
        if not pod.restarts(pod.container(place.container)):
            return
        self._come_again(place, lambda: self._restart(place))

    def _come_again(self, place: Place, start: Callable[[], None]) -> None:
        if self._timeline.now - place.began > _FORGIVEN_AFTER:
            place.ends_in_a_row = 0
        place.ends_in_a_row += 1
        seconds = back_off_seconds(place.ends_in_a_row)
        if not seconds:
            self.after(place, self._rng.uniform(0.6, 1.5), start)
            return
        shown = self._rng.uniform(0.8, 1.6)
        self.after(place, shown, lambda: self._world.back_off(place.ref, place.container, int(seconds)))
        self.after(place, shown + seconds, start)

    def _restart(self, place: Place) -> None:
        self._world.run(place.ref, place.container)
        place.starts += 1
        place.began = self._timeline.now
        place.life(place)

    def _fail_start(self, place: Place, message: str) -> None:
        self._world.fail_start(place.ref, place.container, message)
        place.began = self._timeline.now
        self._come_again(place, lambda: self._fail_start(place, message))
