"""A cluster whose versions went back, as after its database was restored from an older backup.

The API server takes a watch from a version that is still to come, and is silent on it: tests/contract has this.
"""

from pathlib import Path

import pytest

from kubevigil.app.audit import audit
from kubevigil.demo.cluster import SimulatedCluster
from tests.api.running import until

from .conftest import Tell
from .network_exporter import Hurried

SILENT_WATCHES = 3


def test_a_cluster_whose_versions_went_back_is_listed_anew_after_three_silent_watches_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tell: Tell
) -> None:
    before, restored = SimulatedCluster(seed=1), SimulatedCluster(seed=2)
    url = before.start()
    old = before.world.create_pod("old", "shop")
    for _ in range(100):
        before.world.touch(old)
    before.world.crash(old, "app")
    running = Hurried(monkeypatch, url, tmp_path)
    try:
        until(lambda: running.records)
        until(running.ready)
        before.stop()
        pods = [restored.world.create_pod(f"pod-{n}", "shop") for n in range(5)]
        restored.start(port=int(url.rpartition(":")[2]))
        for pod in pods:
            restored.world.crash(pod, "app")
        truth = [*before.truth(), *restored.truth()]
        until(lambda: audit(truth, list(running.records)).lost == 0)
        found = audit(truth, list(running.records))
        verbs = [request.call.verb for request in restored.requests()]
        assert restored.world.history.version < before.world.history.version
    finally:
        running.stop()
        before.stop()
        restored.stop()
    silent = verbs.index("list")
    tell(deaths=found.expected, lost=found.lost, doubled=found.doubled, watches_before_the_list=silent)
    assert found.doubled == 0
    assert 0 < silent <= SILENT_WATCHES
