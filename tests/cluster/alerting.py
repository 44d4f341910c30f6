"""From what the exporter shows to a channel: a real Prometheus and a real Alertmanager with our own rules and routes.

Time runs short here: windows and waits are a tenth of the defaults, or one to three minutes where minutes are counted.
The durations that users have are the matter of the rules' own unit tests.
"""

import json
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from kubevigil.app.rendering import config_in, render
from tests.alerting.deployment import deployed
from tests.alerting.slack_stand_in import Slack

from .cluster import wait_for
from .exporter import ADDRESS

SCALED: Final[Mapping[str, Any]] = {
    "stateMinutes": 1,
    "alerts": {
        "KubevigilContainerRestarted": {"windowMinutes": 1},
        "KubevigilContainerRestartsHigh": {"restarts": 4, "windowMinutes": 1, "keepFiringFor": "0m"},
        "KubevigilCrashLooping": {"quietMinutes": 1, "keepFiringFor": "12s"},
        "KubevigilImagePullFailing": {"for": "66s"},
        "KubevigilContainerConfigError": {"for": "66s"},
        "KubevigilContainerOOMKilled": {"windowMinutes": 1},
        "KubevigilInitContainerFailing": {"quietMinutes": 1, "keepFiringFor": "12s"},
        "KubevigilStockAlertInhibitor": {"keepFiringFor": "30s"},
        "KubevigilWorkloadRestartStorm": {"windowMinutes": 3, "keepFiringFor": "30s"},
        "KubevigilExporterAbsent": {"for": "30s"},
        "KubevigilNotSynced": {"for": "30s"},
    },
}
"""Values of the mixin's `_config`."""

GROUP_WAIT: Final = 3
GROUP_INTERVAL: Final = 20
"""Seconds; a tenth of the defaults, and less."""

STEP: Final = 2
"""Seconds between two scrapes, and between two evaluations."""

_PROMETHEUS: Final = "127.0.0.1:19091"
_ALERTMANAGER: Final = "127.0.0.1:19093"


def rendered_rules(config: Mapping[str, Any], folder: Path) -> str:
    """What `kubevigil render rules --format rules --config FILE` prints; nothing may be left out."""
    values = folder / "rules-config.json"
    values.write_text(json.dumps(config))
    output = render(["rules"], "rules", config_in(values))
    assert output.remarks == []
    (file,) = output.files
    return file.text


class Server:
    """A process that answers HTTP on one address, and logs to a file."""

    def __init__(self, address: str, log: Path) -> None:
        self.address = address
        self._log = log

    def get(self, path: str, **query: object) -> Any:
        """The answer's JSON."""
        url = f"http://{self.address}{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(url, timeout=30) as answer:
            return json.load(answer)

    def ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://{self.address}/-/ready", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def log(self) -> str:
        return self._log.read_text()

    @contextmanager
    def running(self, command: Sequence[str]) -> Iterator[None]:
        with self._log.open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
            try:
                wait_for(f"{command[0]} is ready", lambda: process.poll() is None and self.ready())
                yield
            except AssertionError as error:
                raise AssertionError(f"{error}\n{self.log()[-3000:]}") from error
            finally:
                process.terminate()
                process.wait(20)


class Prometheus(Server):
    """The server's API."""

    def query(self, expression: str) -> list[Any]:
        return list(self.get("/api/v1/query", query=expression)["data"]["result"])

    def number(self, expression: str) -> float:
        """The value of the one series, 0 where there is none."""
        result = self.query(expression)
        assert len(result) <= 1, f"{expression}: {result}"
        return float(result[0]["value"][1]) if result else 0.0

    def now(self) -> float:
        """Its Unix time."""
        return self.number("vector(time())")

    def moments(self, expression: str, since: float) -> list[list[float]]:
        """The moments at which each series has a value, an evaluation apart."""
        answer = self.get("/api/v1/query_range", query=expression, start=since, end=self.now(), step=STEP)
        return [[float(moment) for moment, _ in series["values"]] for series in answer["data"]["result"]]

    def firing(self, **labels: str) -> list[dict[str, str]]:
        """The labels of the alerts that fire and have these; not those that are there to mute others."""
        answer = self.get("/api/v1/alerts")["data"]["alerts"]
        told = [alert["labels"] for alert in answer if alert["state"] == "firing"]
        return [found for found in told if found["severity"] != "none" and labels.items() <= found.items()]

    def unwell(self) -> list[str]:
        """What is wrong with rules that have been evaluated."""
        groups = self.get("/api/v1/rules")["data"]["groups"]
        return [f"{rule['name']}: {rule['lastError']}" for g in groups for rule in g["rules"] if rule.get("lastError")]


@contextmanager
def prometheus_running(folder: Path, config: Mapping[str, Any]) -> Iterator[Prometheus]:
    """Scrapes the exporter, with the rules of that `_config`."""
    rules = folder / "rules.yaml"
    rules.write_text(rendered_rules(config, folder))
    subprocess.run(["promtool", "check", "rules", str(rules)], check=True, timeout=60, stdout=subprocess.DEVNULL)
    (folder / "prometheus.json").write_text(
        json.dumps(
            {
                "global": {"scrape_interval": f"{STEP}s", "evaluation_interval": f"{STEP}s"},
                "rule_files": [str(rules)],
                "scrape_configs": [
                    {"job_name": "kubevigil", "honor_labels": True, "static_configs": [{"targets": [ADDRESS]}]}
                ],
                "alerting": {"alertmanagers": [{"static_configs": [{"targets": [_ALERTMANAGER]}]}]},
            }
        )
    )
    server = Prometheus(_PROMETHEUS, folder / "prometheus.log")
    command = [
        *("prometheus", f"--config.file={folder}/prometheus.json", f"--storage.tsdb.path={folder}/tsdb"),
        f"--web.listen-address={_PROMETHEUS}",
    ]
    with server.running(command):
        yield server
        assert server.unwell() == []


class Alertmanager(Server):
    """The server's API, and what it says of itself."""

    def total(self, name: str) -> float:
        """The sum of its series of that name."""
        with urllib.request.urlopen(f"http://{self.address}/metrics", timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith((f"{name}{{", f"{name} ")))


@contextmanager
def alertmanager_running(folder: Path, config: Mapping[str, Any], slack: Slack) -> Iterator[Alertmanager]:
    """With the routes of that `_config`, which lead to the stand-in."""
    file = folder / "alertmanager.json"
    file.write_text(json.dumps(deployed(config, slack, folder)))
    subprocess.run(["amtool", "check-config", str(file)], check=True, timeout=60, stdout=subprocess.DEVNULL)
    server = Alertmanager(_ALERTMANAGER, folder / "alertmanager.log")
    command = [
        *("alertmanager", f"--config.file={file}", f"--storage.path={folder}/alertmanager"),
        *(f"--web.listen-address={_ALERTMANAGER}", "--cluster.listen-address="),
    ]
    with server.running(command):
        yield server
