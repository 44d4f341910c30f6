"""A stand-in for Argo's controller that keeps up with a thousand workflows at once: a process of its own.

Each workflow runs at once, succeeds after some seconds, and is cleaned up a minute later, as a time to live has it.

Run: .venv/bin/python -m tests.perf.checks_argo KUBECONFIG
"""

import heapq
import json
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, Final

from kubevigil.healthchecks.manifest import CHECK_LABEL
from kubevigil.healthchecks.resources import WorkflowObject
from kubevigil.healthchecks.status import stamp
from kubevigil.kube.connection import Connection, connect
from kubevigil.kube.driver import Driver, Scope
from kubevigil.kube.errors import KubeError
from kubevigil.kube.roles import Cause
from kubevigil.model import clock
from kubevigil.model.clock import wall

_WORKFLOWS: Final = "/apis/argoproj.io/v1alpha1"
_TAKES: Final = (1.0, 5.0)
_KEPT: Final = 60.0
"""Seconds."""

_WORKERS: Final = 4

_Act = Callable[[], object]


class Later:
    """Does things at their time, by some threads of its own."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._heap: list[tuple[float, int, _Act]] = []
        self._count = 0
        for _ in range(_WORKERS):
            threading.Thread(target=self._work, daemon=True).start()

    def add(self, seconds: float, act: _Act) -> None:
        """To be done in so many seconds."""
        with self._changed:
            self._count += 1
            heapq.heappush(self._heap, (time.monotonic() + seconds, self._count, act))
            self._changed.notify()

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._heap or self._heap[0][0] > time.monotonic():
                    self._changed.wait(self._heap[0][0] - time.monotonic() if self._heap else None)
                _, _, act = heapq.heappop(self._heap)
            act()


class Argo:
    """The handler and the observer of the watch of all workflows."""

    def __init__(self, connection: Connection, later: Later) -> None:
        self._connection = connection
        self._later = later
        self._random = Random(1)
        self._known: set[str] = set()

    def page(self, items: Sequence[WorkflowObject]) -> None:
        for item in items:
            self.changed(item)

    def changed(self, item: WorkflowObject) -> None:
        meta = item.metadata
        if meta.uid in self._known:
            return
        self._known.add(meta.uid)
        path = f"{_WORKFLOWS}/namespaces/{meta.namespace}/workflows/{meta.name}"
        self._later.add(0, lambda: self._begin(path))

    def deleted(self, item: WorkflowObject) -> None:
        self._known.discard(item.metadata.uid)

    def _begin(self, path: str) -> None:
        self._tell(path, {"phase": "Running", "startedAt": stamp(int(wall()))})
        self._later.add(self._random.uniform(*_TAKES), lambda: self._end(path))

    def _end(self, path: str) -> None:
        self._tell(path, {"phase": "Succeeded", "finishedAt": stamp(int(wall()))})
        self._later.add(_KEPT, lambda: self._tell(path, None))

    def _tell(self, path: str, status: dict[str, Any] | None) -> None:
        """Writes the status; None for cleaning it up."""
        try:
            if status is None:
                self._connection.delete(path)
            else:
                self._connection.patch(path, json.dumps({"status": status}).encode())
        except KubeError as error:
            sys.stderr.write(f"{error}\n")

    def vanished(self, uid: str) -> None:
        self._known.discard(uid)

    def unreadable(self, uid: str) -> None: ...

    def sync_started(self) -> None: ...

    def sync_finished(self, resource_version: str) -> None: ...

    def batch_done(self) -> None: ...

    def activity(self, monotonic: float) -> None: ...

    def reconnect(self, cause: Cause) -> None: ...

    def skipped(self, item: object) -> None: ...

    def synced(self, yes: bool) -> None: ...

    def failure(self, error: KubeError) -> None:
        sys.stderr.write(f"{error}\n")


def main(kubeconfig: str) -> None:
    """Plays until SIGTERM."""
    connection = connect(kubeconfig)
    argo = Argo(connection, Later())
    scope = Scope(f"{_WORKFLOWS}/workflows", WorkflowObject, {"labelSelector": CHECK_LABEL})
    driver = Driver(connection, scope, argo, argo, clock=clock.monotonic, random=Random(1))
    signal.signal(signal.SIGTERM, lambda *_: driver.stop())
    driver.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
