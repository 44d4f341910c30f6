"""The rendered routes as Alertmanager's own tool reads them."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.alerting.rendering import rendered
from tests.chart.binaries import Binaries

CASES = {path.stem: path for path in sorted((Path(__file__).parent / "routes_cases").glob("*.json"))}
BOT = {"secret": {"name": "slack", "key": "token"}, "tokenType": "bot", "channel": "#all"}

Amtool = Callable[..., str]


@pytest.fixture(scope="module")
def binaries() -> Binaries:
    return Binaries.found()


@pytest.fixture
def amtool(binaries: Binaries, tmp_path: Path) -> Amtool:
    """Runs amtool's command on alertmanager.yml's content; its output."""

    def run(config: object, *command: str) -> str:
        file = tmp_path / "alertmanager.yml"
        file.write_text(json.dumps(config), encoding="utf-8")
        done = subprocess.run(
            [binaries["amtool"], *(str(file) if word == "FILE" else word for word in command)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    return run


def way(amtool: Amtool, config: object, **labels: str) -> str:
    """The names of the receivers that an alert with these labels reaches."""
    said = [f"{name}={value}" for name, value in ({"severity": "warning"} | labels).items()]
    return amtool(config, "config", "routes", "test", "--config.file", "FILE", *said)


def with_slack(**slack: Any) -> Any:
    return rendered("config", {"namespace": "monitoring", "slack": BOT | slack})


@pytest.mark.parametrize("name", CASES)
def test_alertmanager_takes_what_a_list_gives(amtool: Amtool, name: str) -> None:
    case = json.loads(CASES[name].read_text(encoding="utf-8"))
    config = rendered("config", {"namespace": case["namespace"], "slack": case["slack"] | {"mode": "values"}})
    assert "SUCCESS" in amtool(config, "check-config", "FILE")


LOOPING = "KubevigilCrashLooping"
LIST: dict[str, Any] = {
    "ownerRouting": True,
    "ignore": {"namespaces": ["kube-*"], "containers": ["istio-proxy"], "reasons": ["OOMKilled"]},
    "routes": [
        {"name": "pay", "namespaces": ["pay"], "severities": ["critical"]},
        {"name": "teams", "namespaces": ["team-?"], "matchers": ['workload!~".*-canary"']},
        {"name": "data", "matchers": ['owner=~"data|ml"']},
    ],
}


@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        ({"alertname": LOOPING, "namespace": "shop"}, "kubevigil"),
        ({"alertname": LOOPING, "namespace": "pay", "severity": "critical"}, "kubevigil-route-pay"),
        ({"alertname": LOOPING, "namespace": "pay"}, "kubevigil"),
        ({"alertname": LOOPING, "namespace": "payments", "severity": "critical"}, "kubevigil"),
        ({"alertname": LOOPING, "namespace": "prepay", "severity": "critical"}, "kubevigil"),
        ({"alertname": LOOPING, "namespace": "team-a"}, "kubevigil-route-teams"),
        ({"alertname": LOOPING, "namespace": "team-ab"}, "kubevigil"),
        ({"alertname": LOOPING, "namespace": "team-a", "workload": "web-canary"}, "kubevigil"),
        ({"alertname": LOOPING, "namespace": "shop", "owner": "ml"}, "kubevigil-route-data"),
        ({"alertname": LOOPING, "namespace": "pay", "severity": "critical", "slack_channel": "x"}, "kubevigil-owner"),
        ({"alertname": LOOPING, "namespace": "kube-system", "slack_channel": "x"}, "kubevigil-null"),
        ({"alertname": LOOPING, "namespace": "akube-system"}, "kubevigil"),
        ({"alertname": LOOPING, "namespace": "shop", "container": "istio-proxy"}, "kubevigil-null"),
        ({"alertname": "KubevigilContainerOOMKilled", "namespace": "shop"}, "kubevigil-null"),
        ({"alertname": "KubevigilStockAlertInhibitor", "namespace": "shop", "severity": "none"}, "kubevigil-null"),
        ({"alertname": "KubePodCrashLooping", "namespace": "shop"}, "null"),
        ({"alertname": "Watchdog", "severity": "none"}, "null"),
    ],
    ids=lambda value: "-".join(value.values()) if isinstance(value, dict) else value,
)
def test_an_alert_goes_this_way(amtool: Amtool, labels: dict[str, str], receiver: str) -> None:
    assert way(amtool, with_slack(**LIST), **labels) == receiver


def test_severities_leave_out_the_others(amtool: Amtool) -> None:
    config = with_slack(severities=["critical"])
    assert way(amtool, config, alertname=LOOPING, namespace="shop") == "kubevigil-null"
    assert way(amtool, config, alertname=LOOPING, namespace="shop", severity="critical") == "kubevigil"


def operated(item: dict[str, Any], strategy: str) -> dict[str, Any]:
    """alertmanager.yml as the operator makes it of one AlertmanagerConfig: routes and names of receivers only."""

    def matchers(of: dict[str, Any]) -> list[str]:
        return [f"{m['name']}{m['matchType']}{json.dumps(m['value'])}" for m in of["matchers"]]

    spec = item["spec"]
    namespace = [f"namespace={json.dumps(item['metadata']['namespace'])}"] if strategy == "OnNamespace" else []
    children = [{"receiver": c["receiver"], "matchers": matchers(c)} for c in spec["route"]["routes"]]
    own = {
        "receiver": spec["route"]["receiver"],
        "matchers": matchers(spec["route"]) + namespace,
        "routes": children,
        "continue": True,
    }
    return {
        "route": {"receiver": "null", "routes": [own]},
        "receivers": [{"name": "null"}, *({"name": receiver["name"]} for receiver in spec["receivers"])],
    }


TEAMS: dict[str, Any] = {
    "ignore": {"containers": ["istio-*"]},
    "routes": [
        {"name": "urgent", "namespaces": ["pay"], "severities": ["critical"], "secret": {"name": "a"}},
        {"name": "pay", "namespaces": ["pay", "ledger"], "secret": {"name": "b"}},
        {"name": "shop", "namespaces": ["shop"], "matchers": ["workload!=batch"], "secret": {"name": "c"}},
    ],
}


@pytest.mark.parametrize("severity", ["critical", "warning", "none"])
@pytest.mark.parametrize("workload", ["web", "batch"])
@pytest.mark.parametrize("container", ["app", "istio-proxy"])
def test_in_all_three_forms_an_alert_goes_the_same_way(
    amtool: Amtool, severity: str, workload: str, container: str
) -> None:
    alert = {"alertname": LOOPING, "severity": severity, "workload": workload, "container": container}
    whole = with_slack(**TEAMS)
    base = {"namespace": "monitoring", "slack": BOT | TEAMS}
    (cluster,) = rendered("configs", base | {"slack": BOT | TEAMS | {"mode": "cluster", "matcherStrategy": "None"}})
    teams = rendered("configs", base | {"slack": BOT | TEAMS | {"mode": "perNamespace"}})
    for item in teams:
        namespace = item["metadata"]["namespace"]
        expected = way(amtool, whole, namespace=namespace, **alert)
        # What no route of a team takes is the platform's in the two others; a team's own object has no such route.
        rest = "kubevigil-null" if expected == "kubevigil" and namespace != "monitoring" else expected
        assert way(amtool, operated(cluster, "None"), namespace=namespace, **alert) == expected
        assert way(amtool, operated(item, "OnNamespace"), namespace=namespace, **alert) == rest
        assert way(amtool, operated(item, "OnNamespace"), namespace="elsewhere", **alert) == "null"
