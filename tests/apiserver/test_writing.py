"""Writing on a real API server: what is refused when two write, and what a missing right is called."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from kubevigil.kube.connection import Connection
from kubevigil.kube.errors import AlreadyExists, Conflict, Forbidden, NotFound, Refused
from kubevigil.kube.writing import Writer
from tests.chart.apiserver import ApiServer

Object = dict[str, Any]
WRITERS = 20


def _maps(namespace: str) -> str:
    return f"/api/v1/namespaces/{namespace}/configmaps"


def _map(name: str, **data: str) -> Object:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def test_an_object_is_created_once_changed_replaced_and_deleted(connection: Connection, namespace: str) -> None:
    writer, path = Writer(connection), _maps(namespace) + "/m"
    made = writer.create(_maps(namespace), _map("m", a="1", b="2"), Object)
    with pytest.raises(AlreadyExists, match='configmaps "m" already exists'):
        writer.create(_maps(namespace), _map("m"), Object)
    assert writer.merge(path, {"data": {"a": None, "c": "3"}}, Object)["data"] == {"b": "2", "c": "3"}
    with pytest.raises(Conflict, match="somebody else"):
        writer.replace(path, made, Object)
    assert writer.replace(path, _map("m", d="4"), Object)["data"] == {"d": "4"}
    with pytest.raises(Conflict, match="UID in the precondition"):
        writer.delete(path, uid="another")
    writer.delete(path, uid=made["metadata"]["uid"])
    with pytest.raises(NotFound):
        writer.delete(path)


def test_writes_go_by_the_name_of_kubevigil(connection: Connection, namespace: str) -> None:
    made = Writer(connection).create(_maps(namespace), _map("m", a="1"), Object)
    assert [field["manager"] for field in made["metadata"]["managedFields"]] == ["kubevigil"]


def test_half_a_pair_becomes_a_replacement_character(connection: Connection, namespace: str) -> None:
    made = Writer(connection).create(_maps(namespace), _map("m", log="half: \ud800"), Object)
    assert made["data"] == {"log": "half: \ufffd"}


def test_20_writers_that_name_the_version_they_read_lose_no_count(connection: Connection, namespace: str) -> None:
    _counted_by_all(connection, namespace, bound=True)
    assert _count(connection, namespace) == WRITERS


def test_writers_that_name_no_version_overwrite_each_other(connection: Connection, namespace: str) -> None:
    _counted_by_all(connection, namespace, bound=False)
    assert _count(connection, namespace) < WRITERS, "otherwise the test above shows nothing"


def _counted_by_all(connection: Connection, namespace: str, *, bound: bool) -> None:
    """Each of the writers adds one; all have read the object before the first of them writes."""
    writer, path = Writer(connection), _maps(namespace) + "/count"
    writer.create(_maps(namespace), _map("count", runs="0"), Object)
    barrier = threading.Barrier(WRITERS)

    def add() -> None:
        seen = connection.get_json(path, Object)
        barrier.wait(30)
        while not _added(writer, path, seen, bound=bound):
            seen = connection.get_json(path, Object)

    threads = [threading.Thread(target=add) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)


def _added(writer: Writer, path: str, seen: Object, *, bound: bool) -> bool:
    changes = {"data": {"runs": str(int(seen["data"]["runs"]) + 1)}}
    try:
        writer.merge(path, changes, Object, version=seen["metadata"]["resourceVersion"] if bound else "")
    except Conflict:
        return False
    return True


def _count(connection: Connection, namespace: str) -> int:
    return int(connection.get_json(_maps(namespace) + "/count", Object)["data"]["runs"])


@pytest.mark.parametrize("verb", ["create", "patch", "update", "delete"])
def test_a_right_that_is_missing_is_named(team: Connection, namespace: str, verb: str) -> None:
    writer, path = Writer(team), _maps(namespace) + "/m"
    acts: dict[str, Callable[[], object]] = {
        "create": lambda: writer.create(_maps(namespace), _map("m"), Object),
        "patch": lambda: writer.merge(path, {"data": {}}, Object),
        "update": lambda: writer.replace(path, _map("m"), Object),
        "delete": lambda: writer.delete(path),
    }
    with pytest.raises(Forbidden) as caught:
        acts[verb]()
    assert (caught.value.verb, caught.value.resource, caught.value.namespace) == (verb, "configmaps", namespace)


def test_a_quota_and_a_namespace_that_ends_are_no_missing_rights(
    server: ApiServer, connection: Connection, namespace: str
) -> None:
    writer = Writer(connection)
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q"}, "spec": {"hard": {"pods": "0"}}}
    writer.create(f"/api/v1/namespaces/{namespace}/resourcequotas", quota, Object)
    hard = {"status": {"hard": {"pods": "0"}, "used": {"pods": "0"}}}
    writer.merge(f"/api/v1/namespaces/{namespace}/resourcequotas/q/status", hard, Object)
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p"},
        "spec": {"containers": [{"name": "c", "image": "i"}]},
    }
    with pytest.raises(Refused, match="exceeded quota"):
        writer.create(f"/api/v1/namespaces/{namespace}/pods", pod, Object)
    server.kubectl("delete", "namespace", namespace, "--wait=false")
    with pytest.raises(Refused, match="being terminated"):
        writer.create(_maps(namespace), _map("late"), Object)
