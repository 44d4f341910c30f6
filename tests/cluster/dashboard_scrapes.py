"""What a Prometheus scrapes for the dashboards, with the labels of kube-prometheus-stack, and what that throws away."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.dashboards.known import THROWN_AWAY

KUBELET: Final = "10.42.0.1:10250"

_OWN_NETWORKS: Final = r"container_network_.*;(cali|cilium|cni|lxc|nodelocaldns|tunl).*"

_THROWN_AWAY: Final = [
    {"source_labels": ["__name__"], "regex": THROWN_AWAY.pattern, "action": "drop"},
    {"source_labels": ["__name__", "interface"], "regex": _OWN_NETWORKS, "action": "drop"},
    {"source_labels": ["id", "pod"], "regex": ".+;", "action": "drop"},
]
"""Of cAdvisor's."""


class Sources(NamedTuple):
    """Addresses, and files with what opens them."""

    exporter: str
    sidecar: str
    state_metrics: str
    node_exporter: str
    alertmanager: str
    kubeconfig: Path
    token: Path
    """A service account's, which may read the kubelet's metrics."""


def scrapes(sources: Sources) -> list[Mapping[str, Any]]:
    """The `scrape_configs`."""
    return [
        _static("kubevigil", sources.exporter, honest=True, namespace="kubevigil", pod="kubevigil-0"),
        _static("kubevigil-ship", sources.sidecar, namespace="kubevigil", pod="kubevigil-0"),
        _static("kube-state-metrics", sources.state_metrics, honest=True, namespace="monitoring", pod="state-0"),
        _static("node-exporter", sources.node_exporter, namespace="monitoring", pod="node-exporter-0"),
        _static("alertmanager", sources.alertmanager, namespace="monitoring", pod="alertmanager-0"),
        _kubelet("/metrics", sources.token, []),
        _kubelet("/metrics/cadvisor", sources.token, _THROWN_AWAY),
        _pods_of_web(sources.kubeconfig),
    ]


def _static(job: str, address: str, *, honest: bool = False, **labels: str) -> Mapping[str, Any]:
    return {"job_name": job, "honor_labels": honest, "static_configs": [{"targets": [address], "labels": labels}]}


def _kubelet(path: str, token: Path, dropped: list[Any]) -> Mapping[str, Any]:
    labels = {"job": "kubelet", "metrics_path": path, "node": "node-1", "namespace": "kube-system"}
    return {
        "job_name": f"kubelet{path}",
        "scheme": "https",
        "metrics_path": path,
        "honor_labels": True,
        "authorization": {"credentials_file": str(token)},
        "tls_config": {"insecure_skip_verify": True},  # a kubelet's own certificate has no authority
        "static_configs": [{"targets": [KUBELET], "labels": labels}],
        "metric_relabel_configs": dropped,
    }


def _pods_of_web(kubeconfig: Path) -> Mapping[str, Any]:
    """As a PodMonitor has it."""
    name = "__meta_kubernetes_pod_{}"
    return {
        "job_name": "shop/web",
        "fallback_scrape_protocol": "PrometheusText0.0.4",  # busybox says no type of content
        "kubernetes_sd_configs": [
            {"role": "pod", "kubeconfig_file": str(kubeconfig), "namespaces": {"names": ["shop"]}}
        ],
        "relabel_configs": [
            {"source_labels": [name.format("label_app")], "regex": "web", "action": "keep"},
            {"source_labels": ["__meta_kubernetes_namespace"], "target_label": "namespace"},
            {"source_labels": [name.format("name")], "target_label": "pod"},
            {"source_labels": [name.format("container_name")], "target_label": "container"},
        ],
    }
