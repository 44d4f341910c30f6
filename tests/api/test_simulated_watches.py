"""The simulated API server over HTTP: watches, faults, and the end of everything at `stop`."""

import gc
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3

from kubevigil.demo import faults
from kubevigil.demo.cluster import SimulatedCluster
from tests.unit.demo.client import Client

PODS = "/api/v1/pods"


@pytest.fixture
def client() -> Iterator[Client]:
    with Client(SimulatedCluster(seed=1)) as client:
        yield client


def types(events: list[dict[str, object]]) -> list[object]:
    return [event["type"] for event in events]


def test_a_watch_without_a_version_begins_with_what_is_there(client: Client) -> None:
    client.cluster.world.create_pod("a")
    watch = client.watch()
    event = watch.next()
    assert (event["type"], event["object"]["kind"], event["object"]["metadata"]["name"]) == ("ADDED", "Pod", "a")
    client.cluster.world.touch(client.cluster.world.pods()[0])
    assert watch.next()["type"] == "MODIFIED"


def test_a_watch_resumes_after_its_version_and_misses_nothing(client: Client) -> None:
    world = client.cluster.world
    ref = world.create_pod("a")
    version = client.version()
    world.crash(ref, "app")
    world.back_off(ref, "app")
    watch = client.watch(resourceVersion=version)
    first, second = watch.next(), watch.next()
    assert "terminated" in first["object"]["status"]["containerStatuses"][0]["state"]
    assert "waiting" in second["object"]["status"]["containerStatuses"][0]["state"]
    resumed = client.watch(resourceVersion=first["object"]["metadata"]["resourceVersion"])
    assert resumed.next() == second


def test_a_watch_of_a_namespace_sees_its_pods_only(client: Client) -> None:
    world = client.cluster.world
    watch = client.watch("/api/v1/namespaces/shop/pods", resourceVersion=client.version() or "0")
    world.create_pod("a", "data")
    world.create_pod("b", "shop")
    assert watch.next()["object"]["metadata"]["name"] == "b"


def test_a_deleted_object_carries_the_version_of_its_deletion(client: Client) -> None:
    ref = client.cluster.world.create_pod("a")
    watch = client.watch(resourceVersion=client.version())
    client.cluster.world.force_delete(ref)
    event = watch.next()
    assert (event["type"], event["object"]["metadata"]["resourceVersion"]) == ("DELETED", client.version())


def test_bookmarks_come_to_those_who_asked(client: Client) -> None:
    world = client.cluster.world
    ref = world.create_pod("a")
    version = client.version()
    asked = client.watch(resourceVersion=version, allowWatchBookmarks="true")
    other = client.watch(resourceVersion=version)
    world.history.bookmark()
    event = asked.next()
    assert (event["type"], event["object"]["metadata"]["resourceVersion"]) == ("BOOKMARK", version)
    world.touch(ref)
    assert other.next()["type"] == "MODIFIED"


def test_a_bookmark_tells_of_changes_in_other_namespaces(client: Client) -> None:
    world = client.cluster.world
    world.create_pod("a", "shop")
    path = "/api/v1/namespaces/shop/pods"
    watch = client.watch(path, resourceVersion=client.version(), allowWatchBookmarks="true")
    world.create_pod("b", "data")
    world.history.bookmark()
    assert watch.next()["object"]["metadata"]["resourceVersion"] == client.version()


def test_a_watch_ends_when_its_time_is_over_with_a_last_bookmark(client: Client) -> None:
    client.cluster.world.create_pod("a")
    watch = client.watch(resourceVersion=client.version(), timeoutSeconds=1, allowWatchBookmarks="true")
    assert types(watch.rest()) == ["BOOKMARK"]


def test_quiet_streams_send_bookmarks_at_their_interval() -> None:
    with Client(SimulatedCluster(bookmark_every=0.05)) as client:
        client.cluster.world.create_pod("a")
        watch = client.watch(resourceVersion=client.version(), allowWatchBookmarks="true")
        assert [watch.next()["type"], watch.next()["type"]] == ["BOOKMARK", "BOOKMARK"]


def test_a_version_that_is_too_old_is_200_with_an_error_event_of_410(client: Client) -> None:
    ref = client.cluster.world.create_pod("a")
    client.cluster.world.touch(ref)
    client.cluster.world.history.compact()
    watch = client.watch(resourceVersion=1)
    (event,) = watch.rest()
    assert watch.code == 200
    assert (event["type"], event["object"]["code"], event["object"]["reason"]) == ("ERROR", 410, "Expired")
    assert event["object"]["message"] == f"too old resource version: 1 ({client.version()})"


def test_the_history_is_bounded() -> None:
    with Client(SimulatedCluster(keep_changes=3)) as client:
        ref = client.cluster.world.create_pod("a")
        for _ in range(5):
            client.cluster.world.touch(ref)
        assert client.watch(resourceVersion=1).next()["object"]["code"] == 410
        assert client.watch(resourceVersion=int(client.version()) - 3).next()["type"] == "MODIFIED"


