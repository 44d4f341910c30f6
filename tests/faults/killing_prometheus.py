"""A real Prometheus beside the exporter under kills: its raw samples, corrected for resets, are the increases."""

import json
import shutil
import subprocess
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any, Self

from kubevigil.pods.families import WORKLOAD_TERMINATIONS
from tests.api.running import until
from tests.ports import free_port

from .audit import Labels
from .process import ROOT, get

_CONFIG = """
global: {{scrape_interval: 200ms, scrape_timeout: 200ms}}
scrape_configs:
  - job_name: kubevigil
    honor_labels: true
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""
_START_SECONDS = 30.0


def prometheus_binary() -> str:
    """On the PATH, else as the testbed built it; '' where there is none. Nothing is built."""
    if found := shutil.which("prometheus"):
        return found
    if not shutil.which("go"):
        return ""
    built = subprocess.run([ROOT / "testbed" / "build", "--path"], capture_output=True, text=True, check=False)
    binary = Path(built.stdout.strip(), "prometheus")
    return str(binary) if binary.is_file() else ""


class Prometheus:
    """A server of its own on the loopback that scrapes `port` five times a second."""

    def __init__(self, folder: Path, port: int) -> None:
        self._port = free_port()
        config = folder / "prometheus.yml"
        config.write_text(_CONFIG.format(port=port), encoding="utf-8")
        command = [prometheus_binary(), f"--config.file={config}", f"--storage.tsdb.path={folder}/tsdb"]
        self._log = folder / "prometheus.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [*command, f"--web.listen-address=127.0.0.1:{self._port}"], stdout=log, stderr=log
            )

    def __enter__(self) -> Self:
        until(lambda: get(self._port, "/-/ready") and self._query("up"), _START_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait(10)

    def increases(self) -> dict[Labels, float]:
        """What each counter has grown by since it was first asked for, over every sample that was stored."""
        return {
            tuple(series["metric"].get(name, "") for name in WORKLOAD_TERMINATIONS.labels): _increase(series["values"])
            for series in self._query(f"{WORKLOAD_TERMINATIONS.name}[1h]")
        }

    def samples(self) -> int:
        """How many scrapes had an answer."""
        return sum(int(float(value)) for series in self._query("up[1h]") for _, value in series["values"])

    def _query(self, expression: str) -> list[Any]:
        query = urllib.parse.urlencode({"query": expression})
        with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/api/v1/query?{query}", timeout=10) as answer:
            return list(json.load(answer)["data"]["result"])


def _increase(samples: list[tuple[float, str]]) -> float:
    last, total = 0.0, 0.0
    for _, text in samples:
        value = float(text)
        total += value if value < last else value - last
        last = value
    return total
