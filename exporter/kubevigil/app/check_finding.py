"""Finds HealthChecks in the cluster for the commands, in the namespaces that the settings or the person name."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Protocol, TypeVar

import msgspec
from msgspec import Struct, field

from kubevigil.healthchecks.resources import HealthCheckObject
from kubevigil.healthchecks.writing import CHECKS
from kubevigil.kube.errors import KubeError, NotFound

T = TypeVar("T")

_PAGE: Final = 500


class NoHealthChecks(KubeError):
    """The cluster does not know the resource."""

    def __init__(self) -> None:
        super().__init__("the cluster knows no HealthChecks: apply their CustomResourceDefinition")


class Api(Protocol):
    """What is needed of a `Connection`."""

    def get_json(self, path: str, shape: type[T], query: Mapping[str, str]) -> T:
        """The body of a GET. Raises KubeError."""


class _ListMeta(Struct, frozen=True):
    continue_: str = field(default="", name="continue")


class _List(Struct, frozen=True):
    items: list[HealthCheckObject] = msgspec.field(default_factory=list)
    metadata: _ListMeta = msgspec.field(default_factory=_ListMeta)


def find_checks(api: Api, namespaces: Sequence[str], name: str = "") -> list[HealthCheckObject]:
    """The checks of these namespaces (of all, if there are none), of one name if it is given, in order.

    Raises NoHealthChecks, or the KubeError of an answer.
    """
    found = [item for namespace in namespaces or [""] for item in _listed(api, namespace, name)]
    return sorted(found, key=lambda item: (item.metadata.namespace, item.metadata.name))


def _listed(api: Api, namespace: str, name: str) -> Iterator[HealthCheckObject]:
    path = f"{CHECKS}/namespaces/{namespace}/healthchecks" if namespace else f"{CHECKS}/healthchecks"
    query = {"limit": str(_PAGE), **({"fieldSelector": f"metadata.name={name}"} if name else {})}
    token = ""
    while True:
        try:
            page = api.get_json(path, _List, {**query, **({"continue": token} if token else {})})
        except NotFound as error:
            raise NoHealthChecks from error
        yield from page.items
        token = page.metadata.continue_
        if not token:
            return
