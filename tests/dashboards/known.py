"""The series that dashboards may read, by who has them, and what kube-prometheus-stack throws away of these."""

import re
from typing import Final

from tests.rules.known_metrics import KUBE_STATE_METRICS as FOR_RULES

STATE_METRICS: Final = FOR_RULES | {
    "kube_configmap_info",
    "kube_daemonset_status_desired_number_scheduled",
    "kube_daemonset_status_number_ready",
    "kube_deployment_spec_replicas",
    "kube_deployment_status_replicas_ready",
    "kube_job_status_active",
    "kube_job_status_failed",
    "kube_job_status_succeeded",
    "kube_node_status_allocatable",
    "kube_node_status_condition",
    "kube_persistentvolumeclaim_info",
    "kube_persistentvolumeclaim_resource_requests_storage_bytes",
    "kube_pod_container_resource_limits",
    "kube_pod_container_resource_requests",
    "kube_pod_container_status_running",
    "kube_pod_container_status_terminated",
    "kube_pod_container_status_waiting",
    "kube_pod_init_container_status_running",
    "kube_pod_init_container_status_terminated",
    "kube_pod_init_container_status_waiting",
    "kube_pod_spec_volumes_persistentvolumeclaims_info",
    "kube_pod_status_phase",
    "kube_pod_status_ready",
    "kube_secret_info",
    "kube_service_info",
    "kube_service_spec_type",
    "kube_statefulset_replicas",
    "kube_statefulset_status_replicas_ready",
}
"""kube-state-metrics 2.x."""

CADVISOR: Final = frozenset(
    {
        "container_cpu_cfs_periods_total",
        "container_cpu_cfs_throttled_periods_total",
        "container_cpu_usage_seconds_total",
        "container_memory_working_set_bytes",
        *(
            f"container_network_{way}_{what}_total"
            for way in ("receive", "transmit")
            for what in ("bytes", "packets_dropped", "errors")
        ),
    }
)
"""The kubelet's /metrics/cadvisor."""

KUBELET: Final = frozenset(
    {
        "kubelet_pleg_relist_duration_seconds_bucket",
        "kubelet_pod_start_duration_seconds_bucket",
        "kubelet_running_containers",
        "kubelet_running_pods",
        "kubelet_runtime_operations_errors_total",
        "kubelet_volume_stats_available_bytes",
        "kubelet_volume_stats_capacity_bytes",
        "kubelet_volume_stats_used_bytes",
    }
)
"""The kubelet's /metrics."""

NODE_EXPORTER: Final = frozenset(
    {
        "node_memory_MemAvailable_bytes",
        "node_memory_MemTotal_bytes",
        "node_uname_info",
        "node_vmstat_oom_kill",
    }
)

ALERTMANAGER: Final = frozenset({"alertmanager_notifications_failed_total", "alertmanager_notifications_total"})

PROMETHEUS: Final = frozenset({"up", "scrape_samples_scraped", "scrape_duration_seconds", "ALERTS", "ALERTS_FOR_STATE"})
"""Written by Prometheus itself."""

PROCESS: Final = frozenset({"process_cpu_seconds_total", "process_resident_memory_bytes"})
"""The exporter's and the sidecar's own, from their library."""

THROWN_AWAY: Final = re.compile(
    r"container_cpu_(cfs_throttled_seconds_total|load_average_10s|system_seconds_total|user_seconds_total)"
    r"|container_fs_(io_current|reads_merged_total|sector_.*|io_time_.*|writes_merged_total|usage_bytes|limit_bytes|inodes.*)"
    r"|container_memory_(mapped_file|swap)|container_(file_descriptors|tasks_state|threads_max)|container_spec.*"
)
"""cAdvisor's series that kube-prometheus-stack drops as it scrapes."""
