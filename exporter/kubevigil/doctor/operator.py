"""Objects of the Prometheus operator, as far as they decide who sees our ServiceMonitor, rules and routes. Pure.

Source: prometheus-operator API reference, monitoring.coreos.com/v1 (Prometheus, Alertmanager, ServiceMonitor,
PrometheusRule) and v1alpha1 (AlertmanagerConfig).
"""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct, field

from kubevigil.doctor.selectors import LabelSelector, Meta


class _Web(Struct, frozen=True, rename="camel"):
    tls_config: dict[str, object] | None = None


class Strategy(Struct, frozen=True):
    """`alertmanagerConfigMatcherStrategy`: nothing means OnNamespace."""

    type: str = "OnNamespace"


class SelectingSpec(Struct, frozen=True, rename="camel"):
    """Of a Prometheus or an Alertmanager: its selectors, and how its pods are reached."""

    service_monitor_selector: LabelSelector | None = None
    service_monitor_namespace_selector: LabelSelector | None = None
    rule_selector: LabelSelector | None = None
    rule_namespace_selector: LabelSelector | None = None
    alertmanager_config_selector: LabelSelector | None = None
    alertmanager_config_namespace_selector: LabelSelector | None = None
    alertmanager_config_matcher_strategy: Strategy = field(default_factory=Strategy)
    paused: bool = False
    port_name: str = "web"
    route_prefix: str = ""
    service_name: str = ""
    web: _Web | None = None


class Selecting(Struct, frozen=True):
    """A Prometheus or an Alertmanager."""

    metadata: Meta = field(default_factory=Meta)
    spec: SelectingSpec = field(default_factory=SelectingSpec)


class Object(Struct, frozen=True):
    """A ServiceMonitor or an AlertmanagerConfig: only its labels decide."""

    metadata: Meta = field(default_factory=Meta)


class _Rule(Struct, frozen=True):
    alert: str = ""


class _Group(Struct, frozen=True):
    name: str = ""
    rules: tuple[_Rule, ...] = ()


class _RuleSpec(Struct, frozen=True):
    groups: tuple[_Group, ...] = ()


class RuleObject(Struct, frozen=True):
    """A PrometheusRule."""

    metadata: Meta = field(default_factory=Meta)
    spec: _RuleSpec = field(default_factory=_RuleSpec)

    def alerts(self) -> frozenset[str]:
        """The names of its alerts."""
        return frozenset(rule.alert for group in self.spec.groups for rule in group.rules if rule.alert)


class Wish(Struct, frozen=True):
    """What is to be selected, by whom, and what our chart calls the labels that decide."""

    check: str
    selected: str
    by: str
    selector: str
    namespaces: str
    value: str


MONITORS: Final = Wish(
    "service-monitor",
    "ServiceMonitor",
    "Prometheus",
    "service_monitor_selector",
    "service_monitor_namespace_selector",
    "serviceMonitor.labels",
)
RULES: Final = Wish("rules", "PrometheusRule", "Prometheus", "rule_selector", "rule_namespace_selector", "rules.labels")
ROUTES: Final = Wish(
    "alertmanager-config",
    "AlertmanagerConfig",
    "Alertmanager",
    "alertmanager_config_selector",
    "alertmanager_config_namespace_selector",
    "commonLabels",
)

_PORT: Final = "web"
_SERVICES: Final = {"Prometheus": "prometheus-operated", "Alertmanager": "alertmanager-operated"}
"""The Services that the operator makes beside the pods, unless `serviceName` names another."""


def proxy_path(kind: str, item: Selecting) -> str:
    """The path at the API server behind which that program answers, without a slash at its end."""
    spec = item.spec
    service = spec.service_name or _SERVICES[kind]
    scheme = "https" if spec.web and spec.web.tls_config else "http"
    port = spec.port_name or _PORT
    prefix = spec.route_prefix.strip("/")
    base = f"/api/v1/namespaces/{item.metadata.namespace}/services/{scheme}:{service}:{port}/proxy"
    return f"{base}/{prefix}" if prefix else base


NamespaceLabels = Mapping[str, Mapping[str, str] | None]
"""The labels of a namespace by its name; None where they may not be read."""
