"""Reads from the API server what the doctor judges; each thing once, however many questions need it."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Final, Generic, Protocol, TypeVar

import msgspec
from msgspec import Struct, field

from kubevigil.doctor.copies import Pod
from kubevigil.doctor.operator import NamespaceLabels, Object, RuleObject, Selecting
from kubevigil.doctor.selectors import Meta
from kubevigil.healthchecks.writing import CHECKS
from kubevigil.kube.errors import Forbidden, NotFound

T = TypeVar("T")

_OPERATOR: Final = "/apis/monitoring.coreos.com/v1"
_ROUTES: Final = "/apis/monitoring.coreos.com/v1alpha1"
_NAME: Final = "app.kubernetes.io/name"
_MOST: Final = "500"
"""Objects. Of those that are asked for, no cluster has as many."""


class Api(Protocol):
    """What is needed of a `Connection`."""

    of_a_pod: bool

    def get_json(self, path: str, shape: type[T], query: Mapping[str, str]) -> T:
        """The body of a GET. Raises KubeError."""

    def get_bytes(self, path: str, query: Mapping[str, str]) -> bytes:
        """The body of a GET. Raises KubeError."""

    def post(self, path: str, body: bytes) -> bytes:
        """Creates. Raises KubeError."""

    def delete(self, path: str, body: bytes) -> bytes:
        """Deletes. Raises KubeError."""


class _List(Struct, Generic[T], frozen=True):
    items: list[T] = field(default_factory=list)


class _Count(Struct, frozen=True):
    items: list[msgspec.Raw] = field(default_factory=list)


class Cluster:
    """One cluster. `app` is what our objects have as `app.kubernetes.io/name`. Its members raise KubeError."""

    def __init__(self, api: Api, app: str) -> None:
        self.api = api
        self.app = app

    @cached_property
    def version(self) -> str:
        """Of the API server."""
        return str(self.api.get_json("/version", dict[str, Any], {}).get("gitVersion", "of no version"))

    @cached_property
    def pods(self) -> Sequence[Pod]:
        """Our own."""
        return self._ours("/api/v1/pods", Pod)

    @cached_property
    def prometheuses(self) -> Sequence[Selecting]:
        """Prometheus objects; none where the cluster knows no such thing."""
        return self._listed(f"{_OPERATOR}/prometheuses", Selecting, {})

    @cached_property
    def alertmanagers(self) -> Sequence[Selecting]:
        """Alertmanager objects, likewise."""
        return self._listed(f"{_OPERATOR}/alertmanagers", Selecting, {})

    @cached_property
    def monitors(self) -> Sequence[Meta]:
        """Our ServiceMonitors."""
        return [item.metadata for item in self._ours(f"{_OPERATOR}/servicemonitors", Object)]

    @cached_property
    def rules(self) -> Sequence[RuleObject]:
        """Our PrometheusRules."""
        return self._ours(f"{_OPERATOR}/prometheusrules", RuleObject)

    @cached_property
    def routes(self) -> Sequence[Meta]:
        """Our AlertmanagerConfigs."""
        return [item.metadata for item in self._ours(f"{_ROUTES}/alertmanagerconfigs", Object)]

    @cached_property
    def health_checks(self) -> int | None:
        """How many HealthChecks there are, up to 500; None where the cluster knows none."""
        try:
            return len(self.api.get_json(f"{CHECKS}/healthchecks", _Count, {"limit": _MOST}).items)
        except NotFound:
            return None

    def labels_of(self, objects: Sequence[Meta]) -> NamespaceLabels:
        """The labels of the namespaces in which these objects are."""
        return {name: self._labels(name) for name in {item.namespace for item in objects}}

    def count_of_pods(self, selector: str) -> int:
        """How many pods have these labels."""
        return len(self.api.get_json("/api/v1/pods", _Count, {"labelSelector": selector, "limit": _MOST}).items)

    def _labels(self, namespace: str) -> Mapping[str, str] | None:
        try:
            return self.api.get_json(f"/api/v1/namespaces/{namespace}", Object, {}).metadata.labels
        except Forbidden:
            return None

    def _ours(self, path: str, shape: type[T]) -> Sequence[T]:
        return self._listed(path, shape, {"labelSelector": f"{_NAME}={self.app}"})

    def _listed(self, path: str, shape: type[T], query: Mapping[str, str]) -> Sequence[T]:
        try:
            return self.api.get_json(path, _List[shape], {**query, "limit": _MOST}).items  # type: ignore[valid-type]
        except NotFound:
            return ()
