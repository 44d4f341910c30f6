"""An hour of a small cluster, as series: what Prometheus would have scraped, with the rules' results.

Two sets: a container runtime that labels its containers, and one that does not (`labelled=False`), of which cAdvisor
tells whole pods alone.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

END: Final = 1_767_229_200
"""Unix time of the last sample."""
SECONDS: Final = 3_600
STEP: Final = 30

Value = Callable[[int], float | None]
"""By the seconds since the beginning; None where there is no sample."""

CORES: Final = {"web-1": 0.5, "web-2": 0.05, "db-0": 0.2}
"""What each pod uses, in cores, of its one container; its pause container uses nothing."""
ENDED: Final = "import-1"
"""A pod that ended in the middle, and used next to nothing until then."""
MEMORY: Final = {"web-1": 300e6, "web-2": 100e6, "db-0": 200e6}
RECEIVED: Final = {"web-1": 2000.0, "web-2": 1000.0, "db-0": 500.0}
"""Bytes a second."""

_JOBS: Final = {
    "exporter": {"job": "kubevigil", "instance": "monitoring/kubevigil"},
    "sidecar": {"job": "kubevigil-ship", "instance": "monitoring/kubevigil"},
    "state": {"job": "kube-state-metrics", "instance": "10.0.0.9:8080"},
    "cadvisor": {"job": "kubelet", "metrics_path": "/metrics/cadvisor", "instance": "10.0.0.1:10250", "node": "n1"},
    "kubelet": {"job": "kubelet", "metrics_path": "/metrics", "instance": "10.0.0.1:10250", "node": "n1"},
    "node": {"job": "node-exporter", "instance": "10.0.0.1:9100"},
    "alertmanager": {"job": "alertmanager", "instance": "10.0.0.8:9093"},
    "app": {"job": "shop", "instance": "10.0.0.7:8080", "namespace": "shop", "pod": "web-1"},
    "none": {},
}
_POD: Final = {"namespace": "shop"}


def text(*, labelled: bool) -> str:
    """All of it in OpenMetrics' text format."""
    lines = [
        line
        for source, name, labels, value in _series(labelled=labelled)
        for line in _lines(source, name, labels, value)
    ]
    return "\n".join([*lines, "# EOF", ""])


def _lines(source: str, name: str, labels: Mapping[str, str], value: Value) -> Iterator[str]:
    pairs = ",".join(f'{key}="{text}"' for key, text in {**_JOBS[source], **labels}.items())
    for at in range(0, SECONDS + 1, STEP):
        if (sample := value(at)) is not None:
            yield f"{name}{{{pairs}}} {float(sample)} {END - SECONDS + at}"


Series = tuple[str, str, Mapping[str, str], Value]
"""Source, name, labels, value."""


def _is(value: float) -> Value:
    return lambda _: value


def _grows(by_second: float) -> Value:
    return lambda at: by_second * at


def _half_of(value: Value) -> Value:
    return lambda at: value(at) if at < SECONDS / 2 else None


def _series(*, labelled: bool) -> Iterator[Series]:
    yield from _cadvisor(labelled=labelled)
    yield from _of_pods()
    yield from _state_metrics()
    yield from _machines()
    yield from _recorded()
    yield from _checks()
    yield from _exporter()
    yield from _alerts()


def _cadvisor(*, labelled: bool) -> Iterator[Series]:
    ended = {**_POD, "pod": ENDED, "id": f"/kubepods/{ENDED}"}
    yield "cadvisor", "container_cpu_usage_seconds_total", ended, _half_of(_grows(0.001))
    for pod, cores in CORES.items():
        of = {**_POD, "pod": pod}
        shapes = [({**of, "id": f"/kubepods/{pod}"}, 1.0)]
        if labelled:
            container = {"container": pod.partition("-")[0], "image": "shop:1", "id": f"/kubepods/{pod}/c", "name": "c"}
            pause = {"image": "pause:3", "id": f"/kubepods/{pod}/pause", "name": "pause"}
            shapes += [({**of, **container}, 1.0), ({**of, **pause}, 0.0)]
        for labels, share in shapes:
            yield "cadvisor", "container_cpu_usage_seconds_total", labels, _grows(cores * share)
            yield "cadvisor", "container_memory_working_set_bytes", labels, _is(MEMORY[pod] * share)
        if labelled:
            yield "cadvisor", "container_cpu_cfs_periods_total", shapes[1][0], _grows(10)
            yield "cadvisor", "container_cpu_cfs_throttled_periods_total", shapes[1][0], _grows(2)
        network = {**of, "interface": "eth0", "id": f"/kubepods/{pod}"}
        for way, factor in (("receive", 1.0), ("transmit", 2.0)):
            yield "cadvisor", f"container_network_{way}_bytes_total", network, _grows(RECEIVED[pod] * factor)
            yield "cadvisor", f"container_network_{way}_packets_dropped_total", network, _grows(0.5)
            yield "cadvisor", f"container_network_{way}_errors_total", network, _grows(0.1)


