"""A stand-in for Argo's controller that takes its time: workflows run for a while, then succeed or fail by chance.

It is the witness of what was created and how each ended, too; what a run's check says is compared with it.
"""

import heapq
import threading
import time
from collections.abc import Container
from itertools import count
from random import Random
from typing import Any, Self

from kubevigil.healthchecks.manifest import CHECK_LABEL, RUN_LABEL
from kubevigil.healthchecks.resources import WorkflowObject
from kubevigil.healthchecks.writing import WORKFLOWS
from kubevigil.kube.connection import Connection
from kubevigil.kube.errors import NotFound
from kubevigil.kube.writing import Writer
from kubevigil.model import clock

from .checks_audit import Made
from .checks_watch import Watch

Object = dict[str, Any]
SHORTEST, LONGEST = 0.2, 2.0
"""Seconds that a workflow runs."""
FAILURES = 0.3
"""Of all."""


class SlowArgo:
    """For the workflows in these namespaces. `made` and `ends` are what happened.

    `ends` has the last phases by uid, and "Deleted" for what somebody deleted before its end.
    """

    def __init__(self, connection: Connection, namespaces: Container[str], *, seed: int) -> None:
        self._namespaces = namespaces
        self._writer = Writer(connection)
        self._random = Random(seed)
        self._changed = threading.Condition()
        self._plans: list[tuple[float, int, str, str, Object]] = []
        self._order = count()
        self._stopped = False
        self._known: set[str] = set()
        self._failed = ""
        self.made: list[Made] = []
        self.ends: dict[str, str] = {}
        self.watch = Watch(connection, f"{WORKFLOWS}/workflows", WorkflowObject, self._see)
        self._thread = threading.Thread(target=self._run, name="slow argo")

    def __enter__(self) -> Self:
        self.watch.__enter__()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify()
        self._thread.join(20)
        self.watch.__exit__()
        assert not self._failed, self._failed

    def idle(self) -> bool:
        """Whether every workflow that was seen has ended, and was seen to."""
        with self._changed:
            return len(self.ends) == len(self._known)

    def _see(self, item: WorkflowObject) -> None:
        meta, labels = item.metadata, item.metadata.labels or {}
        if meta.uid in self._known or meta.namespace not in self._namespaces:
            return
        made = Made(labels.get(CHECK_LABEL, ""), int(labels.get(RUN_LABEL, "0")), meta.namespace, meta.name, meta.uid)
        path = f"{WORKFLOWS}/namespaces/{meta.namespace}/workflows/{meta.name}"
        began = _now()
        phase = "Failed" if self._random.random() < FAILURES else "Succeeded"
        ends = clock.monotonic() + self._random.uniform(SHORTEST, LONGEST)
        with self._changed:
            self._known.add(meta.uid)
            self.made.append(made)
            self._plan(0.0, path, meta.uid, {"phase": "Running", "startedAt": began})
            self._plan(ends, path, meta.uid, {"phase": phase, "startedAt": began})
            self._changed.notify()

    def _plan(self, moment: float, path: str, uid: str, status: Object) -> None:
        heapq.heappush(self._plans, (moment, next(self._order), path, uid, status))

    def _run(self) -> None:
        try:
            while (plan := self._next()) is not None:
                self._tell(*plan)
        except Exception as error:  # noqa: BLE001  the test thread raises it, on leaving
            self._failed = f"{type(error).__name__}: {error}"

    def _next(self) -> tuple[str, str, Object] | None:
        with self._changed:
            while not self._stopped:
                now = clock.monotonic()
                if self._plans and self._plans[0][0] <= now:
                    return heapq.heappop(self._plans)[2:]
                self._changed.wait(self._plans[0][0] - now if self._plans else None)
            return None

    def _tell(self, path: str, uid: str, status: Object) -> None:
        phase = status["phase"]
        if phase != "Running":
            status |= {"finishedAt": _now(), "message": "main: Error (exit code 7)" if phase == "Failed" else ""}
        try:
            self._writer.merge(path, {"status": status}, WorkflowObject)
        except NotFound:
            phase = "Deleted"
        if phase != "Running":
            with self._changed:
                self.ends[uid] = phase


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
