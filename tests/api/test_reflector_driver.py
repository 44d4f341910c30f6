"""A whole follower over real sockets: connection, framing, decoding, reflector and driver together."""

import json
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from random import Random
from typing import Any

from kubevigil.kube.answers import Skipped
from kubevigil.kube.connection import Connection
from kubevigil.kube.driver import Driver, Scope
from kubevigil.kube.errors import KubeError, TooManyRequests
from kubevigil.kube.roles import Cause
from kubevigil.model.pod import Pod

from .reflector_peer import Peer, Plain, Scene, chunk, head, streamed, whole


def _pod(uid: str, version: int) -> dict[str, Any]:
    return {"metadata": {"name": uid, "uid": uid, "namespace": "shop", "resourceVersion": str(version)}}


def _list(*pods: dict[str, Any], version: int = 5) -> Scene:
    return whole(json.dumps({"metadata": {"resourceVersion": str(version)}, "items": pods}).encode())


def _event(pod: dict[str, Any], kind: str = "ADDED") -> bytes:
    return json.dumps({"type": kind, "object": pod}, ensure_ascii=False).encode() + b"\n"


_GONE = json.dumps({"type": "ERROR", "object": {"code": 410}}).encode() + b"\n"


class Keeper:
    """Keeps the uids, and lets a test wait for a set of them."""

    def __init__(self) -> None:
        self.state: set[str] = set()
        self.vanishings: list[str] = []
        self._next: set[str] = set()
        self._news = threading.Condition()

    def sync_started(self) -> None:
        self._next = set()

    def page(self, items: Sequence[Pod]) -> None:
        self._next |= {item.metadata.uid for item in items}

    def unreadable(self, uid: str) -> None:
        raise AssertionError(uid)

    def vanished(self, uid: str) -> None:
        self.vanishings.append(uid)

    def sync_finished(self, resource_version: str) -> None:
        assert resource_version
        self._is_now(self._next)

    def changed(self, item: Pod) -> None:
        self._is_now(self.state | {item.metadata.uid})

    def deleted(self, item: Pod) -> None:
        self._is_now(self.state - {item.metadata.uid})

    def batch_done(self) -> None:
        pass

    def becomes(self, *uids: str) -> bool:
        with self._news:
            return self._news.wait_for(lambda: self.state == set(uids), timeout=10)

    def _is_now(self, state: set[str]) -> None:
        with self._news:
            self.state = state
            self._news.notify_all()


class Notes:
    """An observer that keeps causes and errors."""

    def __init__(self) -> None:
        self.causes: list[Cause] = []
        self.errors: list[KubeError] = []

    def activity(self, monotonic: float) -> None:
        pass

    def reconnect(self, cause: Cause) -> None:
        self.causes.append(cause)

    def skipped(self, item: Skipped) -> None:
        raise AssertionError(item)

    def synced(self, yes: bool) -> None:
        pass

    def failure(self, error: KubeError) -> None:
        self.errors.append(error)


class Follower:
    """A driver in a thread of its own; waits are turned into jumps of its clock."""

    def __init__(self, peer: Peer, read_timeout: float = 5.0) -> None:
        self.keeper, self.notes, self.now = Keeper(), Notes(), 0.0
        self.driver = Driver(
            Connection(Plain(peer.url)),
            Scope("/api/v1/pods", Pod, {}),
            self.keeper,
            self.notes,
            clock=lambda: self.now,
            random=Random(3),
            read_timeout=read_timeout,
            pause=self._jump,
        )
        self.thread = threading.Thread(target=self.driver.run)

    def _jump(self, seconds: float) -> None:
        self.now += seconds


@contextmanager
def _following(*script: Scene, read_timeout: float = 5.0) -> Iterator[tuple[Follower, Peer]]:
    """A follower of the script, whose last scene is always a watch that stays open."""
    with Peer(*script, _open_watch) as peer:
        follower = Follower(peer, read_timeout)
        follower.thread.start()
        try:
            yield follower, peer
        finally:
            follower.driver.stop()
            follower.thread.join(10)
        assert not follower.thread.is_alive()


