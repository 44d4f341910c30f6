"""Marks a HealthCheck by annotation: paused, going on, or asked to run. Its spec stays as its author wrote it."""

from typing import Protocol

import msgspec

from kubevigil.healthchecks.asking import RUN_NOW
from kubevigil.healthchecks.picture import PAUSED
from kubevigil.healthchecks.resources import HealthCheckObject, Meta
from kubevigil.healthchecks.status import stamp
from kubevigil.healthchecks.writing import CHECKS
from kubevigil.kube.writing import encoded


class Api(Protocol):
    """What is needed of a `Connection`."""

    def patch(self, path: str, body: bytes) -> bytes:
        """Changes an object by a JSON merge patch. Raises KubeError."""


def pause(api: Api, check: Meta) -> HealthCheckObject:
    """Keeps the check from beginning runs; the check as it is then. Raises KubeError."""
    return _annotate(api, check, PAUSED, "true")


def resume(api: Api, check: Meta) -> HealthCheckObject:
    """Lets the check begin runs again. Raises as `pause`."""
    return _annotate(api, check, PAUSED, None)


def ask(api: Api, check: Meta, moment: int) -> HealthCheckObject:
    """Asks for a run that begins at that Unix second, or as soon as one can. Raises as `pause`."""
    return _annotate(api, check, RUN_NOW, stamp(moment))


def _annotate(api: Api, check: Meta, key: str, value: str | None) -> HealthCheckObject:
    """Puts the annotation on that very check, and not on one that has taken its name since."""
    path = f"{CHECKS}/namespaces/{check.namespace}/healthchecks/{check.name}"
    body = encoded({"metadata": {"uid": check.uid, "annotations": {key: value}}})
    return msgspec.json.decode(api.patch(path, body), type=HealthCheckObject)