def _of_pods() -> Iterator[Series]:
    owners = {"web-1": ("ReplicaSet", "web-5d4f"), "web-2": ("ReplicaSet", "web-5d4f"), "db-0": ("StatefulSet", "db")}
    pods = {**owners, "login-x": ("Workflow", "login")}
    for pod, (kind, owner) in pods.items():
        of = {**_POD, "pod": pod}
        info = {**of, "node": "n1", "created_by_kind": kind, "created_by_name": owner, "uid": pod}
        yield "state", "kube_pod_info", info, _is(1)
        yield (
            "state",
            "kube_pod_owner",
            {**of, "owner_kind": kind, "owner_name": owner, "owner_is_controller": "true"},
            _is(1),
        )
        yield "state", "kube_pod_created", of, _is(END - 86_400)
        for phase in ("Pending", "Running", "Succeeded", "Failed"):
            yield "state", "kube_pod_status_phase", {**of, "phase": phase}, _is(phase == "Running")
        yield "state", "kube_pod_status_ready", {**of, "condition": "true"}, _is(pod != "web-2")
        container = {**of, "container": pod.partition("-")[0]}
        for fact in ("running", "waiting", "terminated"):
            yield "state", f"kube_pod_container_status_{fact}", container, _is(fact == "running")
        for resource, request in (("cpu", 0.25), ("memory", 256e6)):
            sized = {**container, "resource": resource, "node": "n1", "unit": "x"}
            yield "state", "kube_pod_container_resource_requests", sized, _is(request)
            yield "state", "kube_pod_container_resource_limits", sized, _is(2 * request)
        yield "exporter", "kubevigil_container_restarts_total", {**container, "container_type": "app"}, _grows(0.001)
    yield "state", "kube_pod_init_container_status_terminated", {**_POD, "pod": "web-2", "container": "wait"}, _is(1)
    claim = {"persistentvolumeclaim": "data-db-0"}
    yield (
        "state",
        "kube_pod_spec_volumes_persistentvolumeclaims_info",
        {**_POD, "pod": "db-0", "volume": "data", **claim},
        _is(1),
    )


def _state_metrics() -> Iterator[Series]:
    for name, labels in (
        ("kube_deployment_spec_replicas", {"deployment": "web"}),
        ("kube_deployment_status_replicas_ready", {"deployment": "web"}),
        ("kube_statefulset_replicas", {"statefulset": "db"}),
        ("kube_statefulset_status_replicas_ready", {"statefulset": "db"}),
        ("kube_daemonset_status_desired_number_scheduled", {"daemonset": "agent"}),
        ("kube_daemonset_status_number_ready", {"daemonset": "agent"}),
        ("kube_job_status_active", {"job_name": "report"}),
        ("kube_job_status_succeeded", {"job_name": "report"}),
        ("kube_job_status_failed", {"job_name": "report"}),
        ("kube_service_info", {"service": "web", "cluster_ip": "10.1.0.1"}),
        ("kube_service_spec_type", {"service": "web", "type": "ClusterIP"}),
        ("kube_configmap_info", {"configmap": "kube-root-ca.crt"}),
        ("kube_secret_info", {"secret": "db"}),
        (
            "kube_persistentvolumeclaim_info",
            {"persistentvolumeclaim": "data-db-0", "storageclass": "fast", "volumename": "pv-1"},
        ),
        ("kube_persistentvolumeclaim_resource_requests_storage_bytes", {"persistentvolumeclaim": "data-db-0"}),
    ):
        yield "state", name, {**_POD, **labels}, _is(1)
    for resource, amount in (("memory", 4e9), ("pods", 110.0)):
        yield "state", "kube_node_status_allocatable", {"node": "n1", "resource": resource, "unit": "x"}, _is(amount)
    for status in ("true", "false"):
        pressure = {"node": "n1", "condition": "MemoryPressure", "status": status}
        yield "state", "kube_node_status_condition", pressure, _is(status == "false")


