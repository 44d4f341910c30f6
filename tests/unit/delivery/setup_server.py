"""Elasticsearch and OpenSearch as far as setting them up goes: in memory, and as such over HTTP."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from kubevigil.delivery.setup.steps import Answer

from .server import Asked, Reply, Server, serving

ISM = "/_plugins/_ism/policies/k8s-crash-monitor"
# In the words of Elasticsearch 7.10.2 and OpenSearch 2.19.1 without their plugins.
NO_HANDLER = (400, {"error": f"no handler found for uri [{ISM}] and method [GET]"})
NO_ILM = (404, {"error": {"type": "index_not_found_exception", "reason": "no such index [_ilm]"}, "status": 404})
NO_POLICY = (
    404,
    {"error": {"type": "resource_not_found_exception", "reason": "Lifecycle policy not found"}, "status": 404},
)
NO_TEMPLATE = (
    404,
    {"error": {"type": "resource_not_found_exception", "reason": "index template matching"}, "status": 404},
)


def root(number: str, **version: str) -> dict[str, Any]:
    return {
        "name": "n",
        "cluster_name": "lab",
        "version": {"number": number, **version},
        "tagline": "You Know, for Search",
    }


OPENSEARCH = root("2.19.1", distribution="opensearch")
ELASTICSEARCH = root("8.15.0", build_flavor="default")


class Told:
    """What a server said."""

    def __init__(self, status: int, body: Any) -> None:
        self.status = status
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()


class Cluster:
    """A server that keeps what it is given, and gives it back as the two kinds do."""

    def __init__(self, about: Any, *, has_policies: bool = True) -> None:
        self.about = about
        self.has_policies = has_policies
        self.kept: dict[str, Any] = {}
        self.puts: list[str] = []
        self.answers: dict[str, Told] = {}

    def get(self, path: str) -> Answer:
        if path in self.answers:
            return self.answers[path]
        if path == "/":
            return Told(200, self.about)
        if not path.startswith("/_index_template") and not self.has_policies:
            return Told(*(NO_ILM if path.startswith("/_ilm") else NO_HANDLER))
        if path not in self.kept:
            return Told(*(NO_TEMPLATE if path.startswith("/_index_template") else NO_POLICY))
        return Told(200, self._given_back(path, self.kept[path]))

    def put(self, path: str, document: Mapping[str, Any]) -> None:
        self.puts.append(path)
        self.kept[path.partition("?")[0]] = json.loads(json.dumps(document))

    def _given_back(self, path: str, document: Any) -> Any:
        name = path.rpartition("/")[2]
        if path.startswith("/_index_template"):
            return {"index_templates": [{"name": name, "index_template": document | {"composed_of": []}}]}
        if path.startswith("/_ilm"):
            policy = json.loads(json.dumps(document["policy"]))
            policy["phases"]["delete"]["actions"]["delete"]["delete_searchable_snapshot"] = True
            return {name: {"version": 1, "modified_date": "2026-11-21T10:00:00Z", "policy": policy, "in_use_by": {}}}
        policy = json.loads(json.dumps(document["policy"])) | {"policy_id": name, "schema_version": 21}
        for action in (action for state in policy["states"] for action in state["actions"]):
            action["retry"] = {"count": 3, "backoff": "exponential", "delay": "1m"}
        policy["ism_template"][0]["last_updated_time"] = 1
        return {"_id": name, "_version": 2, "_seq_no": 7, "_primary_term": 3, "policy": policy}


@contextmanager
def serving_cluster(about: Any) -> Iterator[Server]:
    """One on loopback that nobody has set up; `about` is what it tells of itself."""
    cluster = Cluster(about)
    with serving(lambda asked: _reply(cluster, asked)) as server:
        yield server


def _reply(cluster: Cluster, asked: Asked) -> Reply:
    if asked.method == "PUT":
        cluster.put(asked.path, json.loads(asked.body))
        return Reply(body=b'{"acknowledged":true}')
    told = cluster.get(asked.path)
    return Reply(told.status, told.body)
