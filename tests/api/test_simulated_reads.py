"""The simulated API server over HTTP: lists, single objects, logs, refusals."""

from collections.abc import Iterator
from typing import Any

import pytest

from kubevigil.demo.access import Allow
from kubevigil.demo.cluster import SimulatedCluster
from tests.unit.demo.client import Client

PODS = "/api/v1/pods"
LOG = "/api/v1/namespaces/default/pods/a/log"


@pytest.fixture
def client() -> Iterator[Client]:
    with Client(SimulatedCluster(seed=1)) as client:
        yield client


def names(document: dict[str, list[dict[str, dict[str, str]]]]) -> list[str]:
    return [item["metadata"]["name"] for item in document["items"]]


def test_discovery_and_health_are_answered(client: Client) -> None:
    assert client.get("/readyz").body == b"ok"
    assert client.get("/version").document["minor"] == "35"
    assert client.get("/api").document["versions"] == ["v1"]
    served = {r["name"]: r["verbs"] for r in client.get("/api/v1").document["resources"]}
    assert served["pods"] == ["get", "list", "watch"]


def test_pages_are_of_one_snapshot_whatever_happens_between_them(client: Client) -> None:
    world = client.cluster.world
    pods = [world.create_pod(f"p{n}") for n in range(5)]
    first = client.get(PODS, limit=2).document
    world.delete(pods[3])
    world.create_pod("p9")
    second = client.get(PODS, limit=2, continue_=first["metadata"]["continue"]).document
    third = client.get(PODS, limit=2, continue_=second["metadata"]["continue"]).document
    assert names(first) + names(second) + names(third) == ["p0", "p1", "p2", "p3", "p4"]
    assert [d["metadata"].get("remainingItemCount") for d in (first, second, third)] == [3, 1, None]
    assert len({d["metadata"]["resourceVersion"] for d in (first, second, third)}) == 1
    assert "continue" not in third["metadata"]
    assert names(client.get(PODS).document) == ["p0", "p1", "p2", "p4", "p9"]


def test_a_continue_token_whose_snapshot_is_gone_is_410(client: Client) -> None:
    for n in range(3):
        client.cluster.world.create_pod(f"p{n}")
    token = client.get(PODS, limit=1).document["metadata"]["continue"]
    client.cluster.world.history.compact()
    got = client.get(PODS, limit=1, continue_=token)
    assert (got.code, got.document["reason"], got.document["code"]) == (410, "Expired", 410)


def test_a_list_of_a_namespace_has_its_pods_only(client: Client) -> None:
    client.cluster.world.create_pod("a", "shop")
    client.cluster.world.create_pod("b", "data")
    assert names(client.get("/api/v1/namespaces/shop/pods").document) == ["a"]
    assert names(client.get("/api/v1/namespaces/none/pods").document) == []
    assert names(client.get(PODS, fieldSelector="metadata.name=b").document) == ["b"]
    listed = names(client.get("/api/v1/namespaces").document)
    assert listed == ["data", "default", "kube-system", "shop"]


def test_items_of_a_list_have_no_kind_and_a_single_pod_has(client: Client) -> None:
    client.cluster.world.create_pod("a")
    listed = client.get(PODS).document
    single = client.get("/api/v1/namespaces/default/pods/a").document
    assert (listed["kind"], "kind" in listed["items"][0], single["kind"]) == ("PodList", False, "Pod")
    assert single["metadata"]["uid"] == listed["items"][0]["metadata"]["uid"]


def test_ten_thousand_pods_are_listed_in_pages_each_once(client: Client) -> None:
    for n in range(10_000):
        client.cluster.world.create_pod(f"p{n}")
    names: list[str] = []
    token = ""
    while True:
        page = client.get(PODS, limit=500, continue_=token).document
        names += [pod["metadata"]["name"] for pod in page["items"]]
        token = page["metadata"].get("continue", "")
        if not token:
            break
    assert sorted(names) == sorted(f"p{n}" for n in range(10_000))


