"""One play: checks on a real API server, a slow Argo beside it, and a witness of everything that both ever showed."""

import json
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from typing import Any, Self

from kubevigil.healthchecks.picture import PAUSED
from kubevigil.healthchecks.resources import HealthCheckObject, Meta
from kubevigil.healthchecks.status import status_of
from kubevigil.healthchecks.writing import CHECKS
from kubevigil.kube.connection import Connection
from kubevigil.kube.writing import Writer
from tests.chart.apiserver import ApiServer
from tests.cluster.cluster import wait_for
from tests.faults.process import Child, Nursery

from .checks_argo import SlowArgo
from .checks_audit import Verdict, audit
from .checks_nursery import MODULE, Order
from .checks_watch import Watch

Object = dict[str, Any]
SETTLE_SECONDS = 60
FOREIGN: Object = {"remedyTotalRuns": 7, "remedyFailedCount": 3, "remedyStatus": "Succeeded"}
"""What somebody else wrote into each status."""


class Stage:
    """The play, while it is entered. Checks are those of `put`.

    By their uids `versions` has all that they were since they had a status, and `histories` the statuses.
    """

    def __init__(self, connection: Connection, namespaces: Sequence[str], *, seed: int) -> None:
        self.namespaces = tuple(namespaces)
        self.connection = connection
        self.writer = Writer(connection)
        self.argo = SlowArgo(connection, self.namespaces, seed=seed)
        self.versions: dict[str, list[HealthCheckObject]] = {}
        self.histories: dict[str, list[Object]] = {}
        self._checks: dict[str, HealthCheckObject] = {}
        self._watch = Watch(connection, f"{CHECKS}/healthchecks", HealthCheckObject, self._see)
        self._undo = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            undo.enter_context(self.argo)
            undo.enter_context(self._watch)
            self._undo = undo.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._undo.close()

    def put(self, check: Object) -> Meta:
        """Makes a check, with somebody else's fields in its status."""
        namespace = check["metadata"]["namespace"]
        made = self.writer.create(f"{CHECKS}/namespaces/{namespace}/healthchecks", check, HealthCheckObject)
        self.writer.merge(path_of(made.metadata) + "/status", {"status": FOREIGN}, HealthCheckObject)
        return made.metadata

    def checks(self) -> list[HealthCheckObject]:
        """The newest version of each that was seen."""
        return list(self._checks.values())

    def pause(self) -> None:
        """Lets no run begin any more."""
        for check in self.checks():
            changes = {"metadata": {"annotations": {PAUSED: "true"}}}
            self.writer.merge(path_of(check.metadata), changes, HealthCheckObject)

    def verdict(self) -> Verdict:
        """Waits until whoever looks after the checks has come to the end of all runs, and audits."""
        self.pause()
        wait_for("every run has ended", self._is_over, SETTLE_SECONDS)
        found = self.audit()
        if (self._watch.lists, self.argo.watch.lists) != (1, 1):
            found.wrong.append("the witness was blind for a while")
        return found

    def audit(self) -> Verdict:
        """What there is to say so far; runs that go on are among the faults."""
        return audit(list(self.argo.made), dict(self.argo.ends), dict(self.histories))

    def runs(self) -> int:
        """How many have begun so far, as far as the witness has seen."""
        return len(self.argo.made)

    def _is_over(self) -> bool:
        return self.argo.idle() and not any(
            PAUSED not in (check.metadata.annotations or {}) or status_of(check.status).under_way
            for check in self.checks()
        )

    def _see(self, item: HealthCheckObject) -> None:
        meta = item.metadata
        if meta.namespace not in self.namespaces:
            return
        self._checks[meta.uid] = item
        if isinstance(item.status, dict):
            self.versions.setdefault(meta.uid, []).append(item)
            self.histories.setdefault(meta.uid, []).append(item.status)


class Exporters:
    """Makes exporters that follow one another over the store in `folder`, for the checks of these namespaces.

    Each has a lease of its own in the first of them unless it is told one: so it acts at once, as if the lease of the
    one before had run out.
    """

    def __init__(self, server: ApiServer, nursery: Nursery, folder: Path, namespaces: Sequence[str]) -> None:
        self._kubeconfig = str(server.kubeconfigs["admin"])
        self._nursery = nursery
        self._folder = folder
        self._namespaces = tuple(namespaces)
        self._started = 0

    def start(self, *, lease: str = "", point: str = "", passing: int = 1, twin: str = "") -> Child:
        """The next; it has been forked and is about to start."""
        self._started += 1
        lease = f"{self._namespaces[0]}/{lease or f'lease-{self._started}'}"
        data = str(self._folder / "data")
        return self._nursery.start(Order(self._kubeconfig, data, self._namespaces, lease, point, passing, twin))

    @contextmanager
    def one_after_another(
        self, deaths: Sequence[str], random: Random, *, longest: float, twin: str = ""
    ) -> Iterator[None]:
        """One that dies for each death, at that point or, for '', within `longest` seconds; then a sound one."""
        for point in deaths:
            child = self.start(point=point, passing=random.randint(1, 3), twin=twin)
            if point:
                assert child.wait() == -signal.SIGKILL, f"it never came to the point: {point}"
            else:
                time.sleep(random.uniform(0, longest))
                child.kill()
        last = self.start()
        try:
            yield
        finally:
            stop(last)


@contextmanager
def nurseries(folder: Path, number: int) -> Iterator[list[Nursery]]:
    """Several, for exporters that live at the same time."""
    with ExitStack() as stack:
        yield [stack.enter_context(Nursery(folder / f"nursery-{n}.log", MODULE)) for n in range(number)]


def stop(*children: Child) -> None:
    """SIGTERM; each must end well."""
    for child in children:
        child.signal(signal.SIGTERM)
    for child in children:
        assert child.wait() == 0, child.last_words()


def path_of(meta: Meta) -> str:
    """Of a check."""
    return f"{CHECKS}/namespaces/{meta.namespace}/healthchecks/{meta.name}"


def frequent(namespace: str, name: str, seconds: int = 1, *, runs_in: str = "") -> Object:
    """A check with a short period."""
    inline = json.dumps({"kind": "Workflow", "spec": {"entrypoint": "main"}})
    resource = {"namespace": runs_in or namespace, "serviceAccount": "checker", "source": {"inline": inline}}
    workflow = {"generateName": f"{name}-", "workflowtimeout": 60, "resource": resource}
    return {
        "apiVersion": "activemonitor.keikoproj.io/v1alpha1",
        "kind": "HealthCheck",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"repeatAfterSec": seconds, "level": "namespace", "workflow": workflow},
    }
