"""What a scrape would see of a container that lives for a while, dies, and is started again by the kubelet.

The kubelet's rule (Kubernetes, "Pod lifecycle: how Pods handle problems with containers"): the first restart is at
once; then it waits 10 s from the death on, and twice as long each time, 300 s at the most; a container that lived for
more than 10 minutes begins anew. restartCount rises when the next instance is created, so while it waits in
CrashLoopBackOff one death is not in there yet.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

BACK_OFF: Final = 10
LONGEST_BACK_OFF: Final = 300
FORGIVEN_AFTER: Final = 600
START: Final = 1
"""Seconds that a container takes to start."""

STEP: Final = 30
"""Seconds between scrapes."""

POD: Final = 'namespace="shop",pod="web-1"'
CONTAINER: Final = f'{POD},container="web"'

Series = dict[str, str]


@dataclass(frozen=True)
class Life:
    """The instances of one container: [created, died) in seconds; the last has not died."""

    instances: tuple[tuple[float, float], ...]

    @property
    def deaths(self) -> tuple[float, ...]:
        return tuple(died for _, died in self.instances[:-1])

    def deaths_until(self, moment: float) -> int:
        return sum(died <= moment for died in self.deaths)

    def restarts(self, moment: float) -> int:
        """restartCount."""
        return max(sum(created <= moment for created, _ in self.instances) - 1, 0)

    def waits(self, moment: float) -> bool:
        """Whether it waits in CrashLoopBackOff."""
        return any(died <= moment < created for (_, died), (created, _) in pairwise(self.instances))

    def last_death(self, moment: float) -> float | None:
        return max((died for died in self.deaths if died <= moment), default=None)


def loop(lives: float, until: float, begin: float = 0) -> Life:
    """A container that dies each time after so many seconds; the first instance after `until` stays alive."""
    instances, created, back_off = [], begin, 0
    while created < until:
        died = created + START + lives
        instances.append((created, died))
        back_off = 0 if lives > FORGIVEN_AFTER else back_off
        created = died + back_off
        back_off = min(back_off * 2, LONGEST_BACK_OFF) or BACK_OFF
    return Life((*instances, (created, float("inf"))))


def crashes(*moments: float) -> Life:
    """A container that dies at these moments and is started again at once."""
    return Life(tuple(pairwise((0.0, *moments, float("inf")))))


def exporter_series(
    life: Life, end: float, away: Callable[[float], bool] = lambda _: False
) -> Iterator[tuple[str, str]]:
    """The exporter's series, as promtool writes them down: name and values. `away`: when there is no scrape of it."""
    typed = f'{CONTAINER},container_type="app"'
    died = f'{typed},reason="Error",exit_code="1",signal="",class="error"'

    def written(value: Callable[[float], float | None]) -> str:
        return values(lambda t: None if away(t) else value(t), end)

    yield 'kubevigil_synced{job="kubevigil",resource="pods"}', written(lambda _: 1)
    yield f'kubevigil_container_restarts_total{{job="kubevigil",{typed}}}', written(life.restarts)
    yield (
        f'kubevigil_container_crash_state{{job="kubevigil",{typed},reason="CrashLoopBackOff"}}',
        written(lambda t: 1 if life.waits(t) else None),
    )
    yield (
        f'kubevigil_container_last_termination_info{{job="kubevigil",{died}}}',
        written(lambda t: 1 if life.deaths_until(t) else None),
    )
    yield (
        f'kubevigil_container_last_termination_timestamp_seconds{{job="kubevigil",{typed}}}',
        written(life.last_death),
    )
    yield (
        f'kubevigil_pod_info{{job="kubevigil",{POD},uid="1",node="n",workload_kind="Deployment",workload="web"}}',
        written(lambda t: 1 if life.deaths_until(t) else None),
    )


def state_metrics_series(life: Life, end: float, created: float = 0) -> Iterator[tuple[str, str]]:
    """kube-state-metrics' series of the same container, in a pod created at that moment."""
    here = 'job="kube-state-metrics"'
    yield f"kube_pod_container_status_restarts_total{{{here},{CONTAINER}}}", values(life.restarts, end)
    yield f"kube_pod_created{{{here},{POD}}}", values(lambda _: created, end)
    yield f"kube_pod_info{{{here},{POD}}}", values(lambda _: 1, end)
    yield (
        f'kube_pod_owner{{{here},{POD},owner_kind="ReplicaSet",owner_name="web-5d9c7b6f4",owner_is_controller="true"}}',
        values(lambda _: 1, end),
    )
    yield (
        f'kube_replicaset_owner{{{here},namespace="shop",replicaset="web-5d9c7b6f4",owner_kind="Deployment",owner_name="web"}}',
        values(lambda _: 1, end),
    )
    yield (
        f'kube_pod_container_status_waiting_reason{{{here},{CONTAINER},reason="CrashLoopBackOff"}}',
        values(lambda t: 1 if life.waits(t) else None, end),
    )


def values(value: Callable[[float], float | None], end: float) -> str:
    """The values at each scrape from 0 to `end`; the first scrape without one says that it is gone."""
    found = [value(step * STEP) for step in range(int(end // STEP) + 1)]
    return " ".join(_word(now, before) for before, now in pairwise([None, *found]))


def _word(now: float | None, before: float | None) -> str:
    if now is None:
        return "_" if before is None else "stale"
    return f"{now:g}" if now < 1e5 else f"{now:.0f}"