def _machines() -> Iterator[Series]:
    yield "node", "node_memory_MemTotal_bytes", {}, _is(8e9)
    yield "node", "node_memory_MemAvailable_bytes", {}, _is(2e9)
    yield "node", "node_uname_info", {"nodename": "n1"}, _is(1)
    yield "node", "node_vmstat_oom_kill", {}, _grows(0.001)
    yield "kubelet", "up", {}, _is(1)
    yield "kubelet", "kubelet_running_pods", {}, _is(4)
    for state, count in (("running", 4), ("exited", 2), ("created", 1)):
        yield "kubelet", "kubelet_running_containers", {"container_state": state}, _is(count)
    for family in ("kubelet_pod_start_duration_seconds", "kubelet_pleg_relist_duration_seconds"):
        for edge, share in (("1", 0.5), ("+Inf", 1.0)):
            yield "kubelet", f"{family}_bucket", {"le": edge}, _grows(share)
    yield "kubelet", "kubelet_runtime_operations_errors_total", {"operation_type": "pull_image"}, _grows(0.1)
    for fact, size in (("used", 2e9), ("available", 8e9), ("capacity", 10e9)):
        volume = {**_POD, "persistentvolumeclaim": "data-db-0"}
        yield "kubelet", f"kubelet_volume_stats_{fact}_bytes", volume, _is(size)


def _recorded() -> Iterator[Series]:
    yield "none", "cluster:kubevigil_pods:count", {}, _is(4)
    web = {**_POD, "workload_kind": "Deployment", "workload": "web"}
    db = {**_POD, "workload_kind": "StatefulSet", "workload": "db"}
    for of, pod, container in ((web, "web-1", "web"), (web, "web-2", "web"), (db, "db-0", "db")):
        one = {**of, "pod": pod, "container": container, "container_type": "app"}
        yield "none", "namespace_pod:kubevigil_workload:info", {**of, "pod": pod}, _is(1)
        yield "none", "namespace_pod_container:kubevigil_restarts:sum5m", one, _is(2)
        ended = {**one, "reason": "Error", "exit_code": "1", "class": "error"}
        yield "none", "namespace_pod_container:kubevigil_last_termination:info", ended, _is(1)
        labels = {**_POD, "pod": pod, "container": container, "container_type": "app"}
        yield "exporter", "kubevigil_container_last_termination_timestamp_seconds", labels, _is(END - 60)
        yield "exporter", "kubevigil_pod_info", {**of, "pod": pod, "node": "n1", "uid": pod}, _is(1)
    waits = {**web, "pod": "web-1", "container": "web", "container_type": "app"}
    yield "none", "namespace_pod_container:kubevigil_crash_state:info", {**waits, "reason": "CrashLoopBackOff"}, _is(1)
    pulls = {**waits, "pod": "web-2", "reason": "ImagePullBackOff"}
    yield "none", "namespace_pod_container:kubevigil_crash_state:info", pulls, _is(1)
    yield "none", "namespace_pod_container:kubevigil_crash_loop:crashes", waits, _is(5)
    killed = {**web, "container": "web", "container_type": "app"}
    yield "none", "namespace_workload_container:kubevigil_oom_kills:sum5m", killed, _is(1)