def test_410_comes_in_each_of_its_three_forms_when_a_fault_wants_it(client: Client) -> None:
    for name in ("a", "b"):
        client.cluster.world.create_pod(name)
    client.cluster.faults.add(faults.expired_status())
    assert client.get(PODS, watch=1).code == 410
    client.cluster.faults.add(faults.expired_in_stream())
    assert [event["object"]["code"] for event in client.watch().rest()] == [410]
    client.cluster.faults.add(faults.expired_continue())
    token = client.get(PODS, limit=1).document["metadata"]["continue"]
    assert client.get(PODS, limit=1, continue_=token).code == 410
    assert client.get(PODS, limit=1, continue_=token).code == 200


def test_a_busy_server_says_when_to_come_again(client: Client) -> None:
    client.cluster.faults.add(faults.failing(429, retry_after=3, times=1))
    got = client.get(PODS)
    assert (got.code, got.headers["Retry-After"], got.document["reason"]) == (429, "3", "TooManyRequests")
    assert client.get(PODS).code == 200


def test_a_reset_connection_is_reset(client: Client) -> None:
    client.cluster.faults.add(faults.reset(times=1))
    with pytest.raises(urllib3.exceptions.ProtocolError) as caught:
        client.get(PODS)
    # A mere close is RemoteDisconnected, which is a kind of ConnectionResetError.
    assert type(caught.value.args[1]) is ConnectionResetError
    assert client.get(PODS).code == 200


def test_a_black_hole_says_nothing_until_it_closes(client: Client) -> None:
    client.cluster.faults.add(faults.black_hole(seconds=0.05, times=1))
    with pytest.raises(urllib3.exceptions.ProtocolError):
        client.get(PODS)
    assert client.get(PODS).code == 200


def test_a_list_that_is_cut_is_shorter_than_it_said(client: Client) -> None:
    client.cluster.world.create_pod("a")
    client.cluster.faults.add(faults.cut(100, when=faults.lists))
    with pytest.raises(urllib3.exceptions.ProtocolError, match="IncompleteRead"):
        client.get(PODS)
    assert client.get(PODS).code == 200


def test_a_watch_that_is_cut_ends_within_a_line(client: Client) -> None:
    ref = client.cluster.world.create_pod("a")
    client.cluster.faults.add(faults.cut(50))
    watch = client.watch(resourceVersion=client.version())
    client.cluster.world.touch(ref)
    with pytest.raises(urllib3.exceptions.ProtocolError):
        watch.lines()


def test_a_half_open_stream_is_silent_though_things_happen(client: Client) -> None:
    ref = client.cluster.world.create_pod("a")
    client.cluster.faults.add(faults.half_open(after=1, seconds=0.05))
    watch = client.watch(resourceVersion=client.version())
    client.cluster.world.touch(ref)
    assert watch.next()["type"] == "MODIFIED"
    client.cluster.world.touch(ref)
    with pytest.raises(urllib3.exceptions.ProtocolError):
        watch.next()


def test_the_requests_that_came_are_known(client: Client) -> None:
    client.get(PODS, limit=5)
    client.get("/nowhere")
    asked = [(r.call.verb, r.call.query.get("limit"), r.code) for r in client.cluster.requests()]
    assert asked == [("list", "5", 200), ("", None, 404)]


def sockets() -> int:
    return sum(1 for fd in Path("/proc/self/fd").iterdir() if _is_socket(fd))


def _is_socket(fd: Path) -> bool:
    try:
        return str(fd.readlink()).startswith("socket:")
    except FileNotFoundError:
        return False


def test_stop_leaves_no_thread_and_no_socket_though_clients_hang_on_in_every_way() -> None:
    gc.collect()  # what other tests left to the collector would hide a leak of this one
    threads, before = set(threading.enumerate()), sockets()
    cluster = SimulatedCluster(seed=1)
    ref = cluster.world.create_pod("a")
    url = cluster.start()
    host, port = url.removeprefix("http://").split(":")
    clients = [socket.create_connection((host, int(port)), timeout=5) for _ in range(4)]
    clients[1].sendall(b"GET /api/v1/pods?wat")
    clients[2].sendall(b"GET /api/v1/pods?watch=1 HTTP/1.1\r\nHost: x\r\n\r\n")
    assert clients[2].recv(12) == b"HTTP/1.1 200"
    cluster.faults.add(faults.half_open(seconds=600))
    cluster.world.touch(ref)
    cluster.faults.add(faults.black_hole(seconds=600, when=faults.lists))
    clients[3].sendall(b"GET /api/v1/pods HTTP/1.1\r\nHost: x\r\n\r\n")
    cluster.stop()
    assert set(threading.enumerate()) <= threads
    for client in clients:
        client.close()
    assert sockets() <= before


def test_a_stopped_cluster_starts_again_with_the_same_world() -> None:
    cluster = SimulatedCluster(seed=1)
    ref = cluster.world.create_pod("a")
    port = int(cluster.start().rsplit(":", 1)[1])
    cluster.stop()
    cluster.stop()
    url = cluster.start(port=port)
    try:
        assert url.endswith(f":{port}")
        with urllib3.PoolManager(timeout=5, retries=False) as pool:
            answer = pool.request("GET", f"{url}{PODS}").json()
        assert answer["items"][0]["metadata"]["uid"] == cluster.world.uid(ref)
    finally:
        cluster.stop()
