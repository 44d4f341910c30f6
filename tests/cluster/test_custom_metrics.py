"""What real workflows tell as metrics is shown, each run once, also when the exporter is killed."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .argo import Object, check, measuring
from .cluster import Kubectl, wait_for
from .health import LEASE, Health, looked_after
from .test_healthchecks import under_way

pytestmark = [pytest.mark.real, pytest.mark.timeout(480)]

KILLS = 3
PERIOD = 10
METRICS = [
    {"name": "queue-length", "value": 12, "metrictype": "gauge", "help": "Orders that wait."},
    {"name": "orders_total", "value": 3, "metrictype": "counter", "help": "Orders."},
    {"name": "login_seconds", "value": 0.3, "metrictype": "histogram", "help": "A login.", "buckets": [0.1, 1]},
]


@pytest.fixture(scope="module")
def health(kubectl: Kubectl, kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Health]:
    with (
        kubectl.fresh_namespace("measured") as space,
        looked_after(space, kubeconfig, tmp_path_factory.mktemp("measured")) as health,
    ):
        yield health


def telling(*metrics: Any, everywhere: bool = True) -> Object:
    """The spec of a workflow whose only step tells these; `everywhere`: as an output of the workflow too."""
    text = f"cat > /tmp/metrics <<'END'\n{json.dumps({'metrics': metrics})}\nEND"
    return measuring(text, everywhere=everywhere)


def shown(health: Health, prefix: str) -> dict[str, float]:
    """The samples of names that begin so; the label `le` of a bucket is put behind its name."""
    samples: dict[str, float] = {}
    for line in health.exporter.get("/metrics")[1].decode().splitlines():
        if line.startswith(prefix):
            name, _, rest = line.partition("{")
            labels, _, value = rest.rpartition("} ")
            samples[name + labels.partition(",le=")[2].strip('"')] = float(value)
    return samples


@pytest.mark.parametrize("everywhere", [True, False], ids=["of the workflow", "of its node"])
def test_a_gauge_a_counter_and_a_histogram_of_a_real_workflow(health: Health, everywhere: bool) -> None:
    name = "whole" if everywhere else "step"
    health.checks.apply(check(name, telling(*METRICS, everywhere=everywhere)))
    health.checks.until(name, status="Succeeded")
    wanted = {
        f"{name}_queue_length": 12,
        f"{name}_orders_total": 3,
        f"{name}_login_seconds_bucket0.1": 0,
        f"{name}_login_seconds_bucket1": 1,
        f"{name}_login_seconds_bucket+Inf": 1,
        f"{name}_login_seconds_sum": 0.3,
        f"{name}_login_seconds_count": 1,
    }
    wait_for("the metrics are shown", lambda: shown(health, f"{name}_") == wanted)
    health.checks.kubectl("delete", "healthcheck", name)
    wait_for("they go with their check", lambda: not shown(health, f"{name}_"), 30)


def test_what_cannot_be_shown_is_told_by_an_event_and_the_rest_is_shown(health: Health) -> None:
    health.checks.apply(check("faulty", telling({"name": "bad", "value": "many"}, {"name": "good", "value": 1})))
    health.checks.until("faulty", status="Succeeded")
    health.checks.until_told("faulty", "MetricsRefused")
    (event,) = (event for event in health.checks.events("faulty") if event["reason"] == "MetricsRefused")
    assert event["message"] == 'metric "bad" has no number as its value'
    wait_for("the good one is shown", lambda: shown(health, "faulty_") == {"faulty_good": 1})


def test_a_counter_counts_each_run_once_however_often_the_exporter_is_killed(health: Health) -> None:
    health.checks.apply(check("killed", telling({**METRICS[1], "value": 1}), repeatAfterSec=PERIOD))
    for number in range(1, KILLS + 1):
        health.checks.until_successes("killed", 2 * number)
        health.exporter.stop(signal.SIGKILL)
        health.checks.kubectl("delete", "lease", LEASE, "--ignore-not-found")
        health.exporter.start()
        health.exporter.until_ready()
    assert health.command("pause", "killed").returncode == 0
    wait_for("the last run ends", lambda: not under_way(health.checks.status("killed")), 90)
    successes = health.checks.status("killed")["successCount"]
    assert health.checks.status("killed").get("failedCount", 0) == 0
    wait_for("the counter is shown", lambda: shown(health, "killed_") == {"killed_orders_total": successes})
