"""Looks whether the news of a crash has come to a station: the API server, Prometheus, Alertmanager, Elasticsearch."""

from collections.abc import Callable, Mapping
from contextlib import closing
from http import HTTPStatus
from typing import Final

from msgspec import Struct, field

from kubevigil.app.doctor_cluster import Cluster
from kubevigil.app.doctor_monitoring import query
from kubevigil.app.doctor_peers import Away, Peer
from kubevigil.app.elasticsearch_setup import client_for_now
from kubevigil.app.settings import Settings
from kubevigil.delivery.credentials import BadCredentials
from kubevigil.delivery.errors import DeliveryError
from kubevigil.doctor import crash
from kubevigil.doctor.copies import Pod
from kubevigil.doctor.crash import Arrived, Plan, Station
from kubevigil.doctor.prometheus import NotUnderstood, decoded
from kubevigil.kube.errors import KubeError

Look = Callable[[], str]
"""What is there of a station, '' for nothing yet. Raises one of TROUBLES."""

TROUBLES: Final = (KubeError, Away, NotUnderstood, DeliveryError, BadCredentials)


def of_cluster(cluster: Cluster, wanted: Plan) -> dict[Station, Look]:
    """That the container has ended."""
    return {Station.CRASHED: lambda: _crashed(cluster, wanted)}


def of_monitoring(
    prometheus: Peer | None, alertmanager: Peer | None, wanted: Plan, before: Mapping[str, float] | None
) -> dict[Station, Look]:
    """Metric, alert and message; `before` is what `notifications` told before the crash."""
    found: dict[Station, Look] = {}
    if prometheus is not None:
        found[Station.METRIC] = lambda: "Prometheus has its death" if query(prometheus, wanted.metric()) else ""
        found[Station.PENDING] = lambda: _alerts(prometheus, wanted, firing=False)
        found[Station.FIRING] = lambda: _alerts(prometheus, wanted, firing=True)
    if alertmanager is not None:
        found[Station.ALERTMANAGER] = lambda: _arrived(alertmanager, wanted)
        if before is not None:
            found[Station.DELIVERED] = lambda: _delivered(alertmanager, wanted, before)
    return found


def _crashed(cluster: Cluster, wanted: Plan) -> str:
    pod = cluster.api.get_json(f"{wanted.path}/{wanted.name}", Pod, {})
    if any(crash.died(one) for one in pod.status.container_statuses):
        return "the container has ended"
    raise Away(f"the pod is {pod.trouble}")


def _alerts(prometheus: Peer, wanted: Plan, *, firing: bool) -> str:
    names = crash.alert_names(query(prometheus, wanted.alerts()), firing=firing)
    return f"{', '.join(names)} {'fires' if firing else 'is pending or fires'}" if names else ""


def _arrived(alertmanager: Peer, wanted: Plan) -> str:
    body = alertmanager.get("/api/v2/alerts", {"filter": f'container="{wanted.name}"'})
    return "; ".join(map(str, decoded(body, list[Arrived], "Alertmanager")))


def _delivered(alertmanager: Peer, wanted: Plan, before: Mapping[str, float]) -> str:
    if not _arrived(alertmanager, wanted):
        return ""
    by = crash.more_sent(dict(before), notifications(alertmanager) or {})
    return f"Alertmanager has sent notifications since, by {', '.join(by)}" if by else ""


def notifications(alertmanager: Peer | None) -> dict[str, float] | None:
    """How many notifications went well so far, by integration; None where nobody tells."""
    try:
        page = alertmanager.get("/metrics") if alertmanager else None
        return None if page is None else crash.sent(page.decode("utf-8", "replace"))
    except (Away, NotUnderstood):
        return None


def of_elasticsearch(settings: Settings, wanted: Plan, uid: str) -> dict[Station, Look]:
    """The document of the pod with that uid."""
    return {Station.DOCUMENT: lambda: _document(settings, wanted, uid)} if settings.elasticsearch_hosts else {}


class _Hit(Struct, frozen=True):
    id: str = field(default="", name="_id")


class _Hits(Struct, frozen=True):
    hits: list[_Hit] = field(default_factory=list)


class _Found(Struct, frozen=True):
    hits: _Hits = field(default_factory=_Hits)


def _document(settings: Settings, wanted: Plan, uid: str) -> str:
    legacy = settings.document_format == "legacy"
    asked = f"pod_name:%22{wanted.name}%22" if legacy else f"kubernetes.pod.uid:%22{uid}%22"
    with closing(client_for_now(settings)) as client:
        answer = client.get(f"/{settings.elasticsearch_index}*/_search?size=1&_source=false&q={asked}")
    if answer.status != HTTPStatus.OK:
        return ""
    hits = decoded(answer.body, _Found, "Elasticsearch").hits.hits
    return f"document {hits[0].id}" if hits else ""
