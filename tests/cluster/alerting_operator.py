"""What the operator makes of our rules and routes: the files that its Prometheus and its Alertmanager are given."""

import base64
import gzip
import json
import shutil
import subprocess
import urllib.request
from collections.abc import Mapping
from math import inf
from pathlib import Path
from typing import Any, Final

from .cluster import TESTBED, Kubectl, wait_for
from .monitoring import Prometheus

IMAGE: Final = "kubevigil.test/alertmanager:v0.34.2"
STACK: Final = "acme-kube-prometheus-stack"
_NAMESPACE: Final = "monitoring"
_STATUS: Final = "http://alertmanager-operated.monitoring.svc.cluster.local:9093/api/v2/status"


def import_alertmanager() -> None:
    """Makes the image of the Alertmanager that was built, if it is not cached, and gives it to the node."""
    binary = shutil.which("alertmanager")
    assert binary, "run testbed/build alertmanager"
    command = [str(TESTBED / "images/program"), IMAGE, binary]
    made = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    subprocess.run([TESTBED / "cluster/import-image", made.stdout.strip()], check=True, timeout=120)


def use_strategy(kubectl: Kubectl, strategy: str) -> None:
    """Sets the Alertmanager's alertmanagerConfigMatcherStrategy."""
    patch = json.dumps({"spec": {"alertmanagerConfigMatcherStrategy": {"type": strategy}}})
    kubectl("patch", f"--namespace={_NAMESPACE}", "alertmanager", f"{STACK}-alertmanager", "--type=merge", "-p", patch)


def rule_files(kubectl: Kubectl) -> Mapping[str, str]:
    """The rules that Prometheus is given, by the names of the files."""
    name = f"prometheus-{STACK}-prometheus-rulefiles-0"
    data = kubectl.json("get", f"--namespace={_NAMESPACE}", "configmap", name).get("data", {})
    return {str(file): str(text) for file, text in data.items()}


def _rules(prometheus: Prometheus, file: str, *, slowest: float = inf) -> list[Any]:
    """Of the groups of that file that are evaluated at least every `slowest` seconds."""
    groups = prometheus._get("rules")["groups"]
    taken = [group for group in groups if group["file"].endswith(f"/{file}") and group["interval"] <= slowest]
    return [rule for group in taken for rule in group["rules"]]


def evaluated(prometheus: Prometheus, file: str) -> bool:
    """Whether each rule of that file has been evaluated once, but those that are only now and then."""
    rules = _rules(prometheus, file, slowest=10)
    return bool(rules) and all(rule["health"] != "unknown" for rule in rules)


def faults(prometheus: Prometheus, file: str) -> list[str]:
    """What went wrong with rules of that file."""
    return [f"{rule['name']}: {rule['lastError']}" for rule in _rules(prometheus, file) if rule["health"] == "err"]


def generated(kubectl: Kubectl) -> str:
    """The alertmanager.yaml that the operator made."""
    name = f"alertmanager-{STACK}-alertmanager-generated"
    secret = kubectl.json("get", f"--namespace={_NAMESPACE}", "secret", name)
    return gzip.decompress(base64.b64decode(secret["data"]["alertmanager.yaml.gz"])).decode()


def loaded() -> str:
    """The configuration with which the pod of Alertmanager runs; '' while none answers."""
    try:
        with urllib.request.urlopen(_STATUS, timeout=10) as answer:
            return str(json.load(answer)["config"]["original"])
    except OSError:
        return ""


def receivers(config: Path, labels: Mapping[str, str]) -> list[str]:
    """Of an alert with these labels, by amtool; the names as we gave them, without what the operator puts before."""
    command = ["amtool", "config", "routes", "test", f"--config.file={config}"]
    told = subprocess.run(
        [*command, *(f"{name}={value}" for name, value in labels.items())],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return [name.rpartition("/")[2] for name in told.stdout.strip().split(",")]


def checked(folder: Path, name: str, text: str) -> Path:
    """The file with that text, of which amtool found nothing wrong."""
    path = folder / name
    path.write_text(text)
    subprocess.run(["amtool", "check-config", str(path)], check=True, timeout=60, stdout=subprocess.DEVNULL)
    return path


def until_generated(kubectl: Kubectl, *words: str) -> str:
    """Waits until the operator's alertmanager.yaml has all these words."""

    def ready() -> str:
        text = generated(kubectl)
        return text if all(word in text for word in words) else ""

    return wait_for(f"the operator takes the routes: {words}", ready, 90)
