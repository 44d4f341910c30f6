"""Alerts as our rules make them, for tests."""

from collections.abc import Mapping

from .alertmanager import Alert

GRAFANA = "https://grafana.example"
RUNBOOKS = "https://runbooks.example"
LOGS = "https://kibana.example"

SUMMARIES = {
    "KubevigilContainerRestarted": "A container restarted.",
    "KubevigilCrashLooping": "A container crashes again and again.",
    "KubevigilContainerOOMKilled": "A container was killed for lack of memory.",
    "KubevigilWorkloadRestartStorm": "Many pods of a workload restart.",
    "KubevigilExporterAbsent": "Nobody counts crashes: the Kubevigil exporter is away.",
    "KubevigilStoreErrors": "The Kubevigil exporter's store refuses to be written.",
}
CRITICAL = {"KubevigilWorkloadRestartStorm", "KubevigilExporterAbsent"}


def alert(name: str, namespace: str = "shop", labels: Mapping[str, str] | None = None, **annotations: str) -> Alert:
    """With the severity and the summary of its name; `labels` are further ones."""
    severity = "critical" if name in CRITICAL else "warning"
    fixed = {"alertname": name, "namespace": namespace, "severity": severity}
    said = {"summary": SUMMARIES.get(name, "Something happened."), "runbook_url": f"{RUNBOOKS}/{name}.md"}
    return Alert(fixed | dict(labels or {}), said | annotations)


def of_container(name: str, workload: str = "checkout", namespace: str = "shop", container: str = "app") -> Alert:
    labels = {"workload_kind": "Deployment", "workload": workload, "container": container}
    return alert(
        name,
        namespace,
        labels,
        description=(
            f"Container {container} of Deployment {namespace}/{workload} crashed 4 times within 72 minutes in one pod, "
            "and goes on. Its last words, in the exporter's pod: "
            f"kubevigil crashes list --namespace {namespace} --workload Deployment/{workload}."
        ),
        exit_codes="137 (SIGKILL), 1",
        pods=f"{workload}-7d4b9c-p8qfz, {workload}-7d4b9c-x2x9k and 3 more",
        dashboard_url=f"{GRAFANA}/d/kubevigil-crashes?var-namespace={namespace}&var-workload={workload}",
        logs_url=f"{LOGS}/app/discover#/?_a=(query:'{namespace}')",
    )


def storm(workload: str, namespace: str = "shop") -> Alert:
    labels = {"workload_kind": "Deployment", "workload": workload}
    return alert("KubevigilWorkloadRestartStorm", namespace, labels, description=f"50 pods of {workload} restarted.")
