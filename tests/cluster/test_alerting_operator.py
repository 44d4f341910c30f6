"""Our rules and Slack routes as the chart installs them beside the operator: taken, loaded, and led where we say.

The Prometheus and the Alertmanager are pods that the operator runs, as for kube-prometheus-stack.
KUBEVIGIL_TESTBED_APPLICATION names the archive of the exporter's image.
"""

import json
import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from tests.alerting.rendering import rendered

from .alerting_operator import (
    checked,
    evaluated,
    faults,
    import_alertmanager,
    loaded,
    receivers,
    rule_files,
    until_generated,
    use_strategy,
)
from .cluster import CRASHER, TESTBED, Kubectl, wait_for
from .installing import Release, restricted_namespace
from .monitoring import Prometheus, operated_prometheus

pytestmark = [pytest.mark.real, pytest.mark.timeout(480)]

SECRET: Final = ("--from-literal=token=xoxb-1", "--from-literal=api-url=https://slack.com/api/chat.postMessage")
SLACK: Final[Mapping[str, Any]] = {
    "secret": {"name": "slack", "key": "token"},
    "tokenType": "bot",
    "channel": "#crashes",
    "ownerRouting": True,
    "ignore": {"namespaces": ["kube-*"], "containers": ["istio-proxy"], "reasons": ["OOMKilled"]},
    "routes": [
        {"name": "pay", "namespaces": ["pay", "pay-*"], "channel": "#pay"},
        {"name": "data", "matchers": ['owner=~"data|ml"'], "severities": ["critical"], "channel": "#data"},
    ],
}
LED: Final[dict[str, str]] = {
    "namespace=pay": "kubevigil-route-pay",
    "namespace=pay-eu": "kubevigil-route-pay",
    "namespace=payments": "kubevigil",
    "namespace=shop": "kubevigil",
    "namespace=kube-system": "kubevigil-null",
    "namespace=kube": "kubevigil",
    "namespace=pay,container=istio-proxy": "kubevigil-null",
    "namespace=pay,container=istio-proxy-2": "kubevigil-route-pay",
    "namespace=pay,alertname=KubevigilContainerOOMKilled": "kubevigil-null",
    "namespace=pay,severity=none,alertname=KubevigilStockAlertInhibitor": "kubevigil-null",
    "namespace=shop,owner=data": "kubevigil",
    "namespace=shop,owner=data,severity=critical": "kubevigil-route-data",
    "namespace=shop,owner=database,severity=critical": "kubevigil",
    "namespace=pay,slack_channel=#owner": "kubevigil-owner",
    "namespace=kube-system,slack_channel=#owner": "kubevigil-null",
    "namespace=pay,alertname=KubePodCrashLooping": "null",
    "namespace=pay,alertname=OtherKubevigilAlert": "null",
    "alertname=Watchdog,severity=none": "null",
}
"""Labels of an alert, beside KubevigilCrashLooping and warning, and the receiver that it is for."""


@pytest.fixture(scope="module")
def prometheus(kubectl: Kubectl) -> Iterator[Prometheus]:
    """And, beside it, an Alertmanager."""
    subprocess.run(
        [TESTBED / "cluster/import-image", os.environ["KUBEVIGIL_TESTBED_APPLICATION"]], check=True, timeout=120
    )
    import_alertmanager()
    with operated_prometheus(kubectl) as prometheus:
        kubectl.apply(TESTBED / "manifests/alerting.yaml")
        yield prometheus


@pytest.fixture(scope="module")
def release(kubectl: Kubectl, prometheus: Prometheus) -> Iterator[Release]:
    """Installed as a user does who gives no values."""
    assert prometheus.ready()
    with restricted_namespace(kubectl, "operations") as home:
        release = Release(home, "night-watch")
        release.install()
        home("create", "secret", "generic", "slack", *SECRET)
        yield release
        release.uninstall()


def led(config: Path, alerts: Iterable[str]) -> dict[str, str]:
    """Where amtool says that each goes."""
    return {written: ",".join(receivers(config, labels(written))) for written in alerts}


