"""A real Prometheus scrapes the exporter: nothing is refused, nothing is dropped, and the numbers arrive."""

import json
import re
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .cluster import CRASHER, Kubectl, WitnessLog, wait_for
from .exporter import ADDRESS, Exporter
from .misery import real_deaths

pytestmark = pytest.mark.real

PROMETHEUS = "127.0.0.1:19090"
CONFIG = f"""
global: {{scrape_interval: 1s}}
scrape_configs:
  - job_name: kubevigil
    honor_labels: true
    static_configs: [{{targets: ["{ADDRESS}"]}}]
"""


class Prometheus:
    """The server's API."""

    def query(self, expression: str) -> list[Any]:
        with urllib.request.urlopen(
            f"http://{PROMETHEUS}/api/v1/query?{urllib.parse.urlencode({'query': expression})}", timeout=10
        ) as answer:
            return list(json.load(answer)["data"]["result"])

    def number(self, expression: str) -> float:
        result = self.query(expression)
        return float(result[0]["value"][1]) if result else 0.0

    def ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://{PROMETHEUS}/-/ready", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


@pytest.fixture
def exporter(kubeconfig: Path, tmp_path: Path) -> Iterator[Exporter]:
    with Exporter(tmp_path / "data", kubeconfig) as exporter:
        yield exporter.until_ready()


@pytest.fixture
def prometheus(exporter: Exporter, tmp_path: Path) -> Iterator[Prometheus]:
    assert exporter.get("/healthz")[0] == 200
    (tmp_path / "prometheus.yml").write_text(CONFIG)
    command = ["prometheus", f"--config.file={tmp_path}/prometheus.yml", f"--storage.tsdb.path={tmp_path}/tsdb"]
    with (tmp_path / "prometheus.log").open("wb") as log:
        process = subprocess.Popen([*command, f"--web.listen-address={PROMETHEUS}"], stdout=log, stderr=log)
        try:
            server = Prometheus()
            wait_for("Prometheus is ready", server.ready)
            yield server
        finally:
            process.terminate()
            process.wait(20)
    assert "Error on ingesting" not in (tmp_path / "prometheus.log").read_text()


def test_what_containerd_saw_is_what_prometheus_stores(
    exporter: Exporter, prometheus: Prometheus, namespace: Kubectl, witness: WitnessLog
) -> None:
    namespace.apply(CRASHER)
    uid = namespace.pod("crasher")["metadata"]["uid"]
    wait_for("three deaths", lambda: real_deaths(witness, {uid}).total() >= 3, 60)
    namespace("delete", "pod", "crasher")
    real = real_deaths(witness, {uid}).total()
    space = f'namespace="{namespace.namespace}"'
    total = f"sum(kubevigil_workload_terminations_total{{{space}}})"
    wait_for("all deaths are stored", lambda: prometheus.number(total) == real)
    assert exporter.terminations(namespace.namespace) == real
    assert prometheus.number("up") == 1
    assert prometheus.number("kubevigil_synced") == 1
    assert prometheus.number("scrape_samples_scraped - scrape_samples_post_metric_relabeling") == 0
    wait_for(
        "the pod's series end with the pod",
        lambda: prometheus.query(f"kubevigil_container_restarts_total{{{space}}}") == [],
    )
    crashes = prometheus.number(f'{total[:-2]}, class="error", exit_code="other"}})')
    graceful = prometheus.number(f'{total[:-2]}, class="graceful"}})')
    assert crashes + graceful == real


def test_prometheus_understands_every_question_of_the_running_guide(prometheus: Prometheus) -> None:
    page = (Path(__file__).parents[2] / "docs" / "running.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```promql\n(.*?)```", page, re.DOTALL)
    questions = [question for block in blocks for question in block.split("\n\n")]
    assert len(questions) == 3
    for question in questions:
        assert isinstance(prometheus.query(question), list)
