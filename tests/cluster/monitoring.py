"""The Prometheus that the operator runs as a pod, asked by its Service's name."""

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from .cluster import TESTBED, Kubectl, component, wait_for

RELEASE: Final = "acme"
"""Of the stack that testbed/manifests/monitoring.yaml stands for."""

_ADDRESS: Final = "http://acme-kube-prometheus-stack-prometheus.monitoring.svc.cluster.local:9090"


class Prometheus:
    """Its API. Series are dicts of their labels."""

    def query(self, expression: str) -> list[Any]:
        return list(self._get("query", query=expression)["result"])

    def number(self, expression: str) -> float:
        """The value of the one series, 0 where there is none."""
        result = self.query(expression)
        assert len(result) <= 1, f"{expression}: {result}"
        return float(result[0]["value"][1]) if result else 0.0

    def now(self) -> float:
        """Its Unix time."""
        return self.number("vector(time())")

    def over_time(self, expression: str, since: float, step: int) -> list[list[float]]:
        """The moments at which each series has a value, every `step` seconds since that Unix time."""
        matrix = self._get("query_range", query=expression, start=since, end=self.now(), step=step)["result"]
        return [[float(moment) for moment, _ in series["values"]] for series in matrix]

    def targets(self, namespace: str) -> list[Any]:
        active = self._get("targets", state="active")["activeTargets"]
        return [
            target for target in active if target["discoveredLabels"].get("__meta_kubernetes_namespace") == namespace
        ]

    def rule_groups(self) -> list[str]:
        return [group["name"] for group in self._get("rules")["groups"]]

    def ready(self) -> bool:
        try:
            return bool(self.query("vector(1)"))
        except (OSError, ValueError):
            return False

    def _get(self, path: str, **query: object) -> Any:
        url = f"{_ADDRESS}/api/v1/{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.load(answer)["data"]


@contextmanager
def operated_prometheus(kubectl: Kubectl) -> Iterator[Prometheus]:
    """Starts the operator and has it run a Prometheus as kube-prometheus-stack would."""
    component("start", "prometheus-operator")
    kubectl.apply(TESTBED / "manifests" / "monitoring.yaml")
    prometheus = Prometheus()
    wait_for("the operator's Prometheus answers", prometheus.ready, 120)
    yield prometheus
