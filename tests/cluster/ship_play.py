"""A play of deaths before both installations: what the node knows of it, what a search finds, and how soon."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from statistics import quantiles
from threading import Event
from typing import Final, Self

from .cluster import Kubectl, WitnessLog, wait_for
from .ship_audit import Verdict, audit
from .ship_engine import FirstFound
from .ship_installations import Installation, called
from .ship_node import NodeSide
from .ship_pods import Planned, manifest, planned_deaths

_LOOK_SECONDS: Final = 0.3
"""How often a search is repeated, beside the tests."""


@contextmanager
def repeatedly(*looks: Callable[[], None]) -> Iterator[None]:
    """Each in a thread of its own, again and again; what one raises is raised at the end."""
    over = Event()

    def look(once: Callable[[], None]) -> None:
        while not over.wait(_LOOK_SECONDS):
            once()

    with ThreadPoolExecutor(len(looks)) as threads:
        running = [threads.submit(look, once) for once in looks]
        try:
            yield
        finally:
            over.set()
    for each in running:
        each.result()


class Play:
    """Pods die, and their crashes are on their way to both engines."""

    def __init__(
        self,
        namespace: Kubectl,
        installations: Sequence[Installation],
        pods: Sequence[Planned],
        node: NodeSide,
    ) -> None:
        self.namespace = namespace
        self.installations = installations
        self.node = node
        self.found = {each.engine.name: FirstFound(each.engine, namespace.namespace) for each in installations}
        self._planned = planned_deaths(pods)

    @classmethod
    @contextmanager
    def begun(
        cls, namespace: Kubectl, witness: WitnessLog, installations: Sequence[Installation], pods: Sequence[Planned]
    ) -> Iterator[Self]:
        with NodeSide.kept(namespace.namespace, witness) as node:
            play = cls(namespace, installations, pods, node)
            with repeatedly(node.look, *(found.look for found in play.found.values())):
                namespace.apply(manifest(pods))
                yield play

    def least_found(self) -> int:
        """How many crashes a search has found so far, on the engine with fewer."""
        return min(len(found.at) for found in self.found.values())

    def until_all_died(self) -> None:
        wait_for("every container has died as planned", lambda: self.node.counts() == self._planned, 120)

    def until_all_found(self) -> None:
        """By a search on either engine."""
        wait_for("all are found", lambda: self.least_found() >= self._planned.total(), 120)

    def until_all_called_sent(self) -> None:
        """By either installation."""
        for each in self.installations:
            wait_for("all are called sent", partial(self._all_called_sent, each), 60)

    def verdicts(self) -> dict[str, Verdict]:
        """By engine."""
        deaths, space = self.node.deaths(), self.namespace.namespace
        return {each.engine.name: audit(deaths, each.engine.documents(space)) for each in self.installations}

    def seconds_to_found(self) -> str:
        """By engine, from the end of a container: the median, and the 99th of a hundred."""
        deaths, told = self.node.deaths(), []
        for name, found in self.found.items():
            percentiles = quantiles([found.at[d.container_id] - d.at for d in deaths], n=100, method="inclusive")
            told.append(f"{name} p50 {percentiles[49]:.1f} p99 {percentiles[98]:.1f}")
        return "; ".join(told)

    def _all_called_sent(self, installation: Installation) -> bool:
        states = called(installation, self.namespace.namespace)
        return len(states) >= self._planned.total() and all(state == ["sent"] for state in states.values())
