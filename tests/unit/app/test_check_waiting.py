"""Waiting for a run that was asked for: by a watch, as long as there is hope, and for this very check."""

from collections.abc import Iterator
from copy import deepcopy
from queue import SimpleQueue
from typing import cast

import pytest

from kubevigil.app.check_finding import find_checks
from kubevigil.app.check_waiting import CheckGone, NotInTime, wait_for_end
from kubevigil.healthchecks.asking import Ending
from kubevigil.healthchecks.picture import check_of
from kubevigil.healthchecks.reconcile import Check
from kubevigil.healthchecks.status import stamp
from kubevigil.kube.errors import Unreachable
from kubevigil.kube.roles import Api
from tests.unit.cli.checks_cluster import FakeCluster, Object

ASKED = 2_000_000_000


def known(cluster: FakeCluster) -> Check:
    return check_of(find_checks(cluster, ())[0])


def wait(cluster: FakeCluster, **how: object) -> Ending:
    return wait_for_end(cast("Api", cluster), known(cluster), ASKED, **how)  # type: ignore[arg-type]


def told(cluster: FakeCluster, item: Object, *changes: Object) -> None:
    """The status goes through these changes, each of which the watch shows."""
    for change in changes:
        item["status"] = {**item["status"], **change}
        cluster.show(deepcopy(item))


def test_the_watch_tells_the_beginning_and_the_end_in_their_order() -> None:
    cluster = FakeCluster()
    item = cluster.add()
    begun = {"startedAt": stamp(ASKED)}
    ended = {"finishedAt": stamp(ASKED + 2), "status": "Succeeded", "lastSuccessfulWorkflow": "dns-1"}
    cluster.on_watch = lambda: told(cluster, item, begun, ended)
    heard: list[int] = []
    assert wait(cluster, began=heard.append) == Ending(succeeded=True, workflow="dns-1")
    assert heard == [ASKED]
    assert cluster.asked[-1][1]["fieldSelector"] == "metadata.name=dns"


def test_a_run_of_earlier_is_not_taken_for_the_one_that_was_asked_for() -> None:
    cluster = FakeCluster()
    item = cluster.add(status={"startedAt": stamp(ASKED - 5)})
    cluster.on_watch = lambda: told(
        cluster,
        item,
        {"finishedAt": stamp(ASKED + 1), "status": "Failed", "lastFailedAt": stamp(ASKED + 1), "errorMessage": "no"},
        {"startedAt": stamp(ASKED + 1), "finishedAt": None},
        {"finishedAt": stamp(ASKED + 3), "status": "Succeeded", "errorMessage": ""},
    )
    assert wait(cluster).succeeded is True


def test_another_check_that_took_its_name_is_not_waited_for() -> None:
    cluster = FakeCluster()
    item = cluster.add()

    def made_anew() -> None:
        item["metadata"]["uid"] = "another"
        told(cluster, item, {"startedAt": stamp(ASKED), "finishedAt": stamp(ASKED), "status": "Succeeded"})

    cluster.on_watch = made_anew
    with pytest.raises(CheckGone):
        wait(cluster)


def test_a_check_that_is_deleted_during_the_watch_is_gone() -> None:
    cluster = FakeCluster()
    item = cluster.add()
    cluster.on_watch = lambda: cluster.remove(item)
    with pytest.raises(CheckGone):
        wait(cluster)


def test_what_kept_us_from_watching_is_told() -> None:
    cluster = FakeCluster()
    cluster.add()
    check = known(cluster)
    tries: SimpleQueue[None] = SimpleQueue()

    class Away:
        def get_bytes(self, *_: object, **__: object) -> bytes:
            tries.put(None)
            raise Unreachable("no route to 10.0.0.1")

        def open(self, *_: object, **__: object) -> None:
            """Never asked for: the list failed."""

    def clock() -> Iterator[float]:
        yield 0.0
        for _ in range(2):  # at the second try the first has been noted
            tries.get(timeout=20)
        yield 1000.0

    with pytest.raises(NotInTime, match="no beginning") as caught:
        wait_for_end(cast("Api", Away()), check, ASKED, seconds=60.0, monotonic=clock().__next__)
    assert isinstance(caught.value.trouble, Unreachable)


def test_a_run_that_began_and_does_not_end_is_told_as_such() -> None:
    cluster = FakeCluster()
    cluster.add(status={"startedAt": stamp(ASKED)})
    now = [0.0]

    def time_is_over(_: int) -> None:
        now[0] = 1000.0

    with pytest.raises(NotInTime, match="no end of the run"):
        wait(cluster, seconds=60.0, began=time_is_over, monotonic=lambda: now[0])