@pytest.mark.parametrize(
    ("path", "query", "code", "reason"),
    [
        ("/api/v1/namespaces/default/pods/none", {}, 404, "NotFound"),
        ("/api/v1/secrets", {}, 404, "NotFound"),
        ("/nowhere", {}, 404, "NotFound"),
        (PODS, {"limit": "x"}, 400, "BadRequest"),
        (PODS, {"continue": "x"}, 400, "BadRequest"),
        (PODS, {"fieldSelector": "spec.nodeName=n"}, 400, "BadRequest"),
        (PODS, {"labelSelector": "a=b"}, 400, "BadRequest"),
        (PODS, {"resourceVersion": "99"}, 504, "Timeout"),
        ("/api/v1/namespaces", {"watch": "1"}, 405, "MethodNotAllowed"),
    ],
)
def test_what_is_refused_is_refused_with_a_status(
    client: Client, path: str, query: dict[str, Any], code: int, reason: str
) -> None:
    got = client.get(path, **query)
    document = got.document
    assert (got.code, document["kind"], document["status"], document["code"], document["reason"]) == (
        code,
        "Status",
        "Failure",
        code,
        reason,
    )


def test_nothing_can_be_changed_over_http(client: Client) -> None:
    client.cluster.world.create_pod("a")
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert client.get("/api/v1/namespaces/default/pods/a", method=method).code == 405
    assert names(client.get(PODS).document) == ["a"]


def test_the_token_and_the_rights_are_asked_for_at_each_request(client: Client) -> None:
    client.cluster.access.token = "right"
    assert client.get(PODS).document["reason"] == "Unauthorized"
    authorised = {"Authorization": "Bearer right"}
    assert client.get(PODS, headers=authorised).code == 200
    client.cluster.access.rules = (Allow("list", "pods", frozenset({"shop"})),)
    assert client.get(PODS, headers=authorised).document["reason"] == "Forbidden"
    assert client.get("/api/v1/namespaces/shop/pods", headers=authorised).code == 200
    assert client.get("/api/v1/namespaces/shop/pods", headers=authorised, watch=1).code == 403


def test_a_dead_instances_log_is_served_until_the_next_one_dies(client: Client) -> None:
    world = client.cluster.world
    ref = world.create_pod("a")
    first = world.crash(ref, "app", log=["one", "two"])
    assert client.get(LOG, tailLines=1).body == b"two\n"
    got = client.get(LOG, previous="true")
    assert (got.code, got.document["message"]) == (
        400,
        'previous terminated container "app" in pod "a" not found',
    )
    world.run(ref, "app")
    assert client.get(LOG, previous="true", limitBytes=2).body == b"on"
    stamped = client.get(LOG, previous="true", timestamps="true").body.decode().splitlines()
    assert [line.split(" ", 1)[1] for line in stamped] == ["one", "two"]
    world.crash(ref, "app", log=["three"])
    got = client.get(LOG, previous="true", timestamps="true")
    assert (got.code, got.body.decode()) == (200, f"unable to retrieve container logs for {first}")


def test_a_log_needs_the_containers_name_where_there_are_several(client: Client) -> None:
    client.cluster.world.create_pod("a", containers=("app", "proxy"))
    assert client.get(LOG).document["message"].endswith("choose one of: [app proxy]")
    assert client.get(LOG, container="none").document["message"] == "container none is not valid for pod a"
    assert client.get(LOG, container="proxy").code == 200
    assert client.get(LOG.replace("/a/", "/b/")).code == 404


def test_events_of_a_pod_are_told(client: Client) -> None:
    world = client.cluster.world
    ref = world.create_pod("a")
    world.create_pod("b")
    world.crash(ref, "app")
    world.back_off(ref, "app")
    path = "/api/v1/namespaces/default/events"
    items = client.get(path, fieldSelector="involvedObject.name=a").document["items"]
    assert [(e["reason"], e["type"]) for e in items] == [("BackOff", "Warning")]
    assert client.get(path, fieldSelector="involvedObject.name=b").document["items"] == []
