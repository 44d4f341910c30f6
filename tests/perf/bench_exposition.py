"""A scrape of 10,000 pods: our blocks beside prometheus-client's registry, the same series, in one run.

CPU seconds of this process, the least of several runs. Run: make bench
"""

import os
import time
from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, Metric

from kubevigil.metrics.exposition import Exposition
from kubevigil.model.pod import Container, ContainerState, ContainerStatus, ObjectMeta, Pod, PodSpec, PodStatus, Running
from kubevigil.pods.families import FAMILIES, RESTARTS
from kubevigil.pods.intake import Intake
from kubevigil.pods.selection import Selection

PODS = 10_000
RUNS = 5


def pods() -> list[Pod]:
    """Healthy pods of one or two containers; every fifth has restarted."""
    return [
        Pod(
            metadata=ObjectMeta(
                name=f"web-{i:05d}", uid=f"uid-{i}", namespace=f"ns-{i % 50}", resource_version=str(i + 1)
            ),
            spec=PodSpec(node_name=f"node-{i % 100}", containers=(Container("app"), Container("proxy"))[: 1 + i % 2]),
            status=PodStatus(
                phase="Running",
                container_statuses=tuple(
                    ContainerStatus(name, (i % 5 == 0) * 3, state=ContainerState(running=Running()))
                    for name in ("app", "proxy")[: 1 + i % 2]
                ),
            ),
        )
        for i in range(PODS)
    ]


class Registry:
    """The same restarts, made anew at every scrape, as an exporter on prometheus-client does it."""

    def __init__(self, cluster: list[Pod]) -> None:
        self._cluster = cluster

    def collect(self) -> Iterator[Metric]:
        """One family, a sample a container."""
        family = CounterMetricFamily(RESTARTS.name, RESTARTS.help, labels=RESTARTS.labels)
        for pod in self._cluster:
            for status in pod.status.container_statuses or ():
                family.add_metric((pod.metadata.namespace, pod.metadata.name, status.name, "app"), status.restart_count)
        yield family


def cpu(work: Callable[[], object]) -> float:
    """Milliseconds of CPU, the least of RUNS."""
    spent = []
    for _ in range(RUNS):
        before = time.process_time()
        work()
        spent.append(time.process_time() - before)
    return min(spent) * 1000


def main() -> None:
    """Prints a line a figure."""
    cluster = pods()
    intake = Intake("", selection=Selection(), always_info=False, pass_on=lambda _: None, wall=lambda: 0.0)
    exposition = Exposition(FAMILIES, tail=lambda: b"")

    def sync() -> None:
        intake.sync_started()
        intake.page(cluster)
        intake.sync_finished("1")
        exposition.publish("", intake.snapshot() or ())

    def touch(count: int) -> None:
        for pod in cluster[:count]:
            status = pod.status.container_statuses or ()
            intake.changed(
                Pod(
                    metadata=ObjectMeta(
                        pod.metadata.name, pod.metadata.uid, pod.metadata.namespace, str(next(versions))
                    ),
                    spec=pod.spec,
                    status=PodStatus(
                        phase="Running",
                        container_statuses=tuple(ContainerStatus(s.name, next(versions)) for s in status),
                    ),
                )
            )
        exposition.publish("", intake.snapshot() or ())
        b"".join(exposition.gzip())

    versions = iter(range(PODS * 10, 10**9))
    registry = CollectorRegistry()
    registry.register(Registry(cluster))
    figures = {
        "prometheus-client: a scrape, no gzip": cpu(lambda: generate_latest(registry)),
        "kubevigil: render all pods (once, at the sync)": cpu(sync),
        "kubevigil: a plain scrape": cpu(lambda: b"".join(exposition.plain())),
        "kubevigil: a gzip scrape, nothing changed": cpu(lambda: b"".join(exposition.gzip())),
        "kubevigil: 1 % of pods changed, and a gzip scrape": cpu(lambda: touch(PODS // 100)),
    }
    print(f"{PODS:,} pods, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; CPU ms, least of {RUNS} runs")  # noqa: T201
    for name, milliseconds in figures.items():
        print(f"{milliseconds:10.2f}  {name}")  # noqa: T201


if __name__ == "__main__":
    main()
