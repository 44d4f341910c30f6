"""What the dashboards read of, on the real cluster: a shop with troubles, who watches it, and a Prometheus."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from tests.alerting.slack_stand_in import Slack
from tests.dashboards.shown import moment_for
from tests.faults.search_stand_in import stand_in

from .alerting import Prometheus, Server, alertmanager_running, rendered_rules
from .alerting_channels import EVERYBODY, Stumbling
from .argo import Checks, Object, argo, check, define_checks, measuring, mended, script, suspended
from .cluster import TESTBED, Kubectl, wait_for
from .dashboard_scrapes import Sources, scrapes
from .exporter import ADDRESS, Exporter

SHOP: Final = "shop"
_CHECKS: Final = "health"
_CHECK: Final = "kubevigil_healthcheck"
_VOLUMES: Final = Path("/run/kubevigil/volumes")
_PROMETHEUS: Final = "127.0.0.1:19095"
_SIDECAR: Final = "127.0.0.1:18091"
_STATE_METRICS: Final = "127.0.0.1:18092"
_NODE_EXPORTER: Final = "127.0.0.1:18093"
_STEP: Final = "5s"

_ROUTES: Final = {"slack": {"secret": {"name": "slack", "key": "token"}, "tokenType": "bot", "channel": EVERYBODY}}

_LOGIN: Final = """
begun=$(date +%s)
took=$((5 + begun % 8))
sleep $took
cat > /tmp/metrics <<END
{"metrics": [
  {"name": "seconds", "value": $took, "metrictype": "gauge", "help": "How long a login took."},
  {"name": "logins_total", "value": 1, "metrictype": "counter", "help": "Logins."},
  {"name": "duration_seconds", "value": $took, "metrictype": "histogram", "help": "Logins.", "buckets": [6, 9]}
]}
END
echo 'logged in'
"""
_SEARCH: Final = """
cat > /tmp/metrics <<END
{"metrics": [
  {"name": "found", "value": $((40 + $(date +%s) % 9)), "help": "What a search finds."},
  {"name": "index_bytes", "value": "unknown", "help": "How large the index is."}
]}
END
[ $(($(date +%s) / 100 % 2)) = 0 ] || { echo 'the index is stale'; exit 1; }
"""
"""One of its metrics is refused, and it fails in every other hundred seconds."""

_RESTARTS: Final = 'namespace_pod_container:kubevigil_restarts:sum5m{namespace="shop",pod=~"checkout.*"}'
"""There once the exporter has been scraped for five minutes."""


class Asked(Prometheus):
    """As Grafana asks."""

    def shown(self, expression: str) -> list[Any]:
        """What it is at the moment, or with the next full five minutes where only these are looked at."""
        return list(self.get("/api/v1/query", query=expression, time=self._end(expression))["data"]["result"])

    def matrix(self, expression: str) -> list[Any]:
        """Over ten minutes until then."""
        end = self._end(expression)
        answer = self.get("/api/v1/query_range", query=expression, start=end - 600, end=end, step=15)
        return list(answer["data"]["result"])

    def _end(self, expression: str) -> float:
        return moment_for(expression, self.now())

    def label_values(self, selector: str, label: str) -> list[str]:
        """Those that the label has in series of that selector."""
        return list(self.get(f"/api/v1/label/{label}/values", **{"match[]": selector})["data"])


@contextmanager
def looked_at(kubectl: Kubectl, kubeconfig: Path, folder: Path) -> Iterator[Asked]:
    """All runs; the Prometheus' data is below `folder`/tsdb."""
    with ExitStack() as running:
        for number in range(2):
            (_VOLUMES / str(number)).mkdir(parents=True, exist_ok=True)
        kubectl.apply(TESTBED / "manifests" / "shop.yaml")
        running.callback(kubectl, "delete", "namespace", SHOP, "payments", "--wait=false")
        _checks_running(running, kubectl, kubeconfig)
        slack = running.enter_context(Slack(Stumbling()))
        alertmanager = running.enter_context(alertmanager_running(folder, _ROUTES, slack))
        index = running.enter_context(stand_in())
        common = [f"--elasticsearch-hosts={index.url}"]
        exporter = Exporter(folder / "data", kubeconfig, "--healthchecks=on", f"--checks-lease={_CHECKS}/l", *common)
        running.enter_context(exporter).until_ready()
        ship = [sys.executable, "-m", "kubevigil", "ship", f"--ship-listen={_SIDECAR}", f"--data-dir={exporter.data}"]
        running.enter_context(_process([*ship, *common], folder / "ship.log"))
        state = ["kube-state-metrics", f"--kubeconfig={kubeconfig}", "--telemetry-port=18094"]
        state += ["--host=127.0.0.1", "--telemetry-host=127.0.0.1", f"--port={_STATE_METRICS.rpartition(':')[2]}"]
        running.enter_context(_process(state, folder / "state-metrics.log"))
        node = ["node_exporter", f"--web.listen-address={_NODE_EXPORTER}"]
        running.enter_context(_process(node, folder / "node-exporter.log"))
        token = folder / "token-of-prometheus"
        token.write_text(Kubectl(kubeconfig, SHOP)("create", "token", "prometheus", "--duration=4h"))
        sources = Sources(*(ADDRESS, _SIDECAR, _STATE_METRICS, _NODE_EXPORTER, alertmanager.address), kubeconfig, token)
        yield running.enter_context(_prometheus(folder, sources, alertmanager))


