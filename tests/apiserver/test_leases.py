"""Candidates for one Lease on a real API server."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import pytest

from kubevigil.kube.connection import Connection
from kubevigil.kube.election import Rhythm
from kubevigil.kube.errors import Forbidden, KubeError
from kubevigil.kube.leases import Candidate, Place
from kubevigil.kube.writing import Writer
from kubevigil.model import clock
from tests.chart.apiserver import ApiServer
from tests.cluster.cluster import wait_for

Object = dict[str, Any]
QUICK = Rhythm(lease=3.0, renew=2.0, retry=0.2)


class Watcher:
    """What a candidate told."""

    def __init__(self) -> None:
        self.changes: list[bool] = []
        self.failures: list[KubeError] = []

    def leads(self, yes: bool) -> None:
        self.changes.append(yes)

    def failed(self, error: KubeError) -> None:
        self.failures.append(error)


class Runner:
    """A candidate and its thread. `cut` is what its requests meet instead of the server."""

    def __init__(self, connection: Connection, namespace: str, name: str, rhythm: Rhythm = QUICK) -> None:
        self.witness = Watcher()
        self.name = name
        self.candidate = Candidate(
            connection,
            Place(namespace, "health-checks"),
            name,
            self.witness,
            monotonic=clock.monotonic,
            wall=clock.wall,
            random=Random(name),
            rhythm=rhythm,
        )
        self.thread = threading.Thread(target=self.candidate.run)

    def stop(self) -> None:
        self.candidate.stop()
        self.thread.join(20)
        assert not self.thread.is_alive()


@contextmanager
def _running(*runners: Runner) -> Iterator[None]:
    for runner in runners:
        runner.thread.start()
    try:
        yield
    finally:
        for runner in runners:
            runner.stop()


def _path(namespace: str) -> str:
    return f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases/health-checks"


def _leader(runners: list[Runner]) -> Callable[[], Runner | None]:
    return lambda: next((runner for runner in runners if runner.candidate.leads()), None)


def test_one_leads_and_when_it_stops_another_does_at_once(connection: Connection, namespace: str) -> None:
    slow = Rhythm(lease=60.0, renew=40.0, retry=0.2)
    runners = [Runner(connection, namespace, name, slow) for name in ("a", "b", "c")]
    with _running(*runners):
        first = wait_for("somebody leads", _leader(runners))
        lease = connection.get_json(_path(namespace), Object)["spec"]
        assert (lease["holderIdentity"], lease["leaseDurationSeconds"]) == (first.name, 60)
        first.stop()
        rest = [runner for runner in runners if runner is not first]
        second = wait_for("another leads, long before the lease runs out", _leader(rest))
        taken = connection.get_json(_path(namespace), Object)["spec"]
        assert (taken["holderIdentity"], taken["leaseTransitions"]) == (second.name, lease["leaseTransitions"] + 1)
        assert taken["acquireTime"] > lease["acquireTime"]
    assert first.witness.changes == [True, False]
    assert [runner.witness.failures for runner in rest if runner is not second] == [[]]
    assert "holderIdentity" not in connection.get_json(_path(namespace), Object)["spec"]


def test_the_lease_of_a_dead_one_is_taken_when_it_ran_out(connection: Connection, namespace: str) -> None:
    dead = {"holderIdentity": "dead", "leaseDurationSeconds": 2, "leaseTransitions": 7}
    made = {"metadata": {"name": "health-checks"}, "spec": dead}
    Writer(connection).create(_path(namespace).rpartition("/")[0], made, Object)
    runner = Runner(connection, namespace, "next")
    with _running(runner):
        wait_for("it is taken", runner.candidate.leads)
        assert connection.get_json(_path(namespace), Object)["spec"]["leaseTransitions"] == 8


def test_renewals_keep_what_others_wrote_into_the_lease(connection: Connection, namespace: str) -> None:
    runner = Runner(connection, namespace, "a")
    with _running(runner):
        wait_for("it leads", runner.candidate.leads)
        labels = {"metadata": {"labels": {"owner": "platform"}}}
        before = Writer(connection).merge(_path(namespace), labels, Object)

        def renewed() -> Object | None:
            lease = connection.get_json(_path(namespace), Object)
            return lease if lease["spec"]["renewTime"] > before["spec"]["renewTime"] else None

        assert wait_for("it is renewed", renewed)["metadata"]["labels"] == {"owner": "platform"}
        assert runner.candidate.leads()
    assert runner.witness.changes == [True, False]


def test_who_loses_the_lease_to_another_leads_no_longer(connection: Connection, namespace: str) -> None:
    runner = Runner(connection, namespace, "a")
    with _running(runner):
        wait_for("it leads", runner.candidate.leads)
        taken = {"spec": {"holderIdentity": "usurper", "leaseDurationSeconds": 3600}}
        Writer(connection).merge(_path(namespace), taken, Object)
        wait_for("it is told", lambda: runner.witness.changes == [True, False])
        assert not runner.candidate.leads()
    assert connection.get_json(_path(namespace), Object)["spec"]["holderIdentity"] == "usurper"


def test_with_the_lease_deleted_somebody_leads_again(connection: Connection, namespace: str) -> None:
    runner = Runner(connection, namespace, "a")
    with _running(runner):
        wait_for("it leads", runner.candidate.leads)
        Writer(connection).delete(_path(namespace))
        wait_for("it leads anew", lambda: runner.witness.changes == [True, False, True])


RIGHTS = [{"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["get", "create", "patch"]}]


def test_the_right_that_is_missing_is_told_and_with_the_rights_named_it_leads(
    server: ApiServer, team: Connection, namespace: str
) -> None:
    runner = Runner(team, namespace, "a")
    with _running(runner):
        wait_for("it failed", lambda: runner.witness.failures)
        error = runner.witness.failures[0]
        assert isinstance(error, Forbidden)
        assert (error.verb, error.resource) == ("get", "leases.coordination.k8s.io")
        server.apply(*_granted(namespace, RIGHTS))
        wait_for("it leads", runner.candidate.leads)


def _granted(namespace: str, rules: list[Object]) -> list[Object]:
    rbac = "rbac.authorization.k8s.io"
    metadata = {"name": "leases", "namespace": namespace}
    return [
        {"apiVersion": f"{rbac}/v1", "kind": "Role", "metadata": metadata, "rules": rules},
        {
            "apiVersion": f"{rbac}/v1",
            "kind": "RoleBinding",
            "metadata": metadata,
            "roleRef": {"apiGroup": rbac, "kind": "Role", "name": "leases"},
            "subjects": [{"kind": "User", "apiGroup": rbac, "name": "team"}],
        },
    ]


pytestmark = [pytest.mark.timeout(300)]
