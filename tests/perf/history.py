"""What happens in the cluster after it was listed: events in a fixed mix, or restarts only. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Final

from tests.perf.pods import Condition, State, containers_of, first_states

IRRELEVANT: Final = 0.6
RESTART_OR_RECOVER: Final = 0.2
ADD: Final = 0.1
"""Shares of the mix; the rest are pods that are deleted."""


_How = Callable[[State], State]


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a watch: ADDED, MODIFIED or DELETED, and the pod's state in it."""

    type: str
    state: State


class History:
    """The pods that there are, `present`; what happens next is drawn from it, and changes it.

    `first` are those of the beginning. `deaths` is how many containers have ended so far, each of which an exporter is
    to count once.
    """

    def __init__(self, count: int, seed: int = 1) -> None:
        self.first = tuple(first_states(count, seed))
        self.present = list(self.first)
        self.deaths = 0
        self._random = Random(seed + 1)
        self._next = count

    @property
    def restarts(self) -> int:
        """The sum of all restartCounts."""
        return sum(state.restarts for state in self.present)

    def mixed(self, events: int) -> Iterator[Event]:
        """So many events in the mix."""
        for _ in range(events):
            share = self._random.random()
            if share < IRRELEVANT:
                yield self._change(self._touched)
            elif share < IRRELEVANT + RESTART_OR_RECOVER:
                yield self._change(self._restarted_or_recovered)
            elif share < IRRELEVANT + RESTART_OR_RECOVER + ADD:
                yield self._added()
            else:
                yield self._deleted()

    def relevant(self, share: float) -> list[Event]:
        """So great a share of the pods, each once, restarts or recovers."""
        chosen = self._random.sample(range(len(self.present)), int(len(self.present) * share))
        return [self._change(self._restarted_or_recovered, index) for index in chosen]

    def crashes(self, share: float) -> list[Event]:
        """So great a share of the pods, each once, has a container die that waits for its restart."""
        well = [i for i, state in enumerate(self.present) if state.condition is Condition.RUNNING]
        return [self._change(self._crashed, index) for index in self._random.sample(well, int(len(well) * share))]

    def _change(self, how: _How, index: int | None = None) -> Event:
        place = self._random.randrange(len(self.present)) if index is None else index
        self.present[place] = how(self.present[place])
        return Event("MODIFIED", self.present[place])

    def _touched(self, state: State) -> State:
        return replace(state, touched=state.touched + 1)

    def _restarted_or_recovered(self, state: State) -> State:
        if state.condition is not Condition.RUNNING:
            return replace(state, condition=Condition.RUNNING)
        return self._crashed(state) if self._random.random() < 0.5 else self._restarted(state)

    def _crashed(self, state: State) -> State:
        return replace(self._restarted(state), condition=Condition.CRASH_LOOP)

    def _restarted(self, state: State) -> State:
        self.deaths += 1
        return replace(state, deaths=state.deaths + 1)

    def _added(self) -> Event:
        state = State(self._next)
        self._next += 1
        self.present.append(state)
        return Event("ADDED", state)

    def _deleted(self) -> Event:
        place = self._random.randrange(len(self.present))
        self.present[place], self.present[-1] = self.present[-1], self.present[place]
        state = self.present.pop()
        if state.condition is not Condition.RUNNING:
            return Event("DELETED", state)
        self.deaths += containers_of(state)
        return Event("DELETED", replace(state, condition=Condition.ENDED))
