"""What the operator's Prometheus scrapes beside Kubevigil, as kube-prometheus-stack has it scrape; as ScrapeConfigs."""

import json
from collections.abc import Mapping
from typing import Any, Final

from .dashboard_scrapes import KUBELET
from .ship_engine import NODE_ADDRESS

STATE_METRICS: Final = f"{NODE_ADDRESS}:18092"
NODE_EXPORTER: Final = f"{NODE_ADDRESS}:18093"
TOKEN: Final = "kubelet-token"
"""The Secret with what the kubelet lets in; its key is `token`."""

NAMESPACE: Final = "monitoring"
_ALERTMANAGER: Final = "alertmanager-operated.monitoring.svc.cluster.local:9093"


def objects() -> str:
    """As a manifest."""
    made = [
        _object("kube-state-metrics", STATE_METRICS, {"pod": "state-0"}, honorLabels=True),
        _object("node-exporter", NODE_EXPORTER, {"pod": "node-exporter-0"}),
        _object("alertmanager", _ALERTMANAGER, {"pod": "alertmanager-0"}),
        _kubelet("kubelet", "/metrics"),
        _kubelet("cadvisor", "/metrics/cadvisor"),
    ]
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": made})


def _object(name: str, address: str, labels: Mapping[str, str], **more: Any) -> Mapping[str, Any]:
    static = {"targets": [address], "labels": {"job": name, "namespace": NAMESPACE, **labels}}
    return {
        "apiVersion": "monitoring.coreos.com/v1alpha1",
        "kind": "ScrapeConfig",
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": {"release": "acme"}},
        "spec": {"staticConfigs": [static], **more},
    }


def _kubelet(name: str, path: str) -> Mapping[str, Any]:
    labels = {"job": "kubelet", "metrics_path": path, "node": "node-1"}
    return _object(
        name,
        KUBELET,
        labels,
        scheme="HTTPS",
        metricsPath=path,
        honorLabels=True,
        authorization={"credentials": {"name": TOKEN, "key": "token"}},
        tlsConfig={"insecureSkipVerify": True},  # a kubelet's own certificate has no authority
    )