def until_told(prometheus: Asked) -> None:
    """Waits until what takes longest is there: the first full five minutes, a check that failed, messages sent."""
    wait_for("all are scraped", lambda: prometheus.number("count(up == 1)") == _TARGETS, 60)
    wait_for("a check failed", lambda: prometheus.number("sum(kubevigil_healthcheck_up == bool 0)") >= 1, 120)
    wait_for("a remedy ran", lambda: prometheus.number(f"sum({_CHECK}_remedy_runs_total)") >= 1, 120)
    wait_for("metrics are refused", lambda: prometheus.number(f"sum({_CHECK}_custom_metrics_refused_total)") >= 2, 180)
    wait_for("restarts of five minutes", lambda: bool(prometheus.query(_RESTARTS)), 420)
    wait_for("crashes are sent", lambda: prometheus.number('sum(kubevigil_sink_records_total{result="sent"})') >= 1, 60)
    wait_for("sizes of claims", lambda: bool(prometheus.query("kubelet_volume_stats_used_bytes")), 120)


_TARGETS: Final = 9
"""Two of them are pods of the shop's."""


def _checks_running(running: ExitStack, kubectl: Kubectl, kubeconfig: Path) -> None:
    define_checks(kubectl)
    kubectl("create", "namespace", _CHECKS)
    running.callback(kubectl, "delete", "namespace", _CHECKS, "--wait=false")
    running.enter_context(argo())
    checks = running.enter_context(Checks.within(Kubectl(kubeconfig, _CHECKS)))
    checks.apply(*_made_checks())


def _made_checks() -> Iterator[Object]:
    often = {"repeatAfterSec": 30}
    yield check("login", measuring(_LOGIN), **often)
    yield check("stock", suspended(2), **often)
    bank = check("bank", script("sleep 1; echo 'the bank does not answer'; exit 7"), **often)
    yield mended(bank, suspended(2), remedyRunsLimit=3)
    yield mended(check("search", measuring(_SEARCH), repeatAfterSec=45), suspended(3))
    idle = check("nightly", suspended(1), **often)
    idle["metadata"]["annotations"] = {"kubevigil.io/paused": "true"}
    yield idle


@contextmanager
def _process(command: Sequence[str], log: Path) -> Iterator[None]:
    environment = {"PATH": os.environ["PATH"]}
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out, env=environment) as process:
        try:
            yield
            assert process.poll() is None, f"{command[0]} ended: {log.read_text()[-3000:]}"
        finally:
            process.terminate()
            process.wait(20)


@contextmanager
def _prometheus(folder: Path, sources: Sources, alertmanager: Server) -> Iterator[Asked]:
    (folder / "rules.yaml").write_text(rendered_rules({}, folder))
    config = {
        "global": {"scrape_interval": _STEP, "evaluation_interval": _STEP},
        "rule_files": ["rules.yaml"],
        "scrape_configs": scrapes(sources),
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [alertmanager.address]}]}]},
    }
    (folder / "prometheus.json").write_text(json.dumps(config))
    server = Asked(_PROMETHEUS, folder / "prometheus.log")
    command = ["prometheus", f"--config.file={folder}/prometheus.json", f"--storage.tsdb.path={folder}/tsdb"]
    with server.running([*command, f"--web.listen-address={_PROMETHEUS}"]):
        yield server
        assert server.unwell() == []
