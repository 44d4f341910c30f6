"""Has a pod crash, follows the news of it to their end, with times, and takes the pod away again."""

import json
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import Struct, field

from kubevigil.app import doctor_stations
from kubevigil.app.doctor_cluster import Cluster
from kubevigil.app.doctor_examining import Asked, peer
from kubevigil.app.doctor_stations import TROUBLES, Look
from kubevigil.app.errors import AppError
from kubevigil.app.settings import Settings
from kubevigil.doctor import crash
from kubevigil.doctor.answer import Answer, fail, ok
from kubevigil.doctor.crash import Plan, Station
from kubevigil.doctor.selectors import Meta
from kubevigil.kube.errors import KubeError
from kubevigil.model.clock import Monotonic

_BETWEEN: Final = 2.0
"""Seconds between two looks."""


class NoImage(AppError):
    """There is no image to make a pod of."""


class Waiting(NamedTuple):
    """How long to wait for everything, in seconds, and by what; `pause` waits so many."""

    seconds: float
    monotonic: Monotonic
    pause: Callable[[float], object]


class _Made(Struct, frozen=True):
    metadata: Meta = field(default_factory=Meta)


def plan(cluster: Cluster, name: str, namespace: str, image: str) -> Plan:
    """The pod to make: of `image`, or the exporter's own where that is ''. Raises KubeError, NoImage."""
    if image:
        return Plan(name, namespace, image, own_image=False)
    pod = next((pod for pod in cluster.pods if pod.runs and pod.spec.containers), None)
    if pod is None:
        raise NoImage("no pod of the exporter is seen, whose image could be used: --image NAME, one with a shell")
    container = next((one for one in pod.spec.containers if one.name == "kubevigil"), pod.spec.containers[0])
    # Secrets to pull by are of their own namespace.
    secrets = pod.spec.image_pull_secrets if pod.metadata.namespace == namespace else []
    return Plan(name, namespace, container.image, own_image=True, pull_secrets=secrets)


def follow(
    cluster: Cluster, settings: Settings, asked: Asked, wanted: Plan, waiting: Waiting
) -> Generator[Answer, None, None]:
    """Makes the pod, and tells each station as it is reached; the pod goes, whatever happens."""
    prometheus = asked.prometheus or peer(cluster, "Prometheus")
    alertmanager = asked.alertmanager or peer(cluster, "Alertmanager")
    before = doctor_stations.notifications(alertmanager)
    started = waiting.monotonic()
    try:
        body = msgspec.json.encode(wanted.manifest())
        made = msgspec.json.decode(cluster.api.post(wanted.path, body), type=_Made).metadata
    except KubeError as error:
        fix = "ask as one who may create and delete pods there, or --namespace another"
        yield fail("crash-pod", f"the pod cannot be made: {error}", fix)
        return
    removed = False
    try:
        yield ok("crash-pod", f"made {wanted.namespace}/{wanted.name} of {wanted.image}")
        looks = doctor_stations.of_cluster(cluster, wanted)
        looks |= doctor_stations.of_monitoring(prometheus, alertmanager, wanted, before)
        looks |= doctor_stations.of_elasticsearch(settings, wanted, made.uid)
        yield from _waited(looks, started, waiting)
        removed = True
        yield _remove(cluster, wanted, made.uid)
    finally:
        if not removed:
            _remove(cluster, wanted, made.uid)


def _waited(looks: Mapping[Station, Look], started: float, waiting: Waiting) -> Iterator[Answer]:
    yield from (crash.left_out(station, _ABSENT[station]) for station in Station if station not in looks)
    left = {station: looks[station] for station in Station if station in looks}
    troubles: dict[Station, str] = {}
    while left:
        for station, look in list(left.items()):
            try:
                detail = look()
            except TROUBLES as error:
                troubles[station] = str(error)
                continue
            troubles.pop(station, None)
            if detail:
                del left[station]
                yield crash.seen(station, waiting.monotonic() - started, detail)
        if left and waiting.monotonic() - started >= waiting.seconds:
            break
        if left:
            waiting.pause(_BETWEEN)
    for station in left:
        yield crash.missed(station, waiting.seconds, troubles.get(station, ""))


_ABSENT: Final = {
    **dict.fromkeys((Station.METRIC, Station.PENDING, Station.FIRING), "no Prometheus is known: --prometheus URL"),
    **dict.fromkeys((Station.ALERTMANAGER, Station.DELIVERED), "no Alertmanager is known: --alertmanager URL"),
    Station.DOCUMENT: "elasticsearch.hosts names no server",
}


def _remove(cluster: Cluster, wanted: Plan, uid: str) -> Answer:
    try:
        options: dict[str, Any] = {"preconditions": {"uid": uid}}
        cluster.api.delete(f"{wanted.path}/{wanted.name}", json.dumps(options).encode())
    except KubeError as error:
        fix = f"kubectl -n {wanted.namespace} delete pod {wanted.name}"
        return fail("crash-removed", f"the pod is still there: {error}", fix)
    return ok("crash-removed", "the pod is gone; its alert ends when its window has gone by")
