"""Installations on a real API server, tried without making anything, and objects for them to find there."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NamedTuple

import yaml

from .apiserver import ApiServer, as_json
from .helm import CHART, NO_VALUES, RELEASE, Helm, Object, Objects, Values


class Tried(NamedTuple):
    """What an installation would make, and what it tells."""

    objects: Objects
    notes: str


def on(helm: Helm, server: ApiServer) -> Helm:
    """The Helm of somebody who may do everything there."""
    return replace(helm, kubeconfig=str(server.kubeconfigs["admin"]))


def tried(helm: Helm, server: ApiServer, values: Values = NO_VALUES) -> Tried:
    """Asks the cluster whatever an installation asks."""
    said = on(helm, server).run(["install", RELEASE, str(CHART), "--dry-run=server"], values)
    manifest, _, notes = said.partition("MANIFEST:\n")[2].partition("NOTES:\n")
    documents: list[Any] = list(yaml.safe_load_all(manifest))
    return Tried(Objects([item for item in documents if item]), notes)


def taken(server: ApiServer, objects: list[Object]) -> None:
    """The server takes the objects as they are: no unknown field, no warning. Makes nothing."""
    arguments = ["apply", "--dry-run=server", "--validate=strict", "--filename=-"]
    assert "Warning" not in server.kubectl(*arguments, stdin=as_json(objects))


@contextmanager
def there(server: ApiServer, *objects: Object) -> Iterator[None]:
    """These objects are in the cluster meanwhile."""
    server.apply(*objects)
    try:
        yield
    finally:
        server.kubectl("delete", "--filename=-", stdin=as_json(objects))


def of_operator(kind: str, name: str, spec: Values, namespace: str = "default") -> Object:
    """An object of the Prometheus operator's."""
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "monitoring.coreos.com/v1", "kind": kind, "metadata": metadata, "spec": dict(spec)}
