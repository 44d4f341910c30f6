"""The log sidecar as users start it, with the store on a server: each sends its own cluster's crashes, once."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from sqlalchemy import URL

from kubevigil.store.batch import Batch, Entry
from tests.faults.search_stand_in import StandIn, stand_in
from tests.unit.store.making import LABELS, NOW, Store, record, said
from tests.unit.store.places import opened_outbox, url_of

SINK = "elasticsearch"
CRASHES = 150
CLUSTERS = ("east", "west")
DEADLINE_SECONDS = 60


@pytest.fixture
def index() -> Iterator[StandIn]:
    with stand_in() as index:
        yield index


def crashed(place: URL, cluster: str) -> set[str]:
    """The ids of crashes that wait for the sink."""
    store = Store(place, cluster=cluster, sinks=(SINK,))
    dead = [record(number, cluster=cluster) for number in range(CRASHES)]
    evidence = {one.id: said(f"words of {one.id}") for one in dead}
    store.journal.commit(Batch(entries=[Entry(one, LABELS) for one in dead], evidence=evidence))
    store.journal.close()
    return {one.id for one in dead}


def sidecar(place: URL, index: StandIn, cluster: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "kubevigil", "ship", "--once", f"--cluster-name={cluster}", "--ship-listen=127.0.0.1:0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={
            **{name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ},
            "KUBEVIGIL_STORE": url_of(place),
            "KUBEVIGIL_ELASTICSEARCH_HOSTS": index.url,
        },
    )


def test_each_sends_the_crashes_of_its_cluster_and_all_of_them(place: URL, index: StandIn) -> None:
    ids = {cluster: crashed(place, cluster) for cluster in CLUSTERS}
    for sent, cluster in enumerate(CLUSTERS, start=1):
        with sidecar(place, index, cluster) as process:
            out, err = process.communicate(timeout=DEADLINE_SECONDS)
        assert (process.returncode, out) == (0, f"sent {CRASHES}, waiting 0, dead 0\n"), err
        assert url_of(place).split("@", maxsplit=1)[0].rpartition(":")[2] not in err
        assert {one.id for one in index.documents} == set[str]().union(*list(ids.values())[:sent])
    assert index.duplicates == 0


def test_two_of_one_cluster_at_once_send_each_crash_and_the_book_agrees(place: URL, index: StandIn) -> None:
    ids = crashed(place, "test")
    with ExitStack() as stack:
        both = [stack.enter_context(sidecar(place, index, "test")) for _ in range(2)]
        told = [process.communicate(timeout=DEADLINE_SECONDS) for process in both]
    assert [process.returncode for process in both] == [0, 0], told
    assert {one.id for one in index.documents} == ids
    balance = opened_outbox(place, SINK).balance(NOW)
    assert (balance.seen, balance.waiting, balance.sent, balance.dead) == (CRASHES, 0, CRASHES, 0)
