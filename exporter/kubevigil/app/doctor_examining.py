"""The whole examination, in the order of an alert's way; a question that cannot be asked is skipped, and says why."""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from kubevigil.app import doctor_elasticsearch, doctor_monitoring, doctor_rights, doctor_workflows
from kubevigil.app.doctor_cluster import Cluster
from kubevigil.app.doctor_monitoring import Question, Wanted
from kubevigil.app.doctor_peers import Away, ByProxy, NotAllowed, Peer
from kubevigil.app.settings import Settings
from kubevigil.doctor import copies, operator, rights, selection, workflows
from kubevigil.doctor.answer import Answer, fail, ok, skipped
from kubevigil.doctor.operator import RuleObject, Wish
from kubevigil.doctor.prometheus import NotUnderstood
from kubevigil.doctor.selectors import Meta
from kubevigil.kube.errors import Forbidden, KubeError
from kubevigil.model.clock import Wall


class Asked(NamedTuple):
    """What the person asks: `labels` are of the alert whose way is told, `namespace` narrows the rights, '' for all.

    `prometheus` and `alertmanager` are None where no address is given; `questions` are the dashboards', by title.
    """

    labels: dict[str, str]
    namespace: str = ""
    prometheus: Peer | None = None
    alertmanager: Peer | None = None
    questions: Callable[[], Mapping[str, str]] = doctor_monitoring.questions_of_boards


_PROMETHEUS: Final = "--prometheus"
_ALERTMANAGER: Final = "--alertmanager"
_INSIDE: Final = {
    _PROMETHEUS: "--prometheus http://prometheus-operated.NAMESPACE.svc:9090",
    _ALERTMANAGER: "--alertmanager http://alertmanager-operated.NAMESPACE.svc:9093",
}
_FORWARD: Final = {
    _PROMETHEUS: "kubectl -n NAMESPACE port-forward svc/prometheus-operated 9090, then --prometheus http://127.0.0.1:9090",
    _ALERTMANAGER: (
        "kubectl -n NAMESPACE port-forward svc/alertmanager-operated 9093, then --alertmanager http://127.0.0.1:9093"
    ),
}


def examine(cluster: Cluster, settings: Settings, asked: Asked, wall: Wall) -> Generator[Answer, None, None]:
    """All answers, as they come. Raises KubeError if the API server does not answer at all."""
    yield ok("cluster", f"the API server answers, version {cluster.version}")
    prometheus = asked.prometheus or peer(cluster, "Prometheus")
    alertmanager = asked.alertmanager or peer(cluster, "Alertmanager")
    yield from _guarded(copies.EXPORTER, lambda: copies.judge(cluster.pods, cluster.app, _twice(prometheus)))
    yield from _guarded(rights.CHECK, lambda: [doctor_rights.answer(cluster, settings, asked.namespace)])
    yield from _selected(cluster)
    ways = _INSIDE if cluster.api.of_a_pod else _FORWARD
    yield from _asked_of(
        prometheus, _PROMETHEUS, ways, lambda there: doctor_monitoring.of_prometheus(there, _wanted(cluster, asked))
    )
    yield from _asked_of(
        alertmanager, _ALERTMANAGER, ways, lambda there: doctor_monitoring.of_alertmanager(there, asked.labels)
    )
    yield from _guarded(doctor_elasticsearch.CHECK, lambda: [doctor_elasticsearch.answer(settings, _pods(cluster))])
    yield from _guarded(workflows.CHECK, lambda: [doctor_workflows.answer(cluster, settings, wall())])


def without_cluster(settings: Settings, why: str) -> Generator[Answer, None, None]:
    """What can be asked where there is no account of the cluster, as in the log sidecar; `why` says so."""
    yield skipped("cluster", f"{why}. Asked is what the settings name and no more")
    yield from _guarded(doctor_elasticsearch.CHECK, lambda: [doctor_elasticsearch.answer(settings, ())])


