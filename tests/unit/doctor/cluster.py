"""A cluster beside kube-prometheus-stack in memory, in the shapes that the API server gives; and programs beside it."""

import json
from collections.abc import Mapping
from copy import deepcopy
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import msgspec

from kubevigil.app.doctor_peers import Away
from kubevigil.healthchecks.status import stamp
from kubevigil.kube.errors import Forbidden, KubeError, NotFound
from kubevigil.model import clock

T = TypeVar("T")
Object = dict[str, Any]

OPERATOR = "/apis/monitoring.coreos.com/v1"
NAME = "app.kubernetes.io/name"
LABELS = {NAME: "kubevigil", "app.kubernetes.io/instance": "kubevigil", "release": "stack"}


def named(name: str, namespace: str = "monitoring", labels: Mapping[str, str] | None = None, **more: Any) -> Object:
    metadata = {"name": name, "namespace": namespace, "uid": f"uid-{name}", "labels": dict(labels or {})}
    return {"metadata": metadata, **more}


def pod(name: str = "kubevigil-5f7d-x2x9k", **changes: Any) -> Object:
    return named(
        name,
        labels=LABELS | changes.get("labels", {}),
        spec={
            "serviceAccountName": "kubevigil",
            "containers": [
                {"name": n, "image": "acme/kubevigil:0.1.0"} for n in changes.get("containers", ["kubevigil"])
            ],
            "imagePullSecrets": [{"name": "pull"}],
        },
        status={
            "phase": changes.get("phase", "Running"),
            "conditions": [{"type": "Ready", "status": changes.get("ready", "True")}],
            "containerStatuses": [
                {"name": "kubevigil", "restartCount": 0, "state": changes.get("state", {"running": {}})}
            ],
        },
    )


def prometheus(**spec: Any) -> Object:
    chosen = {"matchLabels": {"release": "stack"}}
    everywhere: Object = {
        "serviceMonitorSelector": chosen,
        "serviceMonitorNamespaceSelector": {},
        "ruleSelector": chosen,
        "ruleNamespaceSelector": {},
    }
    return named("stack-prometheus", spec=everywhere | spec)


def alertmanager(**spec: Any) -> Object:
    everything: Object = {"alertmanagerConfigSelector": {}, "alertmanagerConfigNamespaceSelector": {}}
    return named("stack-alertmanager", spec=everything | spec)


RULE = {"groups": [{"name": "kubevigil", "rules": [{"alert": "KubevigilCrashLooping", "expr": "1"}]}]}


class FakeApi:
    """In the place of a Connection. `objects` are lists by path; what is `away` raises, `denied` rights are not had."""

    def __init__(self, *, of_a_pod: bool = False) -> None:
        self.of_a_pod = of_a_pod
        self.closed = False
        self.objects: dict[str, list[Object]] = {
            "/api/v1/pods": [pod()],
            f"{OPERATOR}/prometheuses": [prometheus()],
            f"{OPERATOR}/alertmanagers": [alertmanager()],
            f"{OPERATOR}/servicemonitors": [named("kubevigil", labels=LABELS)],
            f"{OPERATOR}/prometheusrules": [named("kubevigil", labels=LABELS, spec=RULE)],
            "/apis/monitoring.coreos.com/v1alpha1/alertmanagerconfigs": [],
            "/apis/activemonitor.keikoproj.io/v1alpha1/healthchecks": [],
        }
        self.single: dict[str, Object] = {"/version": {"gitVersion": "v1.35.0"}}
        self.away: dict[str, KubeError] = {}
        self.denied: set[tuple[str, str]] = set()
        self.reviews: list[Object] = []
        self.proxied: dict[str, Programs] = {}
        self.made: list[Object] = []
        self.deleted: list[tuple[str, Object]] = []

    def get_json(self, path: str, shape: type[T], query: Mapping[str, str]) -> T:
        return msgspec.json.decode(self.get_bytes(path, query), type=shape)

    def get_bytes(self, path: str, query: Mapping[str, str] | None = None) -> bytes:
        if path in self.away:
            raise self.away[path]
        for prefix, program in self.proxied.items():
            if path.startswith(prefix):
                return program.get(path.removeprefix(prefix), query)
        if path in self.single:
            return json.dumps(self.single[path]).encode()
        if path not in self.objects:
            raise NotFound(path, "")
        key, _, value = (query or {}).get("labelSelector", "").partition("=")
        labels = [item["metadata"]["labels"] for item in self.objects[path]]
        taken = [not key or (them.get(key) == value if value else key in them) for them in labels]
        items = [item for item, fits in zip(self.objects[path], taken, strict=True) if fits]
        return json.dumps({"items": deepcopy(items)}).encode()

    def post(self, path: str, body: bytes) -> bytes:
        sent = json.loads(body)
        if path in self.away:
            raise self.away[path]
        if path.endswith("reviews"):
            self.reviews.append(sent)
            asked = sent["spec"]["resourceAttributes"]
            resource = "/".join(filter(None, (asked["resource"], asked.get("subresource"))))
            return json.dumps({"status": {"allowed": (asked["verb"], resource) not in self.denied}}).encode()
        self.made.append(sent)
        answer = {**sent, "metadata": {**sent["metadata"], "uid": "uid-of-the-crash"}}
        self.single[f"{path}/{sent['metadata']['name']}"] = answer
        return json.dumps(answer).encode()

    def delete(self, path: str, body: bytes) -> bytes:
        if path in self.away:
            raise self.away[path]
        self.deleted.append((path, json.loads(body)))
        return b"{}"

    def close(self) -> None:
        self.closed = True

    def lead(self) -> None:
        """Somebody looks after health checks."""
        spec = {"holderIdentity": "kubevigil-0", "leaseDurationSeconds": 15, "renewTime": stamp(int(clock.wall()))}
        lease = {**named("kubevigil-healthchecks", labels={"kubevigil.io/lease": "healthchecks"}), "spec": spec}
        self.objects["/apis/coordination.k8s.io/v1/leases"] = [lease]