def _checks() -> Iterator[Series]:
    for check, well in (("login", 1), ("dns", 0)):
        of = {**_POD, "healthcheck": check}
        yield "none", "namespace_healthcheck:kubevigil_healthcheck_up:held", of, _is(well)
        for fact, value in (
            ("up", well),
            ("paused", 0),
            ("remedy_exhausted", 1 - well),
            ("interval_seconds", 60),
            ("last_success_timestamp_seconds", END - 30),
            ("next_run_timestamp_seconds", END + 30),
            ("custom_metrics", 2),
        ):
            yield "exporter", f"kubevigil_healthcheck_{fact}", of, _is(value)
        for result in ("success", "failed"):
            yield "exporter", "kubevigil_healthcheck_runs_total", {**of, "result": result}, _grows(0.01)
            yield "exporter", "kubevigil_healthcheck_remedy_runs_total", {**of, "result": result}, _grows(0.01)
        yield "exporter", "kubevigil_healthcheck_custom_metrics_refused_total", of, _grows(0.01)
        yield "exporter", "kubevigil_healthcheck_duration_seconds_sum", of, _grows(0.2)
        yield "exporter", "kubevigil_healthcheck_duration_seconds_count", of, _grows(0.02)
    for name, le in (("latency", None), ("size_bucket", "1"), ("size_bucket", "+Inf")):
        told = {**_POD, "healthcheck_name": "login", **({"le": le} if le else {})}
        yield "exporter", f"login_{name}", told, _is(12)
    yield "exporter", "healthcheck_runtime_seconds", {"healthcheck_name": "login", "workflow": "healthCheck"}, _is(9)


def _exporter() -> Iterator[Series]:
    for source in ("exporter", "sidecar"):
        yield source, "process_cpu_seconds_total", {}, _grows(0.01)
        yield source, "process_resident_memory_bytes", {}, _is(5e7)
    for name, labels, value in (
        ("up", {}, 1),
        ("scrape_samples_scraped", {}, 1000),
        ("scrape_duration_seconds", {}, 0.1),
        ("kubevigil_build_info", {"version": "0.1.0"}, 1),
        ("kubevigil_synced", {"resource": "pods"}, 1),
        ("kubevigil_watch_last_activity_timestamp_seconds", {"resource": "pods"}, END - 10),
        ("kubevigil_store_bytes", {}, 1e6),
        ("kubevigil_journal_backlog", {}, 0),
        ("kubevigil_outbox_records", {"sink": "es"}, 3),
        ("kubevigil_outbox_dead_letters", {"sink": "es"}, 1),
        ("kubevigil_outbox_oldest_seconds", {"sink": "es"}, 5),
    ):
        yield "exporter", name, labels, _is(value)
    for name, labels in (
        ("kubevigil_store_errors_total", {"operation": "write"}),
        ("kubevigil_observations_total", {}),
        ("kubevigil_observations_settled_total", {}),
        ("kubevigil_watch_reconnects_total", {"resource": "pods", "cause": "expired"}),
        ("kubevigil_objects_skipped_total", {"resource": "pods", "reason": "invalid"}),
        ("kubevigil_crash_logs_captured_total", {"result": "ok"}),
        ("kubevigil_redactions_total", {"detector": "jwt"}),
        ("kubevigil_thread_restarts_total", {"thread": "watch"}),
        ("kubevigil_http_errors_total", {}),
        ("kubevigil_crash_log_capture_seconds_bucket", {"le": "1"}),
        ("kubevigil_crash_log_capture_seconds_bucket", {"le": "+Inf"}),
    ):
        yield "exporter", name, labels, _grows(0.1)
    yield "sidecar", "kubevigil_sink_records_total", {"sink": "es", "result": "sent"}, _grows(0.1)


def _alerts() -> Iterator[Series]:
    crash = {
        "alertname": "KubevigilCrashLooping",
        "severity": "warning",
        "namespace": "shop",
        "workload": "web",
        "container": "web",
    }
    dog = {"alertname": "Watchdog", "severity": "none", "namespace": "monitoring"}
    down = {"alertname": "NodeDown", "severity": "critical", "namespace": "kube-system"}
    for labels in (crash, dog, down):
        yield "none", "ALERTS", {**labels, "alertstate": "firing"}, _is(1)
        yield "none", "ALERTS_FOR_STATE", labels, _is(END - 600)
    yield "alertmanager", "alertmanager_notifications_total", {"integration": "slack"}, _grows(0.1)
    yield "alertmanager", "alertmanager_notifications_failed_total", {"integration": "slack"}, _grows(0.01)
    yield "app", "up", {}, _is(1)
    yield "app", "scrape_samples_scraped", {}, _is(50)
    yield "app", "orders_total", {}, _grows(3)
