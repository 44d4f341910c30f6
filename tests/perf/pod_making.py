"""What of a pod never changes: its names, node, address, containers and spec. Pure; decided by its number alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from random import Random
from typing import Any, Final

from tests.perf.managed_fields import managed_fields

DAY: Final = "2026-03-02"
NAMESPACES: Final = 60
REPLICAS: Final = 6
_PODS_A_NODE: Final = 30
_TWO, _THREE = 0.67, 0.93
"""From these shares on a pod has two containers, or three."""

_WORDS: Final = ("orders", "ledger", "search", "mail", "media", "billing", "session", "report", "gateway", "stock")
_NAMES: Final = ("app", "istio-proxy", "metrics-agent")
_LETTERS: Final = "bcdfghjklmnpqrstvwxz2456789"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Making:
    """One pod's. `hash` is that of its ReplicaSet."""

    name: str
    namespace: str
    workload: str
    hash: str
    address: str
    containers: tuple[str, ...]
    images: tuple[str, ...]
    spec: Json
    managed: tuple[Json, ...]


@lru_cache(maxsize=256)
def making(number: int) -> Making:
    """The pod of that number."""
    random = Random(number)
    owner = number // REPLICAS
    namespace = f"team-{owner % NAMESPACES:02d}"
    workload = f"{_WORDS[owner % len(_WORDS)]}-{owner // NAMESPACES:04d}"
    hash_ = _word(Random(owner), 10)
    share = random.random()
    names = _NAMES[: 1 + (share >= _TWO) + (share >= _THREE)]
    node = f"ip-10-{number // _PODS_A_NODE // 250}-{number // _PODS_A_NODE % 250}-7.eu-west-1.compute.internal"
    images = tuple(f"registry.example/{namespace}/{workload}-{name}:v{1 + owner % 9}.4.2" for name in names)
    return Making(
        name=f"{workload}-{hash_}-{_word(random, 5)}",
        namespace=namespace,
        workload=workload,
        hash=hash_,
        address=f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}",
        containers=names,
        images=images,
        spec=_spec(names, images, node, workload),
        managed=managed_fields(names, DAY),
    )


def hashed_uid(*parts: object) -> str:
    """A UID in the form of a random one (RFC 9562, version 4)."""
    digest = sha256("/".join(map(str, parts)).encode()).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-a{digest[17:20]}-{digest[20:32]}"


def _word(random: Random, length: int) -> str:
    return "".join(random.choices(_LETTERS, k=length))


def _spec(names: Sequence[str], images: Sequence[str], node: str, workload: str) -> Json:
    return {
        "volumes": [
            {"name": "config", "configMap": {"name": f"{workload}-config", "defaultMode": 420}},
            {
                "name": "kube-api-access-x7k2p",
                "projected": {
                    "sources": [
                        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
                        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
                        {"downwardAPI": {"items": [{"path": "namespace", **_field("metadata.namespace")}]}},
                    ],
                    "defaultMode": 420,
                },
            },
        ],
        "containers": [_container(name, image, workload) for name, image in zip(names, images, strict=True)],
        "restartPolicy": "Always",
        "terminationGracePeriodSeconds": 30,
        "dnsPolicy": "ClusterFirst",
        "serviceAccountName": workload,
        "serviceAccount": workload,
        "nodeName": node,
        "securityContext": {"runAsNonRoot": True, "fsGroup": 1000},
        "schedulerName": "default-scheduler",
        "tolerations": [
            {"key": f"node.kubernetes.io/{what}", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
            for what in ("not-ready", "unreachable")
        ],
        "priority": 0,
        "enableServiceLinks": True,
        "preemptionPolicy": "PreemptLowerPriority",
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": "topology.kubernetes.io/zone",
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": {"app.kubernetes.io/name": workload}},
            }
        ],
    }


def _container(name: str, image: str, workload: str) -> Json:
    secrets = "/var/run/secrets/kubernetes.io/serviceaccount"
    return {
        "name": name,
        "image": image,
        "args": ["--config=/etc/config/service.yaml", "--log-format=json"],
        "ports": [
            {"name": "http", "containerPort": 8080, "protocol": "TCP"},
            {"name": "metrics", "containerPort": 9090, "protocol": "TCP"},
        ],
        "env": [
            {"name": "POD_NAME", "valueFrom": _field("metadata.name")},
            {"name": "SERVICE", "value": workload},
            {"name": "DATABASE", "valueFrom": {"secretKeyRef": {"name": f"{workload}-database", "key": "url"}}},
        ],
        "resources": {"limits": {"memory": "512Mi"}, "requests": {"cpu": "100m", "memory": "256Mi"}},
        "volumeMounts": [
            {"name": "config", "readOnly": True, "mountPath": "/etc/config"},
            {"name": "kube-api-access-x7k2p", "readOnly": True, "mountPath": secrets},
        ],
        "readinessProbe": {
            "httpGet": {"path": "/ready", "port": "http", "scheme": "HTTP"},
            "timeoutSeconds": 1,
            "periodSeconds": 10,
            "successThreshold": 1,
            "failureThreshold": 3,
        },
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "imagePullPolicy": "IfNotPresent",
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
    }


def _field(path: str) -> Json:
    return {"fieldRef": {"apiVersion": "v1", "fieldPath": path}}
