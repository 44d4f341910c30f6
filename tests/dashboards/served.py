"""A real Prometheus with series that were made beforehand, which answers as it answers Grafana."""

import json
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tests.alerting.alertmanager import wait_for
from tests.binary import Binary
from tests.ports import free_port

from .made import END, SECONDS, text

Series = dict[str, Any]
"""`metric` (labels) and `value` or `values`."""

_STEP: Final = 60


class Prometheus:
    """Answers at `url`."""

    def __init__(self, url: str) -> None:
        self._url = url

    def instant(self, expr: str) -> list[Series]:
        """At the end of what there is. Raises AssertionError with Prometheus' own words."""
        return self._asked("query", query=expr, time=END)

    def range(self, expr: str) -> list[Series]:
        """Over all there is. Raises AssertionError."""
        return self._asked("query_range", query=expr, start=END - SECONDS, end=END, step=_STEP)

    def is_ready(self) -> bool | None:
        try:
            with urllib.request.urlopen(f"{self._url}/-/ready", timeout=5):
                return True
        except OSError:
            return None

    def _asked(self, path: str, **parameters: str | int) -> list[Series]:
        data = urllib.parse.urlencode(parameters).encode()
        try:
            with urllib.request.urlopen(f"{self._url}/api/v1/{path}", data, timeout=30) as answer:
                found: list[Series] = json.load(answer)["data"]["result"]
                return found
        except urllib.error.HTTPError as error:
            with error:
                raise AssertionError(json.load(error)["error"]) from error


@contextmanager
def serving(folder: Path, promtool: Binary, prometheus: Binary, *, labelled: bool) -> Iterator[Prometheus]:
    """One with the series of made.py, which goes when the block ends."""
    (folder / "made.txt").write_text(text(labelled=labelled), encoding="utf-8")
    (folder / "prometheus.yaml").write_text("{}", encoding="utf-8")
    said = promtool.wrong("tsdb", "create-blocks-from", "openmetrics", str(folder / "made.txt"), str(folder / "data"))
    assert not said
    address = f"127.0.0.1:{free_port()}"
    flags = {"config.file": "prometheus.yaml", "storage.tsdb.path": "data", "storage.tsdb.retention.time": "30y"}
    command = [prometheus.path, *(f"--{key}={value}" for key, value in flags.items())]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*command, f"--web.listen-address={address}"], cwd=folder, stdout=log, stderr=log)
    try:
        server = Prometheus(f"http://{address}")
        wait_for("Prometheus", server.is_ready, 60)
        yield server
    finally:
        process.terminate()
        process.wait(30)
