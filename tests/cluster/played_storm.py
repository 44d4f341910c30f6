"""A storm of crashes that KWOK plays, what the API server showed of it, and what the exporter's store says of it.

KWOK has one log file for all instances. Of each second it has a line, which names that second, so that the lines of an
instance are known: those of its own seconds.
"""

import json
import sqlite3
import subprocess
from bisect import bisect
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from math import inf
from pathlib import Path
from threading import Thread
from typing import Any, Final, Self

from kubevigil.model.clock import wall
from kubevigil.model.record import CaptureResult, Record

from .cluster import Kubectl
from .exporter import Exporter

NODE: Final = "played-1"
_LOG: Final = Path("/run/kubevigil/kwok/log")


def crash_loops(pods: int, deaths: int) -> str:
    """A manifest: so many pods of one container on KWOK's node, each of which dies so often."""
    spec = {
        "nodeName": NODE,
        "terminationGracePeriodSeconds": 0,
        "containers": [{"name": "app", "image": "shop/app:1"}],
    }
    annotations = {"kubevigil.test/deaths": str(deaths)}
    items = [
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": f"app-{n}", "annotations": annotations}, "spec": spec}
        for n in range(pods)
    ]
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": items})


def write_log(seconds: int) -> None:
    """Of each second from now on a line in the middle of it."""
    now = int(wall())
    lines = (f"{_stamp(second, '.500000000')} stdout F {_line(second)}\n" for second in range(now, now + seconds))
    _LOG.write_text("".join(lines))


def wrong_logs(records: list[Record]) -> list[Record]:
    """Those of which the log is not, line by line, what its instance printed."""
    return [r for r in records if r.log and r.log.result is CaptureResult.OK and r.log.text != _printed(r)]


def _printed(record: Record) -> str:
    """The API cuts the times of an instance to whole seconds."""
    ends = (record.termination.started_at, record.termination.finished_at)
    first, last = (int(datetime.fromisoformat(end).timestamp()) for end in ends if end)
    return "".join(f"{_line(second)}\n" for second in range(first, last + 1))


def _line(second: int) -> str:
    return f"serving at {_stamp(second)}"


def _stamp(second: int, fraction: str = "") -> str:
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S}{fraction}Z"


class ShownDeaths:
    """By containerID, when (Unix time) a watch of our own first showed that the instance had ended.

    `fell` counts restartCounts that fell, which no kubelet's do: then the play is wrong, and says nothing.
    """

    def __init__(self) -> None:
        self.at: dict[str, float] = {}
        self.ended = False
        self.fell = 0
        self._restarts: dict[str, int] = {}

    @classmethod
    @contextmanager
    def watched(cls, namespace: Kubectl) -> Iterator[Self]:
        path = f"/api/v1/namespaces/{namespace.namespace}/pods?watch=true&timeoutSeconds=600"
        command = ["kubectl", f"--kubeconfig={namespace.kubeconfig}", "get", "--raw", path]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            shown = cls()
            reader = Thread(target=shown._read, args=[process.stdout])
            reader.start()
            try:
                yield shown
            finally:
                process.terminate()
                reader.join()

    def within(self, seconds: float) -> int:
        """How many there were in the worst time of that length."""
        moments = sorted(self.at.values())
        return max(bisect(moments, moment + seconds) - place for place, moment in enumerate(moments))

    def seconds_ago(self) -> float:
        """Since the last."""
        return wall() - max(self.at.values())

    def _read(self, lines: Any) -> None:
        for line in lines:
            pod = json.loads(line)["object"]
            for status in pod.get("status", {}).get("containerStatuses", []):
                self._take(pod["metadata"]["name"], status)
        self.ended = True

    def _take(self, pod: str, status: Any) -> None:
        self.fell += status["restartCount"] < self._restarts.get(pod, 0)
        self._restarts[pod] = status["restartCount"]
        for state in (status["state"], status["lastState"]):
            if "terminated" in state:
                self.at.setdefault(state["terminated"]["containerID"], wall())


class Settlements:
    """What the store of an exporter says of the crashes of a namespace."""

    def __init__(self, exporter: Exporter, namespace: str) -> None:
        self._exporter = exporter
        self._namespace = namespace

    def at(self) -> dict[str, float]:
        """By containerID, when (Unix time) its log or the reason why there is none was found."""
        query = (
            "SELECT json_extract(record, '$.container.id'), settled_at FROM kubevigil_crashes"
            " JOIN kubevigil_crash_logs USING (id) WHERE namespace = ?"
        )
        with closing(sqlite3.connect(f"file:{self._exporter.data}/kubevigil.db?mode=ro", uri=True)) as store:
            return dict(store.execute(query, [self._namespace]).fetchall())

    def records(self) -> list[Record]:
        return self._exporter.crashes(self._namespace)


def results(records: list[Record]) -> dict[str, int]:
    """How often each: `log_ok`, `log_superseded`, ..."""
    return dict(Counter(f"log_{record.log.result if record.log else 'unsettled'}" for record in records))


def begun_within(exporter: Exporter, *seconds: float) -> dict[str, str]:
    """What share of the crashes saw the first request for their log so soon; bounds of the histogram's buckets."""
    buckets = exporter.samples("kubevigil_crash_log_capture_wait_seconds_bucket")
    below = {float(bound): count for (bound,), count in buckets.items()}
    return {f"begun_within_{bound:g}_s": f"{below[bound] / below[inf]:.2%}" for bound in seconds}