def peer(cluster: Cluster, kind: str) -> Peer | None:
    """The first of the cluster's Prometheus or Alertmanager objects, behind the API server; None where none is seen."""
    try:
        found = cluster.prometheuses if kind == "Prometheus" else cluster.alertmanagers
    except KubeError:
        return None
    flag = _PROMETHEUS if kind == "Prometheus" else _ALERTMANAGER
    return ByProxy(cluster.api, operator.proxy_path(kind, found[0]), flag) if found else None


def _selected(cluster: Cluster) -> Iterator[Answer]:
    yield from _guarded(
        operator.MONITORS.check,
        lambda: _chosen(cluster, operator.MONITORS, cluster.monitors) or [_none(operator.MONITORS, "serviceMonitor")],
    )
    yield from _guarded(
        operator.RULES.check,
        lambda: (
            _chosen(cluster, operator.RULES, [rule.metadata for rule in cluster.rules])
            or [_none(operator.RULES, "rules")]
        ),
    )
    yield from _guarded(
        operator.ROUTES.check, lambda: _chosen(cluster, operator.ROUTES, cluster.routes) or [_no_routes()]
    )


def _chosen(cluster: Cluster, wish: Wish, objects: Sequence[Meta]) -> list[Answer]:
    by = cluster.prometheuses if wish.by == "Prometheus" else cluster.alertmanagers
    by_labels = any(selection.goes_by_labels(wish, one) for one in by)
    return selection.judge(wish, by, objects, cluster.labels_of(objects) if by_labels else {})


def _none(wish: Wish, value: str) -> Answer:
    fix = f"helm upgrade the chart with {value}.enabled=true"
    return fail(wish.check, f"there is no {wish.selected} of Kubevigil", fix)


def _no_routes() -> Answer:
    return skipped(
        operator.ROUTES.check, "there is no AlertmanagerConfig of Kubevigil; see alert-route for where alerts go"
    )


def _asked_of(
    there: Peer | None, flag: str, ways: Mapping[str, str], questions: Callable[[Peer], Iterator[Question]]
) -> Iterator[Answer]:
    name = flag.removeprefix("--")
    if there is None:
        yield skipped(name, f"no {name.capitalize()} object is seen in the cluster, and no {flag} is given", ways[flag])
        return
    try:
        there.get("/-/ready")
    except NotAllowed as error:
        yield skipped(name, str(error), ways[flag])
        return
    except Away as error:
        yield fail(name, f"{name.capitalize()} does not answer: {error}", _mend(name, ways[flag]))
        return
    yield ok(name, f"{there.where} is ready")
    for check, ask in questions(there):
        yield from _guarded(check, ask)


def _mend(name: str, way: str) -> str:
    return (
        f"do its pods run (kubectl get pods -A -l app.kubernetes.io/name={name})? Else reach it in another way: {way}"
    )


def _guarded(check: str, ask: Callable[[], Sequence[Answer]]) -> Sequence[Answer]:
    try:
        return ask()
    except Forbidden as error:
        where = f"in {error.namespace}" if error.namespace else "in all namespaces"
        fix = f"ask as one who may {error.verb} {error.resource}"
        return [skipped(check, f"you may not {error.verb} {error.resource} {where}", fix)]
    except (KubeError, Away, NotUnderstood) as error:
        return [fail(check, f"could not be asked: {error}", "try again; if it stays, that is what to mend first")]


def _twice(prometheus: Peer | None) -> float | None:
    """How many containers two exporters tell of; None where Prometheus does not say."""
    if prometheus is None:
        return None
    try:
        found = doctor_monitoring.query(prometheus, copies.TWICE)
    except (Away, NotUnderstood):
        return None
    return found[0].number if found else 0.0


def _wanted(cluster: Cluster, asked: Asked) -> Wanted:
    try:
        rules: Sequence[RuleObject] = cluster.rules
    except KubeError:
        rules = ()
    return Wanted(frozenset(name for rule in rules for name in rule.alerts()), asked.questions)


def _pods(cluster: Cluster) -> Sequence[copies.Pod]:
    try:
        return cluster.pods
    except KubeError:
        return ()
