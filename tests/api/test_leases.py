"""A candidate's loop over real sockets: what a silent or a failing server does to it. Elections: tests/apiserver."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

import msgspec
import pytest

from kubevigil.kube.connection import Connection
from kubevigil.kube.election import Rhythm
from kubevigil.kube.errors import KubeError, ServerError, Stalled, Undecodable
from kubevigil.kube.leases import Candidate, Place
from kubevigil.model import clock
from tests.cluster.cluster import wait_for

from .reflector_peer import Peer, Plain, Scene, whole

RHYTHM = Rhythm(lease=3.0, renew=1.0, retry=0.1)
LEASE = whole(msgspec.json.encode({"metadata": {"resourceVersion": "1"}, "spec": {"holderIdentity": "me"}}))
NONE = whole(b"", 404)


class Watcher:
    def __init__(self) -> None:
        self.changes: list[bool] = []
        self.failures: list[KubeError] = []

    def leads(self, yes: bool) -> None:
        self.changes.append(yes)

    def failed(self, error: KubeError) -> None:
        self.failures.append(error)


def _silent(_: socket.socket) -> None:
    pass


@contextmanager
def _running(peer: Peer, witness: Watcher, rhythm: Rhythm = RHYTHM) -> Iterator[tuple[Candidate, threading.Thread]]:
    candidate = Candidate(
        Connection(Plain(peer.url)),
        Place("shop", "x"),
        "me",
        witness,
        monotonic=clock.monotonic,
        wall=clock.wall,
        random=Random(1),
        rhythm=rhythm,
    )
    thread = threading.Thread(target=candidate.run)
    thread.start()
    try:
        yield candidate, thread
    finally:
        candidate.stop()
        thread.join(10)
    assert not thread.is_alive()


def test_a_leader_whose_server_fell_silent_leads_no_longer_though_its_request_is_under_way() -> None:
    witness = Watcher()
    with Peer(NONE, LEASE, *[_silent] * 9) as peer, _running(peer, witness) as (candidate, _):
        wait_for("it leads", candidate.leads)
        wait_for("it leads no longer", lambda: not candidate.leads())
        wait_for("it is told so", lambda: witness.changes == [True, False])
    assert isinstance(witness.failures[0], Stalled)


def test_a_stop_ends_a_request_under_way_and_gives_the_lease_back() -> None:
    witness = Watcher()
    slow = Rhythm(lease=90.0, renew=60.0, retry=0.1)
    with Peer(NONE, LEASE, _silent, LEASE) as peer, _running(peer, witness, slow) as (candidate, thread):
        for _ in range(3):
            assert peer.arrived.acquire(timeout=10)
        candidate.stop()
        thread.join(15)  # the request itself would wait for 30 s
        assert not thread.is_alive()
        assert not candidate.leads()
    assert witness.changes == [True, False]
    assert witness.failures == []
    assert '"holderIdentity":null' in peer.requests[3]
    assert '"resourceVersion":"1"' in peer.requests[3]


def test_a_stop_ends_the_first_request_too_and_there_is_nothing_to_give_back() -> None:
    witness = Watcher()
    slow = Rhythm(lease=90.0, renew=60.0, retry=0.1)
    with Peer(_silent) as peer, _running(peer, witness, slow) as (candidate, thread):
        assert peer.arrived.acquire(timeout=10)
        candidate.stop()
        thread.join(15)
        assert not thread.is_alive()
    assert (witness.changes, witness.failures, len(peer.requests)) == ([], [], 1)


def test_a_lease_that_was_changed_meanwhile_is_read_and_then_given_back() -> None:
    witness = Watcher()
    slow = Rhythm(lease=90.0, renew=60.0, retry=40.0)
    with Peer(NONE, LEASE, whole(b"", 409), LEASE, LEASE) as peer, _running(peer, witness, slow) as (candidate, _):
        wait_for("it leads", candidate.leads)
    assert [request.split()[0] for request in peer.requests] == ["GET", "POST", "PATCH", "GET", "PATCH"]
    assert witness.failures == []


@pytest.mark.parametrize(
    ("scene", "told"),
    [(whole(b"", 500), [ServerError]), (whole(b"[]"), [Undecodable]), (whole(b"", 409), [])],
    ids=["an error", "no lease", "a conflict, which is no failure"],
)
def test_a_renewal_that_fails_once_costs_nobody_the_lead(scene: Scene, told: list[type]) -> None:
    witness = Watcher()
    with Peer(NONE, LEASE, scene, *[LEASE] * 99) as peer, _running(peer, witness):
        for _ in range(6):
            assert peer.arrived.acquire(timeout=10)
    assert witness.changes == [True, False]
    assert [type(error) for error in witness.failures] == told


def test_a_lease_that_cannot_be_given_back_is_told() -> None:
    witness = Watcher()
    slow = Rhythm(lease=90.0, renew=60.0, retry=40.0)
    with Peer(NONE, LEASE, whole(b"", 503)) as peer, _running(peer, witness, slow) as (candidate, _):
        wait_for("it leads", candidate.leads)
    assert [type(error) for error in witness.failures] == [ServerError]