def labels(written: str) -> dict[str, str]:
    given = dict(pair.split("=", 1) for pair in written.split(","))
    return {"alertname": "KubevigilCrashLooping", "severity": "warning"} | given


def test_the_operator_takes_the_rules_and_prometheus_evaluates_them_without_a_fault(
    release: Release, prometheus: Prometheus, kubectl: Kubectl, namespace: Kubectl, tmp_path: Path
) -> None:
    def ours() -> dict[str, str]:
        """The PrometheusRule's, by the name that the operator gives its file."""
        files = rule_files(kubectl)
        return {name: text for name, text in files.items() if name.startswith(f"{release.kubectl.namespace}-")}

    ((name, text),) = wait_for("the operator takes the PrometheusRule", ours, 60).items()
    (tmp_path / name).write_text(text)
    command = ["promtool", "check", "rules", str(tmp_path / name)]
    subprocess.run(command, check=True, timeout=60, stdout=subprocess.DEVNULL)
    wait_for("Prometheus evaluates them", lambda: evaluated(prometheus, name), 180)
    namespace.apply(CRASHER)
    state = f'ALERTS{{alertname="KubevigilContainerRestarted",namespace="{namespace.namespace}"}}'
    (alert,) = wait_for("a restart is an alert", lambda: prometheus.query(state), 90)
    assert alert["metric"]["workload"] == "crasher"
    assert alert["metric"]["workload_kind"] == "Pod"
    assert faults(prometheus, name) == []


def test_one_object_for_the_cluster_is_refused_where_the_operator_would_hide_other_namespaces(
    release: Release, kubectl: Kubectl
) -> None:
    use_strategy(kubectl, "OnNamespace")
    before = release.kubectl("get", "alertmanagerconfigs", "--output=yaml")
    with pytest.raises(AssertionError, match=r"OnNamespace .*alertmanagerConfigMatcherStrategy\.type=None"):
        release.upgrade(slack={**SLACK, "mode": "cluster"})
    assert release.kubectl("get", "alertmanagerconfigs", "--output=yaml") == before


def test_one_object_for_the_cluster_leads_each_alert_where_our_own_rendering_leads_it(
    release: Release, kubectl: Kubectl, tmp_path: Path
) -> None:
    use_strategy(kubectl, "None")
    notes = release.upgrade(slack={**SLACK, "mode": "cluster"})
    assert "the matcher strategy is None" in notes
    theirs = checked(tmp_path, "operator.yaml", until_generated(kubectl, "kubevigil-route-data"))
    own = checked(tmp_path, "rendered.json", json.dumps(rendered("config", {"slack": SLACK})))
    assert led(theirs, LED) == led(own, LED) == LED
    wait_for("a real Alertmanager runs with them", lambda: "kubevigil-route-data" in loaded(), 180)


def test_an_object_for_each_namespace_gets_the_alerts_of_its_own_and_no_others(
    release: Release, kubectl: Kubectl, namespace: Kubectl, tmp_path: Path
) -> None:
    use_strategy(kubectl, "OnNamespace")
    namespace("create", "secret", "generic", "pay", *SECRET)
    home, pay = release.kubectl.namespace, namespace.namespace
    routes = [{"name": "pay", "namespaces": [pay], "channel": "#pay", "secret": {"name": "pay"}}]
    slack = {**SLACK, "mode": "perNamespace", "routes": routes}
    release.upgrade(slack=slack)
    theirs = checked(tmp_path, "operator.yaml", until_generated(kubectl, "kubevigil-route-pay", f"{pay}/"))
    own = checked(tmp_path, "rendered.json", json.dumps(rendered("config", {"slack": slack})))
    wanted = {
        f"namespace={pay}": "kubevigil-route-pay",
        f"namespace={pay},container=istio-proxy": "kubevigil-null",
        f"namespace={pay},slack_channel=#owner": "kubevigil-owner",
        f"namespace={home},alertname=KubevigilStoreErrors": "kubevigil",
    }
    assert led(theirs, wanted) == led(own, wanted) == wanted
    elsewhere = {f"namespace={pay}-2": "null"}
    assert led(theirs, elsewhere) == elsewhere
