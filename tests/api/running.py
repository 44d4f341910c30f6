"""The whole exporter in this process, HTTP on both sides and a store on disk, beside a simulated cluster."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from threading import Event

from prometheus_client.parser import text_string_to_metric_families

from kubevigil.app.settings import Settings
from kubevigil.app.wiring import Exporter
from kubevigil.demo.kubeconfig import write_kubeconfig
from kubevigil.kube.connection import connect
from kubevigil.model.record import Record

SECONDS = 20.0


class Running:
    """An exporter that runs, and what it recorded."""

    def __init__(self, cluster_url: str, folder: Path, **settings: object) -> None:
        folder.mkdir(exist_ok=True)
        self.records: list[Record] = []
        told = {"listen": "127.0.0.1:0", "data_dir": folder / "data", "cluster_name": "test", **settings}
        connection = connect(str(write_kubeconfig(folder, cluster_url)))
        self._exporter = Exporter(Settings(**told), connection, recorded=self.records.append)  # type: ignore[arg-type]
        self.url = self._exporter.start()

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(self.url + path, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def ready(self) -> bool:
        return bool(json.loads(self.get("/readyz")[1])["ready"])

    def stop(self) -> list[str]:
        return self._exporter.stop()

    def values(self, name: str) -> list[float]:
        families = text_string_to_metric_families(self.get("/metrics")[1])
        return [s.value for family in families for s in family.samples if s.name == name]


def until(done: Callable[[], object], seconds: float = SECONDS) -> None:
    """Waits for an answer of another thread or process; fails when there is none in time."""
    for _ in range(int(seconds / 0.05)):
        if done():
            return
        Event().wait(0.05)
    raise AssertionError(f"not within {seconds:.0f} s")