def forbidden(verb: str, resource: str) -> Forbidden:
    return Forbidden(verb, resource, "")


CONFIG = """
route:
  receiver: "null"
  routes:
  - receiver: slack-all
    matchers: ['alertname=~"Kubevigil.+"', severity!="none"]
    mute_time_intervals: []
receivers:
- name: "null"
- name: slack-all
  slack_configs:
  - api_url: <secret>
    channel: '#crashes'
inhibit_rules: []
"""


class Programs:
    """Prometheus and Alertmanager in one, in the shapes of their APIs. `samples` are by a part of the query."""

    def __init__(self) -> None:
        self.where = "http://monitoring.example"
        self.samples: dict[str, list[tuple[dict[str, str], float]]] = {
            "up{": [({"job": "kubevigil", "instance": "monitoring/kubevigil"}, 1.0)],
            "label_replace": [({"series": "cluster:kubevigil_pods:count", "from": "rules"}, 1.0)],
        }
        self.rule = {"name": "KubevigilCrashLooping", "type": "alerting", "health": "ok", "lastError": ""}
        self.groups: list[Object] = [{"name": "kubevigil", "file": "x", "rules": [self.rule]}]
        self.alertmanagers = ["http://10.0.0.7:9093/api/v2/alerts"]
        self.targets: list[Object] = []
        self.config = CONFIG
        self.silences: list[Object] = []
        self.alerts: list[Object] = []
        self.page = ""
        self.broken: dict[str, str] = {}
        self.asked: list[str] = []

    def get(self, path: str, query: Mapping[str, str] | None = None) -> bytes:
        self.asked.append(path)
        if path in self.broken:
            raise Away(self.broken[path])
        match path:
            case "/-/ready":
                return b"Prometheus Server is Ready.\n"
            case "/metrics":
                return self.page.encode()
            case "/api/v2/status":
                return json.dumps({"cluster": {"status": "ready"}, "config": {"original": self.config}}).encode()
            case "/api/v2/silences":
                return json.dumps(self.silences).encode()
            case "/api/v2/alerts":
                return json.dumps(self.alerts).encode()
        return json.dumps({"status": "success", "data": self._data(path, query or {})}).encode()

    def close(self) -> None:
        """Nothing is open."""

    def over_http(self, path: str) -> bytes:
        """As `get`, for a path with its query."""
        parts = urlsplit(path)
        return self.get(parts.path, {name: values[0] for name, values in parse_qs(parts.query).items()})

    def _data(self, path: str, query: Mapping[str, str]) -> Object:
        match path:
            case "/api/v1/query":
                found = next((them for part, them in self.samples.items() if part in query["query"]), [])
                result = [{"metric": metric, "value": [1772366400.1, f"{value:g}"]} for metric, value in found]
                return {"resultType": "vector", "result": result}
            case "/api/v1/rules":
                return {"groups": self.groups}
            case "/api/v1/targets":
                return {"activeTargets": self.targets, "droppedTargets": []}
            case "/api/v1/alertmanagers":
                return {"activeAlertmanagers": [{"url": url} for url in self.alertmanagers], "droppedAlertmanagers": []}
        raise AssertionError(path)
