"""The doctor tells the same way of an alert as Alertmanager's own tool."""

import json
import subprocess
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from kubevigil.app.doctor_monitoring import config_of
from kubevigil.doctor.routes import landings
from tests.alerting.rendering import rendered
from tests.chart.binaries import Binaries

from .test_routes_amtool import LIST

BOT = {"secret": {"name": "slack", "key": "token"}, "tokenType": "bot", "channel": "#all"}
BY_HAND: dict[str, Any] = {
    "route": {
        "receiver": "root",
        "routes": [
            {"receiver": "log", "matchers": ['namespace=~"pay|kube-.*"'], "continue": True},
            {
                "receiver": "old",
                "match_re": {"namespace": "pay|team-.+"},
                "routes": [
                    {"matchers": ['{severity="critical",owner!=""}'], "receiver": "deep"},
                    {"match": {"owner": "ml"}},
                ],
            },
            {"receiver": "quoted", "matchers": [r'workload="a\"b"']},
        ],
    },
    "receivers": [{"name": name} for name in ("root", "log", "old", "deep", "quoted")],
}
VALUES: dict[str, list[str]] = {
    "alertname": ["KubevigilCrashLooping", "KubevigilContainerOOMKilled"],
    "namespace": ["pay", "kube-system", "team-1", "shop"],
    "severity": ["warning", "critical", "none"],
    "owner": ["", "ml"],
    "workload": ["web", "web-canary"],
}


@pytest.fixture(scope="module")
def binaries() -> Binaries:
    return Binaries.found()


@pytest.mark.parametrize("which", ["ours", "by-hand"])
def test_the_doctor_leads_alerts_as_amtool_does(binaries: Binaries, tmp_path: Path, which: str) -> None:
    ours = rendered("config", {"namespace": "monitoring", "slack": BOT | LIST}) if which == "ours" else BY_HAND
    file = tmp_path / "alertmanager.yml"
    file.write_text(json.dumps(ours), encoding="utf-8")
    config = config_of(file.read_text(encoding="utf-8"))
    for values in product(*VALUES.values()):
        labels = {name: value for name, value in zip(VALUES, values, strict=True) if value}
        said = [f"{name}={value}" for name, value in labels.items()]
        command = [binaries["amtool"], "config", "routes", "test", "--config.file", str(file), *said]
        theirs = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
        assert ",".join(place.receiver for place in landings(config.route, labels)) == theirs, said
