"""The whole exporter, in this process, beside the simulated cluster: HTTP on both sides, a store on disk."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kubevigil.app.audit import Verdict, audit
from kubevigil.demo import faults
from kubevigil.demo.calls import Call
from kubevigil.demo.cluster import SimulatedCluster
from kubevigil.demo.plan import ContainerPlan

from .running import Running, until


@pytest.fixture
def cluster() -> Iterator[SimulatedCluster]:
    cluster = SimulatedCluster(seed=1)
    yield cluster
    cluster.stop()


@pytest.fixture
def running(cluster: SimulatedCluster, tmp_path: Path) -> Iterator[Running]:
    running = Running(cluster.start(), tmp_path)
    until(running.ready)
    yield running
    assert running.stop() == []


def verdict(cluster: SimulatedCluster, *runnings: Running) -> Verdict:
    return audit(cluster.truth(), [r for running in runnings for r in running.records])


def crash_loop(cluster: SimulatedCluster, name: str, times: int) -> None:
    pod = cluster.world.create_pod(name, "shop", containers=(ContainerPlan("app"),))
    crash_again(cluster, pod, times)


def crash_again(cluster: SimulatedCluster, pod: object, times: int) -> None:
    for _ in range(times):
        cluster.world.crash(pod, "app", exit_code=3)  # type: ignore[arg-type]
        cluster.world.back_off(pod, "app")  # type: ignore[arg-type]
        cluster.world.run(pod, "app")  # type: ignore[arg-type]


def test_every_crash_is_seen_once_and_shows_in_a_scrape(cluster: SimulatedCluster, running: Running) -> None:
    crash_loop(cluster, "a", 5)
    until(lambda: verdict(cluster, running).seen == 5)
    assert (verdict(cluster, running).lost, verdict(cluster, running).doubled) == (0, 0)
    until(lambda: running.values("kubevigil_container_restarts_total") == [5.0])
    assert sum(running.values("kubevigil_workload_terminations_total")) == 5


def test_what_crashed_while_we_were_away_is_caught_up_and_counted_once(
    cluster: SimulatedCluster, tmp_path: Path
) -> None:
    url = cluster.start()
    first = Running(url, tmp_path)
    until(first.ready)
    pod = cluster.world.create_pod("a", "shop", containers=(ContainerPlan("app"),))
    crash_again(cluster, pod, 3)
    until(lambda: len(first.records) == 3)
    assert first.stop() == []
    crash_again(cluster, pod, 4)
    second = Running(url, tmp_path)
    until(lambda: verdict(cluster, first, second).seen == 7)
    assert (verdict(cluster, first, second).lost, verdict(cluster, first, second).doubled) == (0, 0)
    until(lambda: sum(second.values("kubevigil_workload_terminations_total")) == 7)
    assert second.stop() == []


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(lambda: faults.expired_in_stream(times=3), id="410 in the stream"),
        pytest.param(lambda: faults.expired_status(times=3), id="410 as a status"),
        pytest.param(lambda: faults.reset(times=3), id="reset"),
        pytest.param(lambda: faults.failing(503, times=3), id="503"),
        pytest.param(lambda: faults.cut(700, times=3), id="cut"),
        pytest.param(lambda: faults.garbage(times=2), id="garbage"),
        pytest.param(faults.duplicate, id="duplicates"),
    ],
)
def test_a_fault_of_the_watch_loses_and_doubles_nothing(
    cluster: SimulatedCluster, tmp_path: Path, fault: object
) -> None:
    assert callable(fault)
    url = cluster.start()
    cluster.faults.add(fault())
    running = Running(url, tmp_path)
    until(running.ready)
    for index in range(4):
        crash_loop(cluster, f"pod-{index}", 3)
    until(lambda: verdict(cluster, running).seen >= 12 and running.ready(), 40)
    assert (verdict(cluster, running).lost, verdict(cluster, running).doubled) == (0, 0)
    assert running.stop() == []


def test_without_a_cluster_it_says_so_keeps_trying_and_serves_metrics(
    cluster: SimulatedCluster, tmp_path: Path
) -> None:
    url = cluster.start()
    port = int(url.rsplit(":", 1)[1])
    cluster.stop()
    running = Running(url, tmp_path)
    until(lambda: "127.0.0.1" in running.get("/readyz")[1])
    assert running.get("/readyz")[0] == 503
    assert running.get("/healthz")[0] == 200
    assert running.values("kubevigil_synced") == [0.0]
    cluster.start(port=port)
    until(running.ready, 60)
    assert running.stop() == []


def test_one_bad_pod_among_ten_thousand_costs_nobody_else(cluster: SimulatedCluster, tmp_path: Path) -> None:
    for index in range(10_000):
        cluster.world.create_pod(f"pod-{index}", "shop", containers=(ContainerPlan("app"),))
    url = cluster.start()
    cluster.faults.add(Retyped())
    running = Running(url, tmp_path)
    until(running.ready, 60)
    until(lambda: len(running.values("kubevigil_container_restarts_total")) == 9_999)
    assert running.values("kubevigil_objects_skipped_total") == [1.0]
    assert running.stop() == []


class Retyped(faults.Quiet):
    """Gives a container of the pod `pod-5000` a number for a name, of the same length, wherever it is shown."""

    def piece(self, _call: Call, data: bytes, /) -> list[faults.Step]:
        before, name, after = data.partition(b'"name":"pod-5000"')
        return [faults.Send(before + name + after.replace(b'"name":"app"', b'"name":12345', 1))]


def test_only_the_namespaces_that_are_named_are_asked_for(cluster: SimulatedCluster, tmp_path: Path) -> None:
    running = Running(cluster.start(), tmp_path, namespaces=("shop", "data"))
    until(running.ready)
    crash_loop(cluster, "a", 1)
    until(lambda: len(running.records) == 1)
    paths = {request.call.path for request in cluster.requests()}
    named = {"/api/v1/namespaces/shop/pods", "/api/v1/namespaces/data/pods"}
    assert named <= paths
    assert {path for path in paths - named if not path.startswith("/api/v1/namespaces/shop/")} == set(), "its evidence"
    assert running.stop() == []