def _open_watch(sock: socket.socket) -> None:
    sock.sendall(head())


def _asked(peer: Peer) -> list[str]:
    return ["watch" if "watch=1" in request.split()[1] else "list" for request in peer.requests]


def _versions(peer: Peer) -> list[str]:
    targets = [request.split()[1] for request in peer.requests]
    return [t.split("resourceVersion=")[1].split("&")[0] for t in targets if "resourceVersion=" in t]


def test_w1_a_half_open_connection_is_opened_again_from_the_last_version_and_nothing_is_lost() -> None:
    def half_open(sock: socket.socket) -> None:
        sock.sendall(head() + chunk(_event(_pod("b", 6))))

    script = (_list(_pod("a", 1)), half_open, streamed(_event(_pod("c", 7)), end=b""))
    with _following(*script, read_timeout=1.5) as (follower, peer):
        assert follower.keeper.becomes("a", "b", "c")
        assert follower.notes.causes[0] is Cause.STALLED
    assert _versions(peer)[:2] == ["5", "6"]


def test_w6_a_stream_cut_within_a_character_is_resumed_and_the_event_is_taken_once_whole() -> None:
    line = _event(_pod("pöd", 7))
    cut = line.index("ö".encode()) + 1
    script = (_list(), streamed(_event(_pod("b", 6)) + line[:cut], end=b""), streamed(line))
    with _following(*script) as (follower, peer):
        assert follower.keeper.becomes("b", "pöd")
        assert follower.notes.causes[0] is Cause.RESET
    assert _versions(peer)[:2] == ["5", "6"]


def test_w6_bytes_of_one_event_each_in_its_own_chunk_are_put_together() -> None:
    line = _event(_pod("pöd", 7))
    with _following(_list(), streamed(*(line[n : n + 1] for n in range(len(line))))) as (follower, _):
        assert follower.keeper.becomes("pöd")


def test_w4_a_busy_server_is_asked_again_not_before_the_time_it_named() -> None:
    script = (whole(b"", 429, "Retry-After: 9"), _list(_pod("a", 1)))
    with _following(*script) as (follower, _):
        assert follower.keeper.becomes("a")
        assert follower.now >= 9.0
        assert [type(error) for error in follower.notes.errors] == [TooManyRequests]


def test_w2_a_storm_of_410_everywhere_relists_with_patience_and_loses_nothing() -> None:
    storm = [
        scene
        for _ in range(50)
        for scene in (whole(b"", 410), _list(_pod("old", 1)), streamed(_GONE), _list(_pod("old", 1)), whole(b"", 410))
    ]
    with _following(*storm, _list(_pod("new", 9), version=9)) as (follower, peer):
        assert follower.keeper.becomes("new")
        lists = _asked(peer).count("list")
        assert lists / follower.now <= 0.25
    assert follower.keeper.vanishings == ["old"]
    assert follower.notes.causes.count(Cause.GONE) == 150


def test_w8_a_pod_deleted_while_we_were_away_vanishes() -> None:
    script = (_list(_pod("a", 1), _pod("b", 2)), streamed(_GONE), _list(_pod("b", 2), version=9))
    with _following(*script) as (follower, _):
        assert follower.keeper.becomes("b")
        assert follower.keeper.vanishings == ["a"]


def test_a_stop_ends_a_watch_that_is_blocked() -> None:
    with _following(_list(_pod("a", 1)), read_timeout=60.0) as (follower, peer):
        assert peer.arrived.acquire(timeout=5)
        assert peer.arrived.acquire(timeout=5)
        follower.driver.stop()
        follower.thread.join(5)
        assert not follower.thread.is_alive()
        assert follower.notes.errors == []
