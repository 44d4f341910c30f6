"""A real Alertmanager on a free port of this machine."""

import json
import re
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote
from urllib.request import Request, urlopen

from kubevigil.model.clock import wall

Labels = Mapping[str, str]
Result = TypeVar("Result")

EXTERNAL = "https://alertmanager.example"
LONG_AGO = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def wait_for(what: str, check: Callable[[], Result | None], seconds: float = 60) -> Result:
    """What `check` returns once that is something."""
    end = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.05)
    return found


@dataclass(frozen=True)
class Alert:
    """As Prometheus sends it. One that is said to have begun longer ago than groupWait is told at once."""

    labels: Labels
    annotations: Labels
    began: datetime | None = None

    def sent(self, *, over: bool) -> dict[str, Any]:
        now = datetime.fromtimestamp(wall(), UTC)
        ends = now if over else now + timedelta(hours=1)
        times = {"endsAt": ends.isoformat()} | ({"startsAt": self.began.isoformat()} if self.began else {})
        return {"labels": dict(self.labels), "annotations": dict(self.annotations), **times}


class Alertmanager:
    """The process; a context manager. `config` is alertmanager.yml's content."""

    def __init__(self, binary: str, folder: Path, config: object) -> None:
        self._folder = folder
        (folder / "alertmanager.yml").write_text(json.dumps(config), encoding="utf-8")
        self._log = (folder / "log").open("w", encoding="utf-8")
        self._process = subprocess.Popen(
            [
                binary,
                f"--config.file={folder / 'alertmanager.yml'}",
                f"--storage.path={folder / 'data'}",
                "--web.listen-address=127.0.0.1:0",
                f"--web.external-url={EXTERNAL}",
                "--web.route-prefix=/",
                "--cluster.listen-address=",
            ],
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )

    def __enter__(self) -> Self:
        try:
            self._address = wait_for("Alertmanager says where it listens", self._listens)
            wait_for("Alertmanager is ready", self._ready)
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def _stop(self) -> None:
        self._process.kill()
        self._process.wait()
        self._log.close()

    def _listens(self) -> str | None:
        assert self._process.poll() is None, self.log()
        found = re.search(r'msg="Listening on" address=(\S+)', self.log())
        return f"http://{found[1]}" if found else None

    def _ready(self) -> bool:
        try:
            with urlopen(f"{self._address}/-/ready", timeout=10) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def log(self) -> str:
        return (self._folder / "log").read_text(encoding="utf-8")

    def fire(self, alerts: Iterable[Alert]) -> None:
        self._post([alert.sent(over=False) for alert in alerts])

    def resolve(self, alerts: Iterable[Alert]) -> None:
        self._post([alert.sent(over=True) for alert in alerts])

    def state(self, **labels: str) -> list[dict[str, Any]]:
        """The status of each alert with those labels: { state, inhibitedBy, ... }."""
        filters = "&".join("filter=" + quote(f'{name}="{value}"') for name, value in labels.items())
        return [alert["status"] for alert in self._get(f"/api/v2/alerts?{filters}")]

    def _get(self, path: str) -> Any:
        with urlopen(f"{self._address}{path}", timeout=10) as answer:
            return json.load(answer)

    def _post(self, alerts: list[dict[str, Any]]) -> None:
        request = Request(
            f"{self._address}/api/v2/alerts",
            data=json.dumps(alerts).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urlopen(request, timeout=10) as answer:
            assert answer.status == 200
